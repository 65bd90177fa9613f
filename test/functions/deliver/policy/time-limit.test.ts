import { expect, it } from 'vitest';
import type { Outcome } from '../../../../functions/deliver/policy/outcome.ts';
import { createTimeLimit } from '../../../../functions/deliver/policy/time-limit.ts';

const delivered: Outcome = { kind: 'delivered', status: 200 };
const unanswered: Outcome = { kind: 'transient', failure: 'no complete answer within 5000 ms' };
const cutShort: Outcome = { kind: 'transient', status: 200, failure: 'no complete answer within 5000 ms' };

/** The limit of the next attempt after outcomes, each with the milliseconds it took. */
function limitAfter(attempts: readonly (readonly [Outcome, number])[], attemptTimeoutMs = 5000, isProbe = false) {
  const limit = createTimeLimit(attemptTimeoutMs);
  for (const [outcome, ms] of attempts) limit.record(outcome, ms);
  return limit.ms(isProbe);
}

it.each<[string, [Outcome, number][], number]>([
  ['the configured one before any answer', [], 5000],
  ['the configured one while answers take up to half of it', [[delivered, 2500]], 5000],
  ['twice as long as the answer', [[delivered, 4000]], 8000],
  ['twice as long as an answer of another kind', [[{ kind: 'rejected', status: 400, words: () => '' }, 4000]], 8000],
  ['twice as long as an answer whose rest is missing', [[cutShort, 5000]], 10_000],
  [
    'that of the slowest of the last answers',
    [
      [delivered, 4900],
      [delivered, 10],
    ],
    8820,
  ],
  [
    'a whole number of milliseconds',
    [
      [delivered, 4321],
      [delivered, 10],
    ],
    7778,
  ],
  ['not changed by an attempt without an answer', [[unanswered, 5000]], 5000],
  ['at most four times the configured one', [[delivered, 19_000]], 20_000],
])('the time limit is %s', (_what, attempts, expected) => {
  expect(limitAfter(attempts)).toBe(expected);
});

it('the time limit is the configured one again after a few quick answers', () => {
  const quick = Array.from({ length: 7 }, (): [Outcome, number] => [delivered, 10]);
  expect(limitAfter([[delivered, 4900], ...quick])).toBe(5000);
});

it.each([
  [10, 40],
  [5000, 20_000],
  [6000, 20_000],
  [20_000, 20_000],
])('a probe may take four times the limit of %i ms, but at most 20 s: %i ms', (attemptTimeoutMs, expected) => {
  expect(limitAfter([], attemptTimeoutMs, true)).toBe(expected);
});
