import * as v from 'valibot';
import type { BehaviourChange, ShownBehaviour } from '../api.ts';
import { readBody, type Reading } from '../read-body.ts';

/** How the gateway treats all pushes, whatever their token. */
export interface Behaviour extends Pick<ShownBehaviour, 'away' | 'slowMs' | 'failure' | 'pushesPerSecond'> {
  /** When it comes back by itself. Absent: when it is told to. */
  readonly awayUntilMs?: number;
}

export const well: Behaviour = { away: false, slowMs: 0, failure: null, pushesPerSecond: null };

const between = (from: number, to: number, or = '') => {
  const words = `must be a whole number from ${String(from)} to ${String(to)}${or}`;
  return v.pipe(v.number(words), v.integer(words), v.minValue(from, words), v.maxValue(to, words));
};

const awaySecondsWords = 'must be a number above 0 and up to 86400';

const changeSchema = v.strictObject({
  away: v.exactOptional(v.boolean('must be true or false')),
  awaySeconds: v.exactOptional(
    v.pipe(v.number(awaySecondsWords), v.gtValue(0, awaySecondsWords), v.maxValue(86_400, awaySecondsWords)),
  ),
  slowMs: v.exactOptional(between(0, 600_000)),
  failure: v.exactOptional(v.nullable(v.strictObject({ status: between(400, 599), percent: between(1, 100) }))),
  pushesPerSecond: v.exactOptional(v.nullable(between(1, 1000, ', or null'))),
});

/** Reads a change, or says everything that is wrong with it. @param text JSON. */
export function readChange(text: string): Reading<BehaviourChange> {
  const reading = readBody(text, changeSchema);
  if (reading.ok && reading.value.awaySeconds !== undefined && reading.value.away !== true) {
    return { ok: false, error: 'awaySeconds is how long an outage lasts: add "away": true, or leave it out.' };
  }
  return reading;
}

/** The behaviour after a change. */
export function changed(behaviour: Behaviour, change: BehaviourChange, nowMs: number): Behaviour {
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
