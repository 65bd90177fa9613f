import * as v from 'valibot';
import { formatIsoDuration, parseIsoDuration } from '../duration.ts';
import type { Parameter } from '../push/form.ts';
import { validatePush, type PushRules } from '../push/validation.ts';
import { deviceBounds } from '../registry/device.ts';
import { plansFolder, snapshotsFolder } from './keys.ts';

/** Where the devices of a sweep come from. */
export type Devices =
  | {
      readonly kind: 'list';
      /** Of the object in the bucket. */
      readonly key: string;
    }
  /** A snapshot of the registry, which each run takes at its start. */
  | {
      readonly kind: 'registry';
      /** Only devices of these accounts. Without it, those of all. */
      readonly accounts?: readonly string[];
    };

/** Orders a sweep: one push to each device of a list or of the registry, spread over a window. */
export interface Plan {
  readonly devices: Devices;
  /** The key of a list of devices that get no push. */
  readonly except?: string;
  readonly verb: string;
  /** The parameters of each push besides the verb and those of the device. */
  readonly parameters: readonly Parameter[];
  /** Milliseconds since the epoch. Without it, the first run starts with the next tick. */
  readonly startMs?: number;
  /** With 0, all pushes are due at once. */
  readonly windowMs: number;
  /** From the start of one run to the start of the next. Without it, there is one run. */
  readonly everyMs?: number;
  /** The AppIds whose devices get a push. Without it, all do. */
  readonly appIds?: ReadonlySet<string>;
  /** Devices that were last seen longer ago are left out. */
  readonly seenWithinMs?: number;
}

export interface PlanFault {
  /** The wrong property. Absent if the whole plan is wrong. */
  readonly property?: string | undefined;
  /** What is wrong and what to do, as a sentence. */
  readonly detail: string;
}

/** The fault of an object that is not a plan. */
export const notAPlan: PlanFault = { detail: 'A plan is a JSON file: its name must end in .json.' };

type PlanReading =
  { readonly ok: true; readonly plan: Plan } | { readonly ok: false; readonly faults: readonly PlanFault[] };

export const defaultVerb = 'NotifyReprovision';
export const defaultWindowMs = 2 * 3_600_000;
export const maxWindowMs = 31 * 86_400_000;

const durationWords = 'must be an ISO 8601 duration of weeks, days, hours, minutes and seconds, such as PT2H or P1D';
const duration = v.pipe(
  v.string(durationWords),
  v.check((text) => parseIsoDuration(text) !== undefined, durationWords),
  v.transform((text) => parseIsoDuration(text) ?? 0),
);

const instantWords = 'must be a time with its zone, such as 2026-01-02T03:00:00+01:00';
const instant = v.pipe(
  v.string(instantWords),
  v.regex(/^\d{4}-\d\d-\d\dT\d\d:\d\d(?::\d\d(?:\.\d+)?)?(?:Z|[+-]\d\d:\d\d)$/, instantWords),
  v.transform((text) => Date.parse(text)),
  v.check((ms) => !Number.isNaN(ms), instantWords),
);

const keyWords = `must be the key of an object in the bucket, such as devices/list.csv, and not below ${plansFolder} or ${snapshotsFolder}`;

const listKey = v.pipe(
  v.string(keyWords),
  v.check((key) => /^[^/].{0,1000}$/u.test(key), keyWords),
  v.check((key) => !key.startsWith(plansFolder) && !key.startsWith(snapshotsFolder), keyWords),
);

/** In a plan, the devices of the registry. */
export const registryWord = 'registry';

/** More accounts are a list. Each of them is one query. */
const maxAccounts = 1000;

const accountWords = `must be an account of 1 to ${String(deviceBounds.account)} characters`;
const account = v.pipe(
  v.string(accountWords),
  v.nonEmpty(accountWords),
  v.maxLength(deviceBounds.account, accountWords),
);

const schema = v.strictObject({
  devices: v.optional(listKey, registryWord),
  accounts: v.optional(
    v.pipe(
      v.array(account, 'must be a list of accounts'),
      v.nonEmpty('must list an account; leave it out to push to all'),
      v.maxLength(maxAccounts, `must list at most ${String(maxAccounts)} accounts`),
    ),
  ),
  except: v.optional(listKey),
  verb: v.optional(v.string(`must be a verb, such as ${defaultVerb}`), defaultVerb),
  parameters: v.optional(
    v.record(v.string(), v.string('must be a string'), 'must be an object of strings, such as {"Message": "…"}'),
    {},
  ),
  start: v.optional(instant),
  window: v.optional(
    v.pipe(duration, v.maxValue(maxWindowMs, `must be at most ${formatIsoDuration(maxWindowMs)}`)),
    formatIsoDuration(defaultWindowMs),
  ),
  every: v.optional(v.pipe(duration, v.minValue(1, 'must be longer than PT0S'))),
  appIds: v.optional(
    v.pipe(
      v.array(v.pipe(v.string('must be an AppId'), v.nonEmpty('must be an AppId')), 'must be a list of AppIds'),
      v.nonEmpty('must list an AppId; leave it out to push to all'),
    ),
  ),
  seenWithin: v.optional(duration),
});

