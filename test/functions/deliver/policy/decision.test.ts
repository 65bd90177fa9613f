import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decide, type DecisionInput, type RecordOutcome } from '../../../../functions/deliver/policy/decision.ts';
import { defaults } from './documented.ts';

const { policy } = defaults;
const first: DecisionInput = {
  ...{ receiveCount: 1, ageMs: 0, expiresInMs: Infinity },
  ...{ isAddressSuspected: false, isAddressConfirmed: false, chance: 0 },
};
const dayMs = 86_400_000;

const transient: RecordOutcome = { kind: 'transient', status: 500, words: () => '' };
const untried: RecordOutcome = { kind: 'untried', why: 'outage', failure: '' };
const throttled = (retryAfterMs?: number): RecordOutcome => ({
  kind: 'throttled',
  status: 429,
  words: () => '',
  ...(retryAfterMs !== undefined && { retryAfterMs }),
});
const final: RecordOutcome[] = [
  { kind: 'unregistered', status: 404, words: () => '' },
  { kind: 'rejected', status: 400, words: () => '' },
  { kind: 'malformed', failure: '' },
  { kind: 'expired', failure: '' },
];
const timeToLiveOver = { kind: 'dead-letter', reason: 'expired', why: 'its time to live is over' };

const outcomes = fc.oneof(
  fc.constantFrom<RecordOutcome>({ kind: 'delivered', status: 200 }, transient, untried, throttled(), ...final),
  fc.double({ min: 0, noNaN: true }).map(throttled),
);
const circumstances: fc.Arbitrary<DecisionInput> = fc.record({
  receiveCount: fc.integer({ min: 1, max: 1200 }),
  ageMs: fc.integer({ min: 0, max: 2 * dayMs }),
  expiresInMs: fc.oneof(fc.integer({ min: -dayMs, max: dayMs }), fc.constant(Infinity)),
  isAddressSuspected: fc.boolean(),
  isAddressConfirmed: fc.boolean(),
  chance: fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }),
});

const delayOf = (outcome: RecordOutcome, overrides: Partial<DecisionInput>, of = policy) => {
  const decision = decide(outcome, { ...first, ...overrides }, of);
  return decision.kind === 'retry' ? decision.delaySeconds : decision.kind;
};

