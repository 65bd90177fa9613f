import { describe, expect, it } from 'vitest';
import { accountOf, faultsOfAccount, type Evidence } from './account.ts';
import { runSuite } from './suite.ts';
import { untilSettled } from './until-settled.ts';

// A slow machine may take many times as long as a fast one: only a lack of progress is a failure.
const limits = { stalledAfterMs: 120_000, limitMs: 1_500_000 };

describe('the relay, while the gateway, SQS and instances fail', () => {
  it('delivers or dead-letters each of a thousand accepted pushes', { timeout: 1_800_000 }, async () => {
    const seed = Math.floor(Math.random() * 1_000_000);
    const account = await runSuite({ seed, pushes: 1000, ...limits, print: () => undefined });
    expect({ seed, account, faults: faultsOfAccount(account) }).toMatchObject({ faults: [] });
    // The result proves something only if there were faults.
    const { gateway, sqs, instances } = account.faults;
    expect(instances.killed).toBeGreaterThan(0);
    expect(sqs['cut after']).toBeGreaterThan(0);
    expect(gateway).toMatchObject({ away: 1 });
    expect(gateway['cut after']).toBeGreaterThan(0);
    expect(Object.values(account.deadLettered).length).toBeGreaterThan(0);
  });
});

describe('an account', () => {
  const received = (taken: number, accepted: number) => ({
    attempts: taken,
    taken,
    accepted,
    refused: new Set<string>(),
  });
  const evidence = (overrides: Partial<Evidence>): Evidence => ({
    sent: 3,
    accepted: new Set([1, 2, 3]),
    received: new Map([[1, received(1, 1)]]),
    deadLetters: new Map(),
    onQueue: new Set(),
    waitEnd: 'settled',
    faults: { gateway: {}, sqs: {}, instances: { killed: 0, thrown: 0 } },
    ...overrides,
  });

  it('counts pushes that are still on the queue when a run ends early as waiting, and not as lost', () => {
    const account = accountOf(evidence({ onQueue: new Set([1, 2]), waitEnd: 'limit' }));
    expect(account).toMatchObject({ delivered: 1, waiting: 1, lost: 1 });
    expect(faultsOfAccount(account)).toEqual([
      '1 accepted pushes are lost.',
      '1 pushes are still on the queue, not lost: the time limit was reached.',
    ]);
  });

  it('counts duplicates after a lost answer separately from others', () => {
    const { duplicates } = accountOf(evidence({ received: new Map([1, 2, 3].map((n) => [n, received(3, n)])) }));
    expect(duplicates).toEqual({ afterNoAnswer: 2 + 1, others: 1 + 2 });
  });
});

describe('the wait for the end of a run', () => {
  it('ends when nothing is left', async () => {
    let left = 6;
    expect(await untilSettled(() => (left -= 1), { stalledAfterMs: 60_000, limitMs: 60_000 })).toBe('settled');
  });

  it('ends if there is no progress, and in any case at the limit', async () => {
    expect(await untilSettled(() => 1, { stalledAfterMs: 1, limitMs: 60_000 })).toBe('stalled');
    let left = 1_000_000;
    expect(await untilSettled(() => (left -= 1), { stalledAfterMs: 60_000, limitMs: 1 })).toBe('limit');
  });
});
