import { describe, expect, it } from 'vitest';
import { accountOf, faultsOfAccount, type Evidence } from './account.ts';
import { runSuite } from './suite.ts';
import { untilSettled } from './until-settled.ts';

// A slow machine may take many times as long as a fast one: only a lack of progress is a failure.
const limits = { stalledAfterMs: 120_000, limitMs: 1_500_000 };

describe('the relay, while the gateway, SQS, SNS and instances fail', () => {
  it(
    'delivers each of a thousand accepted pushes, or gives it up with a dead letter and an event',
    { timeout: 1_800_000 },
    async () => {
      const seed = Math.floor(Math.random() * 1_000_000);
      const account = await runSuite({ seed, pushes: 1000, ...limits, print: () => undefined });
      expect({ seed, account, faults: faultsOfAccount(account) }).toMatchObject({ faults: [] });
      // The result proves something only if there were faults.
      const { gateway, aws, instances } = account.faults;
      expect(instances.killed).toBeGreaterThan(0);
      expect(aws.pushes['cut after']).toBeGreaterThan(0);
      expect(aws.outcomes['away']).toBeGreaterThan(0);
      expect(Object.keys(aws.outcomes).length).toBeGreaterThan(1);
      expect(Object.values(aws.undeliverable).length).toBeGreaterThan(1);
      expect(gateway).toMatchObject({ away: 1 });
      expect(gateway['cut after']).toBeGreaterThan(0);
      expect(Object.values(account.deadLettered).length).toBeGreaterThan(0);
    },
  );
});

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
  subscribers: [],
  onQueue: new Set(),
  waitEnd: 'settled',
  failedCalls: [],
  faults: { gateway: {}, aws: { pushes: {}, undeliverable: {}, outcomes: {} }, instances: { killed: 0, thrown: 0 } },
  ...overrides,
});

describe('an account', () => {
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

describe('what an account says of events', () => {
  const refused = { attempts: 1, taken: 0, accepted: 0, refused: new Set(['unregistered', 'rejected']) };
  const deadLetters = new Map([
    [1, ['unregistered']],
    [2, ['rejected']],
  ]);
  const subscriber = (name: string, reason: string | undefined, events: readonly (readonly [number, string[]])[]) => ({
    name,
    isFor: (one: string) => reason === undefined || one === reason,
    events: new Map(events),
  });
  const all = [...deadLetters];
  const told = (overrides: Partial<Evidence>) =>
    accountOf(
      evidence({
        received: new Map([1, 2, 3].map((number) => [number, number === 3 ? received(1, 1) : refused])),
        deadLetters,
        subscribers: [subscriber('all', undefined, all), subscriber('dead', 'unregistered', all.slice(0, 1))],
        ...overrides,
      }),
    );

  it('balances if each subscriber has the events that its filter matches', () => {
    const account = told({});
    expect(faultsOfAccount(account)).toEqual([]);
    expect(account).toMatchObject({ lost: 0, told: { all: 2, dead: 1 }, eventsMissing: 0 });
  });

  it('misses an event at one subscriber, even if the other has it or if it has another reason', () => {
    const subscribers = [
      subscriber('all', undefined, [[1, ['rejected']], ...all.slice(1)]),
      subscriber('dead', 'unregistered', []),
    ];
    expect(faultsOfAccount(told({ subscribers }))).toEqual(['2 dead letters have no event at a subscriber.']);
  });

  it('finds events that passed a filter, and events of delivered pushes', () => {
    const subscribers = [
      subscriber('all', undefined, [...all, [3, ['unregistered']]]),
      subscriber('dead', 'unregistered', all),
    ];
    expect(faultsOfAccount(told({ subscribers }))).toEqual([
      '1 events passed a filter that they do not match.',
      '1 pushes have an event with a reason that the gateway never gave.',
    ]);
  });

  it('counts duplicates by cause: a lost answer, a dead letter that failed, and what is left', () => {
    const account = told({
      deadLetters: new Map([[1, ['unregistered', 'unregistered', 'unregistered']]]),
      subscribers: [
        subscriber('all', undefined, [
          [1, Array<string>(5).fill('unregistered')],
          [2, ['rejected']],
        ]),
      ],
      failedCalls: [
        { target: 'outcomes', isTaken: true, pushes: [1, 2] },
        { target: 'outcomes', isTaken: false, pushes: [1] },
        { target: 'undeliverable', isTaken: true, pushes: [1] },
        { target: 'undeliverable', isTaken: false, pushes: [1] },
      ],
    });
    expect(account.eventDuplicates).toEqual({ afterNoAnswer: 2, afterFailedDeadLetter: 2, others: 1 });
    expect(account.deadLetterDuplicates).toEqual({ afterNoAnswer: 1, others: 1 });
  });

  it('counts a push that was delivered after its event, because its dead letter could not be sent', () => {
    const account = told({
      deadLetters: new Map([[2, ['rejected']]]),
      received: new Map([
        [1, { ...received(1, 1), refused: new Set(['unregistered']) }],
        [2, refused],
        [3, received(1, 1)],
      ]),
    });
    expect(account).toMatchObject({ lost: 0, toldThenDelivered: 1 });
    expect(faultsOfAccount(account)).toEqual([]);
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
