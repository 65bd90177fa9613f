import * as v from 'valibot';
import { parseIsoDuration } from './iso-duration.ts';
import type { Parameter } from '../push/form.ts';
import { validatePush, type PushRules } from '../push/validation.ts';

/** What a sweep is to do: one push to each device of a list, spread over a window. */
export interface Plan {
  /** The key of the list in the bucket. */
  readonly devices: string;
  readonly verb: string;
  /** What each push says besides its verb and its device. */
  readonly parameters: readonly Parameter[];
  /** Milliseconds since the epoch; absent: with the first tick that finds the plan. */
  readonly startMs?: number;
  /** 0: at once. */
  readonly windowMs: number;
  /** From the start of one run to that of the next; absent: one run. */
  readonly everyMs?: number;
  /** The only apps whose devices are pushed to; absent: all. */
  readonly appIds?: ReadonlySet<string>;
  /** Devices that were last seen longer ago than this are left out. */
  readonly seenWithinMs?: number;
}

/** One thing that is wrong with a plan. */
export interface PlanFault {
  /** The property that is wrong; absent where it is the whole plan. */
  readonly property?: string;
  /** What is wrong and what to do, as a sentence. */
  readonly detail: string;
}

export type PlanReading =
  { readonly ok: true; readonly plan: Plan } | { readonly ok: false; readonly faults: readonly PlanFault[] };

/** The window of a plan that says nothing of it. */
const defaultWindow = 'PT2H';
const longestWindowMs = 31 * 86_400_000;

const duration = v.pipe(
  v.string('must be an ISO 8601 duration, such as PT2H or P1D'),
  v.rawTransform(({ dataset, addIssue, NEVER }) => {
    const ms = parseIsoDuration(dataset.value);
    if (ms !== undefined) return ms;
    addIssue({
      message: 'must be an ISO 8601 duration of weeks, days, hours, minutes and seconds, such as PT2H or P1D',
    });
    return NEVER;
  }),
);

const instantWords = 'must be a time with its zone, such as 2026-01-02T03:00:00+01:00';
const instant = v.pipe(
  v.string(instantWords),
  v.regex(/^\d{4}-\d\d-\d\dT\d\d:\d\d(?::\d\d(?:\.\d+)?)?(?:Z|[+-]\d\d:\d\d)$/, instantWords),
  v.transform((text) => Date.parse(text)),
  v.check((ms) => !Number.isNaN(ms), instantWords),
);

const keyWords = 'must be the key of an object in the bucket, such as devices/list.csv, and none below plans/';

const schema = v.strictObject({
  devices: v.pipe(
    v.string(keyWords),
    v.check((key) => /^[^/].{0,1000}$/u.test(key) && !key.startsWith('plans/'), keyWords),
  ),
  verb: v.optional(v.string('must be a verb, such as NotifyReprovision'), 'NotifyReprovision'),
  parameters: v.optional(
    v.record(v.string(), v.string('must be a text'), 'must be an object of texts, such as {"Message": "…"}'),
    {},
  ),
  start: v.optional(instant),
  window: v.optional(v.pipe(duration, v.maxValue(longestWindowMs, 'must be at most P31D')), defaultWindow),
  every: v.optional(v.pipe(duration, v.minValue(1, 'must be longer than nothing'))),
  appIds: v.optional(
    v.pipe(
      v.array(v.pipe(v.string('must be an AppId'), v.nonEmpty('must be an AppId')), 'must be a list of AppIds'),
      v.nonEmpty('must name an AppId, or be left out for all'),
    ),
  ),
  seenWithin: v.optional(duration),
});

/** Set by the list, for each device. */
const ofDevice: ReadonlySet<string> = new Set(['verb', 'AppId', 'DeviceToken', 'Selector']);

/**
 * Reads a plan. Either all of it is well, or all that is wrong is told at once.
 * @param text JSON.
 * @param speed how many times faster than written it runs: its durations are divided by it.
 */
export function readPlan(text: string, rules: PushRules, speed = 1): PlanReading {
  let json: unknown;
  try {
    json = JSON.parse(text.replace(/^\uFEFF/, ''));
  } catch {
    return { ok: false, faults: [{ detail: 'The plan is not JSON.' }] };
  }
  if (typeof json !== 'object' || json === null || Array.isArray(json)) {
    return {
      ok: false,
      faults: [{ detail: 'The plan must be a JSON object, such as {"devices": "devices/list.csv"}.' }],
    };
  }
  const read = v.safeParse(schema, json);
  const faults: PlanFault[] = read.success ? [] : read.issues.map(faultOfIssue);
  faults.push(...faultsOfPush(json, rules));
  if (!read.success || faults.length > 0) return { ok: false, faults };
  const { devices, verb, parameters, start, window, every, appIds, seenWithin } = read.output;
  if (every !== undefined && every < window) {
    const detail = 'every must not be shorter than window: a run would begin before the last one has ended.';
    return { ok: false, faults: [{ property: 'every', detail }] };
  }
  return {
    ok: true,
    plan: {
      devices,
      verb,
      parameters: Object.entries(parameters),
      windowMs: window / speed,
      ...(start !== undefined && { startMs: start }),
      ...(every !== undefined && { everyMs: every / speed }),
      ...(appIds !== undefined && { appIds: new Set(appIds) }),
      ...(seenWithin !== undefined && { seenWithinMs: seenWithin }),
    },
  };
}

function faultOfIssue(issue: v.InferIssue<typeof schema>): PlanFault {
  const property = v.getDotPath(issue) ?? undefined;
  const name = property ?? 'The plan';
  if (issue.type === 'strict_object') {
    const known = Object.keys(schema.entries).join(', ');
    if (issue.expected === 'never') {
      return { property: name, detail: `${name} is not known in a plan. The known ones are ${known}.` };
    }
    return { property: name, detail: `${name} is missing.` };
  }
  return { property: name, detail: `${name} ${issue.message}.` };
}

const said = v.object({
  verb: v.optional(v.string(), 'NotifyReprovision'),
  parameters: v.optional(v.record(v.string(), v.string()), {}),
});

/** What the door would say of a push of this plan, to a device that has all it needs. */
function faultsOfPush(json: unknown, rules: PushRules): PlanFault[] {
  const read = v.safeParse(said, json);
  if (!read.success) return [];
  const { verb, parameters } = read.output;
  const given = Object.keys(parameters).filter((name) => ofDevice.has(name));
  const fields = [
    { name: 'verb', value: verb },
    { name: 'AppId', value: 'app' },
    { name: 'DeviceToken', value: 'token' },
    { name: 'Selector', value: 'selector' },
    ...Object.entries(parameters)
      .filter(([name]) => !ofDevice.has(name))
      .map(([name, value]) => ({ name, value })),
  ];
  const reading = validatePush(fields, rules);
  const faults = reading.ok ? [] : reading.faults;
  return [
    ...given.map((name) => ({
      property: `parameters.${name}`,
      detail: `parameters.${name} can't be set here: ${name === 'verb' ? 'verb is a property of the plan' : 'it comes from the list'}.`,
    })),
    ...faults.map(({ parameter, detail }) => ({
      property: parameter === 'verb' || parameter === undefined ? 'verb' : `parameters.${parameter}`,
      detail,
    })),
  ];
}