describe('the decision', () => {
  it('deletes a delivered push, whatever its age', () => {
    expect(decide({ kind: 'delivered', status: 200 }, { ...first, ageMs: 9 * dayMs }, policy)).toEqual({
      kind: 'delete',
    });
  });

  it.each(final)('gives up a push at once that is $kind, with that reason', (outcome) => {
    expect(decide(outcome, first, policy)).toMatchObject({ kind: 'dead-letter', reason: outcome.kind });
  });

  it('says whether the address is confirmed, of a push that is unregistered and of no other', () => {
    const confirmed = (isAddressConfirmed: boolean) =>
      final
        .map((outcome) => decide(outcome, { ...first, isAddressConfirmed }, policy))
        .map((each) => Object.entries(each));
    expect([true, false].map((is) => confirmed(is)[0])).toEqual(
      [true, false].map((is) => [
        ['kind', 'dead-letter'],
        ['reason', 'unregistered'],
        ['confirmed', is],
      ]),
    );
    expect(
      confirmed(true)
        .slice(1)
        .flat()
        .map(([name]) => name),
    ).not.toContain('confirmed');
  });

  it.each(final.slice(0, 2))('retries a push that is $kind while the address is suspected', (outcome) => {
    const suspected = { ...first, receiveCount: 3, isAddressSuspected: true };
    expect(decide(outcome, suspected, policy)).toEqual({ kind: 'retry', delaySeconds: 5 });
    const reasonOf = (end: Partial<DecisionInput>) => decide(outcome, { ...suspected, ...end }, policy);
    expect(reasonOf({ ageMs: dayMs })).toEqual({ kind: 'dead-letter', reason: 'expired' });
    expect(reasonOf({ receiveCount: 900 })).toEqual({ kind: 'dead-letter', reason: 'exhausted' });
  });

  it.each(final.slice(0, 2))(
    'believes that a push is $kind after many receives only if that is confirmed',
    (outcome) => {
      const decided = (receiveCount: number, isAddressConfirmed: boolean, ageMs = 0) =>
        decide(outcome, { ...first, receiveCount, isAddressConfirmed, ageMs }, policy);
      expect([decided(6, false), decided(7, false), decided(7, true)].map(({ kind }) => kind)).toEqual([
        ...['dead-letter', 'retry', 'dead-letter'],
      ]);
      expect([decided(7, false, dayMs), decided(900, false)]).toMatchObject([
        { kind: 'dead-letter', reason: outcome.kind },
        { kind: 'dead-letter', reason: outcome.kind },
      ]);
    },
  );

  it.each([transient, untried, throttled(), throttled(5000)])(
    'retries after %j until the lifetime is over',
    (outcome) => {
      const young = decide(outcome, { ...first, ageMs: 0 }, policy);
      expect(young.kind).toBe('retry');
      expect(decide(outcome, { ...first, ageMs: dayMs - 1 }, policy)).toEqual(young);
      const expired = { kind: 'dead-letter', reason: 'expired' };
      expect(decide(outcome, { ...first, ageMs: dayMs }, policy)).toEqual(expired);
    },
  );

  it('retries a push soon that was left because the time was over, however old it is', () => {
    const time: RecordOutcome = { kind: 'untried', why: 'time', failure: '' };
    expect(decide(time, { ...first, receiveCount: 9, ageMs: 9 * dayMs }, policy)).toEqual({
      kind: 'retry',
      delaySeconds: 2,
    });
    expect(decide(time, { ...first, receiveCount: 900 }, policy)).toEqual({
      kind: 'dead-letter',
      reason: 'exhausted',
    });
  });

  it('lets a push that was left because its app is throttled wait as one that was throttled itself', () => {
    const left = (retryAfterMs?: number): RecordOutcome => ({
      ...{ kind: 'untried', why: 'throttled', failure: '', retryAfterMs },
    });
    for (const circumstances of [{ chance: 0.5 }, { receiveCount: 12 }, { ageMs: dayMs }]) {
      expect(delayOf(left(30_000), circumstances)).toBe(delayOf(throttled(30_000), circumstances));
      expect(delayOf(left(), circumstances)).toBe(delayOf(throttled(), circumstances));
    }
  });

  it('spreads the retries of pushes that were throttled together over a tenth of the time', () => {
    expect([0, 0.5, 0.99].map((chance) => delayOf(throttled(100_000), { chance }))).toEqual([100, 105, 110]);
    expect([0, 0.99].map((chance) => delayOf(throttled(9_000_000), { chance }))).toEqual([900, 811]);
  });

  it('gives up before SQS does, which would give no reason', () => {
    expect(delayOf(transient, { receiveCount: 899 })).toBe(900);
    const exhausted = { kind: 'dead-letter', reason: 'exhausted' };
    expect(decide(transient, { ...first, receiveCount: 900 }, policy)).toEqual(exhausted);
  });

  it('makes each delay half as long again as the one before, up to the cap', () => {
    const delays = Array.from({ length: 18 }, (_, index) => delayOf(transient, { receiveCount: index + 1 }));
    expect(delays).toEqual([2, 3, 5, 7, 11, 16, 23, 35, 52, 77, 116, 173, 260, 390, 584, 876, 900, 900]);
  });

  it('spreads the retries of pushes that failed together', () => {
    expect([0, 0.5, 0.99].map((chance) => delayOf(transient, { receiveCount: 3, chance }))).toEqual([5, 7, 9]);
    expect([0, 0.5, 0.99].map((chance) => delayOf(transient, { receiveCount: 20, chance }))).toEqual([900, 855, 811]);
  });

  it.each([
    [1, 0, 2],
    [1, 1, 2],
    [1, 7, 7],
    [1, 900, 900],
    [1, 86_400, 900],
    [5, 1, 2],
    [8, 1, 2],
    [12, 1, 11], // at the twelfth receive, the backoff of seven receives before is longer
    [25, 1, 900],
  ])('at receive %i, a Retry-After of %i s gives a delay of %i s', (receiveCount, retryAfter, expected) => {
    expect(delayOf(throttled(retryAfter * 1000), { receiveCount })).toBe(expected);
  });

  it('makes the last attempt when the last retry of the lifetime is due, after its end', () => {
    expect(delayOf(transient, { receiveCount: 20, ageMs: dayMs - 60_000 })).toBe(900);
  });

  it('makes the last attempt before the time to live ends, with half a second for SQS to hand out the push', () => {
    const delays = [60_500, 60_499, 1500].map((expiresInMs) => delayOf(transient, { receiveCount: 20, expiresInMs }));
    expect(delays).toEqual([60, 59, 1]);
    expect(delayOf(throttled(90_000), { expiresInMs: 60_500 })).toBe(60);
    expect(delayOf(transient, { expiresInMs: 60_500 })).toBe(2);
  });

  it('makes the last attempt before the time to live ends, also after the end of the lifetime', () => {
    const late = { receiveCount: 20, ageMs: dayMs - 60_000 };
    expect(delayOf(transient, { ...late, expiresInMs: 120_500 })).toBe(120);
    expect(delayOf(transient, { ...late, expiresInMs: 30_500 })).toBe(30);
  });

  it.each([transient, untried, throttled(), throttled(0)])(
    'gives up after %j if the time to live leaves no time for another attempt, and says so',
    (outcome) => {
      for (const expiresInMs of [1499, 0, -dayMs]) {
        expect(decide(outcome, { ...first, expiresInMs }, policy)).toEqual(timeToLiveOver);
      }
    },
  );

  it.each(final.slice(0, 2))('gives up a push that is $kind while the address is suspected at that end', (outcome) => {
    const suspected = { ...first, isAddressSuspected: true, expiresInMs: 0 };
    expect(decide(outcome, suspected, policy)).toEqual(timeToLiveOver);
  });

  it('deletes a delivered push, even if its time to live ended during the attempt', () => {
    expect(decide({ kind: 'delivered', status: 200 }, { ...first, expiresInMs: -1 }, policy)).toEqual({
      kind: 'delete',
    });
  });

  it('retries a push whose attempt was left out because the time was over, so that a time to live of 0 gets it', () => {
    const time: RecordOutcome = { kind: 'untried', why: 'time', failure: '' };
    expect(delayOf(time, { expiresInMs: 0 })).toBe(2);
  });

  it('never delays a push beyond the cap or its time to live', () => {
    fc.assert(
      fc.property(outcomes, circumstances, (outcome, all) => {
        const decision = decide(outcome, all, policy);
        if (decision.kind !== 'retry') return;
        expect(Number.isInteger(decision.delaySeconds)).toBe(true);
        expect(decision.delaySeconds).toBeGreaterThanOrEqual(1);
        expect(decision.delaySeconds).toBeLessThanOrEqual(policy.backoffCapSeconds);
        expect(decision.delaySeconds * 1000).toBeLessThan(all.expiresInMs);
      }),
    );
  });

  it('never retries an expired push', () => {
    fc.assert(
      fc.property(outcomes, circumstances, (outcome, all) => {
        const decision = decide(outcome, { ...all, ageMs: all.ageMs + dayMs }, policy);
        const isRetryable = ['throttled', 'transient', 'untried'].includes(outcome.kind);
        if (isRetryable) expect(decision).toEqual({ kind: 'dead-letter', reason: 'expired' });
        else expect(decision.kind).not.toBe('retry');
      }),
    );
  });

  it('never shortens the delay as the receive count grows', () => {
    const retried = fc.oneof(fc.constant(transient), fc.nat(2_000_000).map(throttled));
    fc.assert(
      fc.property(retried, circumstances, (outcome, all) => {
        const receiveCount = Math.min(all.receiveCount, 898);
        const fresh = { ...all, ageMs: 0, expiresInMs: Infinity };
        const now = delayOf(outcome, { ...fresh, receiveCount });
        const next = delayOf(outcome, { ...fresh, receiveCount: receiveCount + 1 });
        expect(next).toBeGreaterThanOrEqual(Number(now));
      }),
    );
  });
});
