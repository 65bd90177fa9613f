import * as v from 'valibot';
import type { ShownBehaviour } from './api.ts';
import { readBody } from './body.ts';

/** How the gateway treats all pushes, whatever their token. */
export interface Behaviour {
  /** It refuses connections. */
  readonly away: boolean;
  /** When it comes back by itself. Absent: when it is told to. */
  readonly awayUntilMs?: number;
  /** How much later it answers. */
  readonly slowMs: number;
  /** The share of the pushes that it answers with an error. */
  readonly failure: { readonly status: number; readonly percent: number } | null;
  /** How many pushes it takes in a second. */
  readonly pushesPerSecond: number | null;
}

export const well: Behaviour = { away: false, slowMs: 0, failure: null, pushesPerSecond: null };

const between = (from: number, to: number, or = '') => {
  const words = `must be a whole number from ${String(from)} to ${String(to)}${or}`;
  return v.pipe(v.number(words), v.integer(words), v.minValue(from, words), v.maxValue(to, words));
};

const awaySecondsWords = 'must be a number above 0 and up to 86400';

const changeSchema = v.strictObject({
  away: v.optional(v.boolean('must be true or false')),
  awaySeconds: v.optional(
    v.pipe(v.number(awaySecondsWords), v.gtValue(0, awaySecondsWords), v.maxValue(86_400, awaySecondsWords)),
  ),
  slowMs: v.optional(between(0, 600_000)),
  failure: v.optional(v.nullable(v.strictObject({ status: between(400, 599), percent: between(1, 100) }))),
  pushesPerSecond: v.optional(v.nullable(between(1, 1000, ', or null'))),
});

/** What is to change. What it leaves out stays as it is. */
export type Change = v.InferOutput<typeof changeSchema>;

/** Reads a change, or says everything that is wrong with it. @param text JSON. */
export function readChange(text: string): ReturnType<typeof readBody<(typeof changeSchema)['entries']>> {
  const reading = readBody(text, changeSchema);
  if (reading.ok && reading.value.awaySeconds !== undefined && reading.value.away !== true) {
    return { ok: false, error: 'awaySeconds is how long an outage lasts: add "away": true, or leave it out.' };
  }
  return reading;
}

/** The behaviour after a change. */
export function changed(behaviour: Behaviour, change: Change, nowMs: number): Behaviour {
  const { away, awaySeconds, slowMs, failure, pushesPerSecond } = change;
  const { awayUntilMs } = behaviour;
  const untilMs = away === undefined ? awayUntilMs : awaySeconds && nowMs + awaySeconds * 1000;
  return {
    away: away ?? behaviour.away,
    ...(untilMs !== undefined && { awayUntilMs: untilMs }),
    slowMs: slowMs ?? behaviour.slowMs,
    failure: failure === undefined ? behaviour.failure : failure,
    pushesPerSecond: pushesPerSecond === undefined ? behaviour.pushesPerSecond : pushesPerSecond,
  };
}

/** What the gateway does with a push before it looks at its token. */
export type Judgement =
  | { readonly kind: 'pass' }
  | { readonly kind: 'fail'; readonly status: number }
  | { readonly kind: 'limit'; readonly retryAfterSeconds: number };

/**
 * Judges a push.
 * @param takenMs when the newest pushes were taken that were not over the limit, oldest first.
 * @param chance from 0 to below 1.
 * @returns the judgement, and `takenMs` for the next push.
 */
export function judge(
  { failure, pushesPerSecond }: Behaviour,
  takenMs: readonly number[],
  chance: number,
  nowMs: number,
): { readonly judgement: Judgement; readonly takenMs: readonly number[] } {
  const recent = pushesPerSecond === null ? [] : takenMs.filter((ms) => ms > nowMs - 1000);
  if (pushesPerSecond !== null && recent.length >= pushesPerSecond) {
    // The oldest leaves the second within it.
    return { judgement: { kind: 'limit', retryAfterSeconds: 1 }, takenMs: recent };
  }
  const fails = failure !== null && chance * 100 < failure.percent;
  return {
    judgement: fails ? { kind: 'fail', status: failure.status } : { kind: 'pass' },
    takenMs: pushesPerSecond === null ? [] : [...recent, nowMs],
  };
}

/**
 * The behaviour as the API shows it.
 * @param fault why the gateway cannot come back.
 */
export function shownBehaviour(behaviour: Behaviour, fault: string | undefined): ShownBehaviour {
  const { awayUntilMs, ...rest } = behaviour;
  return {
    words: fault === undefined ? wordsOf(behaviour) : 'cannot come back',
    ...rest,
    ...(awayUntilMs !== undefined && { awayUntil: new Date(awayUntilMs).toISOString() }),
    ...(fault !== undefined && { fault }),
  };
}

function wordsOf({ away, slowMs, failure, pushesPerSecond }: Behaviour): string {
  if (away) return 'away';
  const words = [
    slowMs > 0 && `slow by ${String(slowMs)} ms`,
    failure && `${String(failure.status)} for ${String(failure.percent)}%`,
    pushesPerSecond !== null && `429 above ${String(pushesPerSecond)}/s`,
  ];
  return words.filter(Boolean).join(', ') || 'well';
}
