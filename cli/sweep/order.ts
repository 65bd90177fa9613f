import { formatIsoDuration } from '../../shared/sweeps/iso-duration.ts';
import { verbs } from '../../shared/push/push.ts';
import type { PushRules } from '../../shared/push/validation.ts';
import type { Parameter } from '../../shared/push/form.ts';
import { readPlan, type Plan } from '../../shared/sweeps/plan.ts';
import { UsageError } from '../cli-context.ts';
import type { OrderOptions } from './options.ts';
import { nameOfSource, type Source } from './source.ts';

/** What is to be put into the bucket. */
export interface Order {
  /** Of the plan. */
  readonly name: string;
  /** The plan as it is written. */
  readonly text: string;
  /** The plan as it is read. */
  readonly plan: Plan;
  readonly rules: PushRules;
}

/** A name that needs no quotes in a shell and no escapes in a key. */
const goodName = /^[\w.-]{1,100}$/;

/** Makes a plan of what was asked for, with all that is wrong told at once. @throws UsageError */
export function orderOf(
  options: OrderOptions,
  source: Source,
  { rules: known, speed, nowMs }: { readonly rules: PushRules; readonly speed: number; readonly nowMs: number },
): Order {
  const { name: listName, ending } = nameOfSource(source);
  const { name = listName } = options;
  if (!goodName.test(name)) {
    throw new UsageError(
      `"${name}" is no name of a plan: say one of letters, digits, "_", "." and "-", a hundred at the most, with --name.`,
    );
  }
  const repeated = parametersOf(options)
    .map(([parameter]) => parameter)
    .find((parameter, index, all) => all.indexOf(parameter) !== index);
  if (repeated !== undefined) throw new UsageError(`${repeated} is given twice: say it once.`);
  const devices = source.kind === 'object' ? source.key : `devices/${name}-${stampOf(nowMs)}${ending}`;
  const text = `${JSON.stringify(propertiesOf(options, devices), undefined, 2)}\n`;
  const isUnknown = !verbs.has(options.verb);
  const rules = isUnknown && options.extraVerb ? { ...known, extraVerbs: [options.verb] } : known;
  const reading = readPlan(text, rules, speed);
  if (!reading.ok) {
    const details = reading.faults.map(({ detail }) => detail).join(' ');
    const isOfVerb = reading.faults.some(({ property }) => property === 'verb');
    throw new UsageError(isOfVerb ? `${details} (If the deployment allows this verb, say --extra-verb.)` : details);
  }
  return { name, text, plan: reading.plan, rules };
}

function propertiesOf(options: OrderOptions, devices: string) {
  const { verb, window: windowMs, start: startMs, every: everyMs, app: appIds, seenWithin: seenWithinMs } = options;
  const parameters = parametersOf(options);
  return {
    devices,
    verb,
    ...(parameters.length > 0 && { parameters: Object.fromEntries(parameters) }),
    ...(startMs !== undefined && { start: new Date(startMs).toISOString().replace('.000Z', 'Z') }),
    window: formatIsoDuration(windowMs),
    ...(everyMs !== undefined && { every: formatIsoDuration(everyMs) }),
    ...(appIds !== undefined && { appIds }),
    ...(seenWithinMs !== undefined && { seenWithin: formatIsoDuration(seenWithinMs) }),
  };
}

function parametersOf({ message, parameter = [] }: OrderOptions): readonly Parameter[] {
  return message === undefined ? parameter : [['Message', message], ...parameter];
}

/** A time as it stands in a name: `20260102T030000Z`. */
function stampOf(ms: number): string {
  return new Date(ms).toISOString().replace(/[-:]|\.\d+/g, '');
}