/** Parameters that a plan must not set: the verb is a property of its own, the others come from the list. */
const ownParameters: ReadonlySet<string> = new Set(['verb', 'AppId', 'DeviceToken', 'Selector']);

/**
 * Reads a plan, or reports all of its faults at once.
 * @param text JSON.
 * @param rules those of the deployment; without them, any verb is accepted.
 * @param speed the factor by which the plan runs faster than written: its window and its repetition are divided by it.
 */
export function readPlan(text: string, rules: PushRules | undefined, speed = 1): PlanReading {
  let json: unknown;
  try {
    json = JSON.parse(text.replace(/^\uFEFF/, ''));
  } catch {
    return unreadable('The plan is not JSON.');
  }
  if (typeof json !== 'object' || json === null || Array.isArray(json)) {
    return unreadable('The plan must be a JSON object, such as {"devices": "devices/list.csv"}.');
  }
  const read = v.safeParse(schema, json);
  const faults: PlanFault[] = read.success ? [] : read.issues.map(faultOfIssue);
  faults.push(...faultsOfPush(json, rules));
  if (!read.success || faults.length > 0) return { ok: false, faults };
  const { devices, accounts, except, verb, parameters, start, window, every, appIds, seenWithin } = read.output;
  if (accounts !== undefined && devices !== registryWord) {
    const detail = `accounts is only for the registry: leave it out, or set devices to "${registryWord}".`;
    return { ok: false, faults: [{ property: 'accounts', detail }] };
  }
  if (every !== undefined && every < window) {
    const detail = 'every must not be shorter than window: a run would start before the last one has ended.';
    return { ok: false, faults: [{ property: 'every', detail }] };
  }
  return {
    ok: true,
    plan: {
      devices:
        devices === registryWord
          ? { kind: 'registry', ...(accounts !== undefined && { accounts: [...new Set(accounts)] }) }
          : { kind: 'list', key: devices },
      ...(except !== undefined && { except }),
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

const unreadable = (detail: string) => ({ ok: false as const, faults: [{ detail }] });

function faultOfIssue(issue: v.InferIssue<typeof schema>): PlanFault {
  const property = v.getDotPath(issue) ?? 'The plan';
  if (issue.type !== 'strict_object') return { property, detail: `${property} ${issue.message}.` };
  if (issue.expected !== 'never') return { property, detail: `${property} is missing.` };
  const known = Object.keys(schema.entries).join(', ');
  return { property, detail: `${property} is not a property of a plan. The properties are ${known}.` };
}

const pushSchema = v.object({ verb: schema.entries.verb, parameters: schema.entries.parameters });

/** The faults that the intake would report for a push of this plan to a device without faults. */
function faultsOfPush(json: unknown, rules: PushRules | undefined): PlanFault[] {
  const read = v.safeParse(pushSchema, json);
  if (!read.success) return [];
  const { verb, parameters } = read.output;
  const given = Object.entries(parameters).map(([name, value]) => ({ name, value }));
  const reading = validatePush(
    [
      { name: 'verb', value: verb },
      { name: 'AppId', value: 'app' },
      { name: 'DeviceToken', value: 'token' },
      { name: 'Selector', value: 'selector' },
      ...given.filter(({ name }) => !ownParameters.has(name)),
    ],
    rules ?? { extraVerbs: [verb], selectorRequired: true },
  );
  const faults = reading.ok ? [] : reading.faults;
  return [
    ...given
      .filter(({ name }) => ownParameters.has(name))
      .map(({ name }) => ({
        property: `parameters.${name}`,
        detail: `parameters.${name} can't be set: ${name === 'verb' ? 'verb is a property of the plan' : 'it comes from the list'}.`,
      })),
    ...faults.map(({ parameter, detail }) => ({
      property: parameter === undefined ? 'parameters' : parameter === 'verb' ? 'verb' : `parameters.${parameter}`,
      detail,
    })),
  ];
}
