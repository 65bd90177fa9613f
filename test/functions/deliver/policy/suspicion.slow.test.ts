import { describe, expect, it } from 'vitest';
import { seededRandom } from '../../../support/random.ts';
import { simulateDelivery, type SimulatedFate } from './delivery-simulation.ts';
import { defaults, rowsOf } from './documented.ts';

const hour = 3600;

interface Case {
  /** Of each push in turn, whether its device is registered. */
  readonly live: readonly boolean[];
  readonly everySeconds?: number;
  readonly instances?: number;
  /** How long the gateway answers 404 to all. */
  readonly wrongForSeconds?: number;
}

const all = (count: number, live: boolean) => Array<boolean>(count).fill(live);
const mixed = (share: number) => {
  const random = seededRandom(3);
  return Array.from({ length: 1000 }, () => random() >= share);
};
const inARow = [...all(200, true), ...all(300, false), ...all(500, true)];

const cases: Readonly<Record<string, Case>> = {
  '5 % unregistered': { live: mixed(0.05) },
  '20 % unregistered': { live: mixed(0.2) },
  '20 % unregistered, one push a second': { live: mixed(0.2), everySeconds: 1 },
  '300 unregistered in a row, then others, one a second': { live: inARow, everySeconds: 1 },
  '300 unregistered and no other push': { live: all(300, false) },
  'wrong address for an hour, a batch at a time': { live: all(600, true), wrongForSeconds: hour },
  'wrong address for an hour, one push a second': { live: all(600, true), everySeconds: 1, wrongForSeconds: hour },
  'the same, on 10 instances': { live: all(600, true), everySeconds: 1, instances: 10, wrongForSeconds: hour },
  'wrong address for two days, one push a minute': {
    live: all(600, true),
    everySeconds: 60,
    wrongForSeconds: 48 * hour,
  },
};

async function fatesOf({ live, everySeconds = 0, instances = 1, wrongForSeconds = 0 }: Case) {
  const fates = await simulateDelivery({
    pushes: live.map((isLive, index) => ({
      token: `${isLive ? 'live' : 'dead'}-${String(index)}`,
      arrivesAtSeconds: index * everySeconds,
    })),
    instances,
    batchRecords: 10,
    limits: defaults.outage,
    policy: defaults.policy,
    random: seededRandom(7),
    answerOf: (token, atSeconds) => ({
      status: atSeconds < wrongForSeconds || token.startsWith('dead') ? 404 : 200,
      seconds: 0.1,
    }),
  });
  const of = (kind: string) => fates.filter(({ token }) => token.startsWith(kind));
  return { live: of('live'), dead: of('dead') };
}

const count = (fates: readonly SimulatedFate[], is: (fate: SimulatedFate) => boolean) =>
  String(fates.filter(is).length);

/** A row of the table in docs/delivery.md. */
async function row([name, one]: [string, Case]): Promise<string> {
  const { live, dead } = await fatesOf(one);
  const isDelivered = ({ end }: SimulatedFate) => end === 'delivered';
  const isAtOnce = ({ receives }: SimulatedFate) => receives === 1;
  return [
    name,
    count(live, isDelivered),
    count(live, (fate) => !isDelivered(fate)),
    count(dead, isAtOnce),
    count(dead, (fate) => !isAtOnce(fate)),
  ].join(' | ');
}

describe('a simulated gateway that refuses devices', () => {
  it('has unregistered devices given up at once among others, and none of the others delayed', async () => {
    for (const share of [0.05, 0.2]) {
      const { live, dead } = await fatesOf({ live: mixed(share) });
      for (const { end, receives } of live) expect({ end, receives }).toEqual({ end: 'delivered', receives: 1 });
      for (const { end, receives } of dead) expect({ end, receives }).toEqual({ end: 'unregistered', receives: 1 });
    }
  });

  it.each([
    [0.1, 0, 1],
    [0.2, 0, 1],
    [0.2, 1, 0.98],
    [0.5, 0, 0.9],
  ])(
    'of a share of %d unregistered devices, with a push every %i s, confirms at least a share of %d',
    async (share, everySeconds, least) => {
      const { dead } = await fatesOf({ live: mixed(share), everySeconds });
      expect(dead.filter(({ isConfirmed }) => isConfirmed).length).toBeGreaterThanOrEqual(least * dead.length);
    },
  );

  it.each([1, 10])('at a wrong address, confirms no device on %i instances', async (instances) => {
    const live = all(600, true);
    const { live: fates } = await fatesOf({ live, everySeconds: 1, instances, wrongForSeconds: hour });
    expect(fates.filter(({ end }) => end === 'unregistered')).not.toEqual([]);
    expect(fates.filter(({ isConfirmed }) => isConfirmed)).toEqual([]);
  });

  it('has a long row of unregistered devices given up as soon as others are delivered', async () => {
    const { live, dead } = await fatesOf({ live: inARow, everySeconds: 1 });
    expect(live.every(({ end }) => end === 'delivered')).toBe(true);
    for (const { end, arrivesAtSeconds, endedAtSeconds } of dead) {
      expect(end).toBe('unregistered');
      expect(endedAtSeconds - arrivesAtSeconds).toBeLessThan(15 * 60);
    }
  });

  it('keeps no unregistered device beyond the first retry after its lifetime', async () => {
    const { dead } = await fatesOf({ live: all(300, false) });
    expect(dead).toHaveLength(300);
    expect(new Set(dead.map(({ end }) => end))).toEqual(new Set(['expired']));
    for (const { endedAtSeconds } of dead) {
      expect(endedAtSeconds).toBeGreaterThanOrEqual(24 * hour);
      expect(endedAtSeconds).toBeLessThan(24 * hour + 15 * 60 + 60);
    }
  });

  it.each([1, 60, 600])(
    'at an address that stays wrong, calls only the first devices unregistered, with a push every %i s',
    async (everySeconds) => {
      const { live } = await fatesOf({ live: all(100, true), everySeconds, wrongForSeconds: 48 * hour });
      const reasons = live.map(({ end }) => end).toSorted();
      const first = defaults.outage.suspectFinalAnswers - 1;
      expect(reasons).toEqual([
        ...Array<string>(100 - first).fill('expired'),
        ...Array<string>(first).fill('unregistered'),
      ]);
    },
  );

  it.each([1, 10])(
    'at a wrong address, loses fewer pushes than the limit on each of %i instances',
    async (instances) => {
      const limit = defaults.outage.suspectFinalAnswers;
      const { live } = await fatesOf({ live: all(600, true), everySeconds: 1, instances, wrongForSeconds: hour });
      expect(live.filter(({ end }) => end !== 'delivered').length).toBeLessThanOrEqual((limit - 1) * instances);
    },
  );

  it('has the results that docs/delivery.md shows', async () => {
    const rows = await Promise.all(Object.entries(cases).map(row));
    expect(await rowsOf('docs/delivery.md')).toEqual(expect.arrayContaining(rows));
  });
});
