import { formatIsoDuration } from '../../shared/sweeps/iso-duration.ts';
import { verbs } from '../../shared/push/push.ts';
import type { PushRules } from '../../shared/push/validation.ts';
import { readPlan, type Plan } from '../../shared/sweeps/plan.ts';
import { Mistake } from '../mistake.ts';
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

/** Makes a plan of what was asked for, with all that is wrong told at once. @throws Mistake */
export function orderOf(
  options: OrderOptions,
  source: Source,
  { rules: known, speed, nowMs }: { readonly rules: PushRules; readonly speed: number; readonly nowMs: number },
): Order {
  const { name: listName, ending } = nameOfSource(source);
  const { name = listName } = options;
  if (!goodName.test(name)) {
    throw new Mistake(
      `"${name}" is no name of a plan: say one of letters, digits, "_", "." and "-", a hundred at the most, with --name.`,
    );
  }
  const repeated = options.parameters
    .map(([parameter]) => parameter)
    .find((parameter, index, all) => all.indexOf(parameter) !== index);
  if (repeated !== undefined) throw new Mistake(`${repeated} is given twice: say it once.`);
  const devices = source.kind === 'object' ? source.key : `devices/${name}-${stampOf(nowMs)}${ending}`;
  const text = `${JSON.stringify(propertiesOf(options, devices), undefined, 2)}\n`;
  const isUnknown = !verbs.has(options.verb);
  const rules = isUnknown && options.isExtraVerb ? { ...known, extraVerbs: [options.verb] } : known;
  const reading = readPlan(text, rules, speed);
  if (!reading.ok) {
    const details = reading.faults.map(({ detail }) => detail).join(' ');
    const isOfVerb = reading.faults.some(({ property }) => property === 'verb');
    throw new Mistake(isOfVerb ? `${details} (If the deployment allows this verb, say --extra-verb.)` : details);
  }
  return { name, text, plan: reading.plan, rules };
}

function propertiesOf(options: OrderOptions, devices: string) {
  const { verb, parameters, windowMs, startMs, everyMs, appIds, seenWithinMs } = options;
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

/** A time as it stands in a name: `20260102T030000Z`. */
function stampOf(ms: number): string {
  return new Date(ms).toISOString().replace(/[-:]|\.\d+/g, '');
}
