import type { Parameter } from '../../push/form.ts';
import { requires, requiresSelector, type Push } from '../../push/push.ts';
import { validatePush, type Fault, type PushRules } from '../../push/validation.ts';
import type { Plan } from '../plan.ts';

/** A row of a list as it is written there. An empty text means that there is no value. */
export interface ListedDevice {
  readonly appId: string;
  readonly deviceToken: string;
  readonly selector: string;
  readonly lastSeen: string;
}

type Verdict =
  | { readonly kind: 'push'; readonly push: Push }
  /** The plan leaves the device out: it has another AppId, or was not seen for too long. */
  | { readonly kind: 'filtered' }
  | { readonly kind: 'refused'; readonly reason: string };

/**
 * Two rows with the same identity make the same push: it is the device, and the account if the push names it. A list
 * often has a device twice, because SIPIS keeps one row for each account.
 */
export function identityOf(device: ListedDevice, verb: string): string {
  return `${identityOfDevice(device)}${requires(verb, 'Selector') ? device.selector : ''}`;
}

/** Equal for all rows of one device, and the identity of its push if that names no account. */
export function identityOfDevice({ appId, deviceToken }: ListedDevice): string {
  // NUL separates the parts: no valid part contains one.
  return `${appId}\0${deviceToken}\0`;
}

/** An identifier of these characters has no fault. */
const plain = /^[\w.:+/=-]+$/;

export function judgeDevice(device: ListedDevice, plan: Plan, rules: PushRules, nowMs: number): Verdict {
  const parameters = parametersOf(device, plan, rules);
  const reason = reasonToRefuse(device, parameters, plan, rules);
  if (reason !== undefined) return { kind: 'refused', reason };
  if (plan.appIds?.has(device.appId) === false) return { kind: 'filtered' };
  if (plan.seenWithinMs !== undefined) {
    const seenAt = parseLastSeen(device.lastSeen);
    if (seenAt === undefined) {
      return { kind: 'refused', reason: 'lastseen is not a time, and the plan needs one for seenWithin.' };
    }
    if (seenAt < nowMs - plan.seenWithinMs) return { kind: 'filtered' };
  }
  const { appId, deviceToken } = device;
  return { kind: 'push', push: { verb: plan.verb, appId, deviceToken, parameters } };
}

function parametersOf(
  { appId, deviceToken, selector }: ListedDevice,
  { verb, parameters }: Plan,
  { gatewayFormat }: PushRules,
): Parameter[] {
  const own: Parameter[] = [
    ['verb', verb],
    ['AppId', appId],
    ['DeviceToken', deviceToken],
  ];
  if (requiresSelector(verb, gatewayFormat) && selector !== '') own.push(['Selector', selector]);
  return own.concat(parameters);
}

/** The faults that the intake would report for such a push. Those of the plan's own parameters were checked with the plan. */
function reasonToRefuse(
  { appId, deviceToken, selector }: ListedDevice,
  parameters: readonly Parameter[],
  { verb }: Plan,
  rules: PushRules,
): string | undefined {
  const isSelectorPlain = plain.test(selector) || !requiresSelector(verb, rules.gatewayFormat);
  if (plain.test(appId) && plain.test(deviceToken) && isSelectorPlain) return undefined;
  if ([appId, deviceToken, selector].some((text) => text.includes('\uFFFD'))) return 'The row is not UTF-8.';
  const reading = validatePush(
    parameters.map(([name, value]) => ({ name, value })),
    rules,
  );
  if (reading.ok) return undefined;
  // The advice of the intake is for forms: to encode a character would spoil the token.
  const detailOf = ({ parameter = '', code, detail }: Fault) =>
    code === 'white-space' ? `${parameter} contains white space: write it as the app reported it.` : detail;
  return reading.faults.map(detailOf).join(' ');
}

/**
 * Milliseconds since the epoch of a time as ISO 8601 or PostgreSQL writes it, in UTC if it has no zone; `undefined` for
 * anything else.
 */
export function parseLastSeen(text: string): number | undefined {
  const match = /^(\d{4}-\d\d-\d\d)(?:[ T](\d\d:\d\d(?::\d\d(?:\.\d+)?)?)(?:Z|([+-]\d\d)(?::?(\d\d))?)?)?$/.exec(text);
  if (match === null) return undefined;
  // PostgreSQL leaves out the minutes of a zone if they are zero.
  const [, date = '', time = '00:00', zoneHours = '+00', zoneMinutes = '00'] = match;
  const ms = Date.parse(`${date}T${time}${zoneHours}:${zoneMinutes}`);
  return Number.isNaN(ms) ? undefined : ms;
}
