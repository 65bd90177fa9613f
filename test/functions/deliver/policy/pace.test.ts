import { describe, expect, it } from 'vitest';
import type { Outcome } from '../../../../functions/deliver/policy/outcome.ts';
import { createPace } from '../../../../functions/deliver/policy/pace.ts';

const [app, otherApp] = ['com.example.app', 'com.example.other'];
const throttled: Outcome = { kind: 'throttled', status: 429, words: () => '', retryAfterMs: 30_000 };
const unavailable: Outcome = { kind: 'throttled', status: 503, words: () => '', retryAfterMs: 30_000 };
const delivered: Outcome = { kind: 'delivered', status: 200 };
const refused: Outcome = { kind: 'unregistered', status: 404, words: () => '' };
const unanswered: Outcome = { kind: 'transient', failure: 'no complete answer within 5000 ms' };

/** The pace after outcomes, one a second, the last at 0. */
function paceAfter(...outcomes: readonly Outcome[]) {
  const pace = createPace();
  for (const [index, outcome] of outcomes.entries()) {
    const at = (index + 1 - outcomes.length) * 1000;
    pace.record(outcome, app, at, at);
  }
  return pace;
}

/** How long after the last outcome the next attempt may start. */
function spaceAfter(...outcomes: readonly Outcome[]): number {
  for (let ms = 0; ms <= 20_000; ms += 50) if (paceAfter(...outcomes).take(app, ms) === undefined) return ms;
  return Infinity;
}

describe('the pace of an app', () => {
  it.each<[what: string, outcomes: Outcome[], ms: number]>([
    ['nothing', [], 0],
    ['a 503, which is an outage', [unavailable], 0],
    ['a 429', [throttled], 100],
    ['two', [throttled, throttled], 200],
    ['six', Array<Outcome>(6).fill(throttled), 3200],
    ['any number', Array<Outcome>(30).fill(throttled), 10_000],
  ])('after %s (%j) leaves a space of %i ms', (_what, outcomes, expected) => {
    expect(spaceAfter(...outcomes)).toBe(expected);
  });

  it('is that of one attempt in each space, which another answer halves', () => {
    const pace = paceAfter(throttled, throttled, throttled, throttled);
    expect([799, 800, 1599, 1600].map((at) => pace.take(app, at) === undefined)).toEqual([false, true, false, true]);
    pace.record(delivered, app, 1600, 1610);
    expect([2400, 2799, 2800].map((at) => pace.take(app, at) === undefined)).toEqual([true, false, true]);
  });

  it('is not limited any more after enough other answers, and not by one without an answer', () => {
    const pace = paceAfter(throttled, throttled);
    const isLimited = () => [1000, 1001].map((at) => pace.take(app, at) !== undefined).includes(true);
    pace.record(unanswered, app, 0, 0);
    expect(isLimited()).toBe(true);
    pace.record(delivered, app, 0, 0);
    pace.record(refused, app, 0, 0);
    expect(isLimited()).toBe(false);
  });

  it('takes several 429 to attempts at the same time for one', () => {
    const pace = createPace();
    for (let attempt = 0; attempt < 10; attempt += 1) pace.record(throttled, app, 0, 50 + attempt);
    expect([149, 150].map((at) => pace.take(app, at) === undefined)).toEqual([false, true]);
  });

  it('says for how long the gateway asked last', () => {
    expect(paceAfter(throttled).take(app, 0)).toMatchObject({ retryAfterMs: 30_000 });
    expect(paceAfter(throttled, { kind: 'throttled', status: 429, words: () => '' }).take(app, 0)).toMatchObject({
      retryAfterMs: undefined,
    });
  });

  it('is not that of another app', () => {
    expect(paceAfter(throttled, throttled).take(otherApp, 0)).toBeUndefined();
  });
});
