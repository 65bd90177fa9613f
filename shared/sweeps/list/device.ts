import type { Parameter } from '../../push/form.ts';
import { pushOf, requires, type Push } from '../../push/push.ts';
import { validatePush, type PushRules } from '../../push/validation.ts';
import type { Plan } from '../plan.ts';

/** A row of a list, as it stands there: a text that is empty was not given. */
export interface ListedDevice {
  readonly appId: string;
  readonly deviceToken: string;
  readonly selector: string;
  readonly lastSeen: string;
}

/** What a plan does with a row. */
export type Verdict =
  | { readonly kind: 'push'; readonly push: Push }
  /** The plan leaves it out: it is of another app, or was not seen for too long. */
  | { readonly kind: 'filtered' }
  | { readonly kind: 'refused'; readonly reason: string };

/**
 * What makes two rows the same push: the device, and the account where the push names it. A list may well have a
 * device twice, for SIPIS keeps one row for each account.
 */
export function identityOf(device: ListedDevice, verb: string): string {
  const { appId, deviceToken, selector } = device;
  // The NUL keeps the parts apart; no part that passes can hold one.
  return `${appId}\0${deviceToken}\0${requires(verb, 'Selector') ? selector : ''}`;
}

/** Nothing in it could be a fault of an identifier. */
const plain = /^[\w.:+/=-]+$/;

/** @param now milliseconds since the epoch. */
export function judgeDevice(device: ListedDevice, plan: Plan, rules: PushRules, now: number): Verdict {
  const parameters = parametersOf(device, plan);
  const reason = whyRefused(device, parameters, plan, rules);
  if (reason !== undefined) return { kind: 'refused', reason };
  if (plan.appIds?.has(device.appId) === false) return { kind: 'filtered' };
  if (plan.seenWithinMs !== undefined) {
    const seenAt = parseLastSeen(device.lastSeen);
    if (seenAt === undefined) {
      return { kind: 'refused', reason: 'lastseen is no time, and the plan asks for it with seenWithin.' };
    }
    if (seenAt < now - plan.seenWithinMs) return { kind: 'filtered' };
  }
  const push = pushOf(parameters);
  return push === undefined ? { kind: 'refused', reason: 'AppId or DeviceToken is missing.' } : { kind: 'push', push };
}

function parametersOf({ appId, deviceToken, selector }: ListedDevice, { verb, parameters }: Plan): Parameter[] {
  const own: Parameter[] = [
    ['verb', verb],
    ['AppId', appId],
    ['DeviceToken', deviceToken],
  ];
  if (requires(verb, 'Selector') && selector !== '') own.push(['Selector', selector]);
  return own.concat(parameters);
}

/** What the door would say of such a push. The plan's own part of it has been judged with the plan. */
function whyRefused(
  { appId, deviceToken, selector }: ListedDevice,
  parameters: readonly Parameter[],
  { verb }: Plan,
  rules: PushRules,
): string | undefined {
  if (plain.test(appId) && plain.test(deviceToken) && (!requires(verb, 'Selector') || plain.test(selector))) {
    return undefined;
  }
  if ([appId, deviceToken, selector].some((text) => text.includes('\uFFFD'))) return 'The row is not UTF-8.';
  const reading = validatePush(
    parameters.map(([name, value]) => ({ name, value })),
    rules,
  );
  return reading.ok ? undefined : reading.faults.map(({ detail }) => detail).join(' ');
}

/**
 * Milliseconds since the epoch of a time as ISO 8601 or PostgreSQL writes it; `undefined` for what is none.
 * Without a zone it is taken to be in UTC.
 */
export function parseLastSeen(text: string): number | undefined {
  const match = /^(\d{4}-\d\d-\d\d)(?:[ T](\d\d:\d\d(?::\d\d(?:\.\d+)?)?)(Z|[+-]\d\d(?::?\d\d)?)?)?$/.exec(text);
  if (match === null) return undefined;
  const [, date = '', time = '00:00', zone = 'Z'] = match;
  // PostgreSQL leaves the minutes of a zone out where they are none.
  const fullZone = /^[+-]\d\d$/.test(zone) ? `${zone}:00` : zone.replace(/^([+-]\d\d)(\d\d)$/, '$1:$2');
  const ms = Date.parse(`${date}T${time}${fullZone}`);
  return Number.isNaN(ms) ? undefined : ms;
}
