import type { Outcome } from './outcome.ts';

/**
 * How long an instance waits for an answer. A gateway that has become slower than the limit takes a push, and gets it
 * again; so the limit grows with the answers that come, to twice the longest of the last ones. Attempts that hang while
 * others are answered soon do not change it. Each instance has its own.
 */
export type TimeLimit = ReturnType<typeof createTimeLimit>;

/** How many times the configured limit an attempt lasts at most. */
const mostGrowth = 4;
/** With more, an attempt and what follows it would not end within the 30 s of the function. */
export const longestAttemptMs = 20_000;
/** After a slow answer, quick ones bring the limit back within a few batches. */
const forgetting = 0.9;

/** @param attemptTimeoutMs the limit while the gateway answers within half of it. */
export function createTimeLimit(attemptTimeoutMs: number) {
  const longestMs = Math.min(longestAttemptMs, mostGrowth * attemptTimeoutMs);
  /** How long the slowest of the last answers took. */
  let slowestMs = 0;
  return {
    /**
     * A whole number of milliseconds, because people read it.
     * @param isProbe in an outage, a probe lasts as long as possible: the gateway may only be slow.
     */
    ms(isProbe: boolean): number {
      return isProbe ? longestMs : Math.max(attemptTimeoutMs, Math.min(longestMs, Math.round(2 * slowestMs)));
    },
    record({ status }: Outcome, ms: number) {
      if (status !== undefined) slowestMs = Math.max(ms, slowestMs * forgetting);
    },
  };
}
