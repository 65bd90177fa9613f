import { describe, expect, it } from 'vitest';
import { seededRandom } from '../../../support/random.ts';
import { simulateDelivery, type SimulatedAnswer } from './delivery-simulation.ts';
import { defaults, rowsOf } from './documented.ts';

/** Of an attempt that is not answered within the limit. */
type Slowness = (limitSeconds: number, chance: number) => SimulatedAnswer;

const hanging =
  (share: number): Slowness =>
  (limitSeconds, chance) =>
    chance < share ? { seconds: limitSeconds } : { status: 200, seconds: 0.1 };
const answeringIn =
  (seconds: number): Slowness =>
  (limitSeconds) =>
    seconds < limitSeconds ? { status: 200, seconds } : { seconds: limitSeconds };

const gateways: Readonly<Record<string, Slowness>> = {
  'answers in 100 ms': answeringIn(0.1),
  'answers in 1 s': answeringIn(1),
  'answers in 3 s': answeringIn(3),
  'does not answer 1 % of the attempts': hanging(0.01),
  'does not answer 10 % of the attempts': hanging(0.1),
  'accepts no connection within 3 s': () => ({ seconds: 3 }),
  'does not answer': hanging(1),
};

const limitsSeconds = [10, defaults.gateway.attemptTimeoutMs / 1000];

/** Pushes a second that the default instances process: pushes that are retried count when they are received first. */
async function rateOf(slowness: Slowness, limitSeconds: number): Promise<number> {
  const random = seededRandom(5);
  const pushes = Array.from({ length: 6000 }, (_, index) => ({ token: String(index), arrivesAtSeconds: 0 }));
  const fates = await simulateDelivery({
    pushes,
    instances: 10,
    batchRecords: 10,
    limits: defaults.outage,
    // So that a push that fails ends with its first receive, and retries take none of the time.
    policy: { ...defaults.policy, lifetimeSeconds: 0 },
    random,
    answerOf: () => slowness(limitSeconds, random()),
  });
  return pushes.length / Math.max(...fates.map(({ endedAtSeconds }) => endedAtSeconds));
}

const rounded = (rate: number) => String(Number(rate.toPrecision(2))).replace(/\B(?=(\d{3})+$)/g, ',');

describe('a simulated slow gateway', () => {
  it('leaves the pushes a second that docs/operations.md shows', async () => {
    const rows: string[] = [];
    for (const [name, slowness] of Object.entries(gateways)) {
      const rates: string[] = [];
      for (const limit of limitsSeconds) rates.push(rounded(await rateOf(slowness, limit)));
      rows.push([name, ...rates].join(' | '));
    }
    expect(await rowsOf('docs/operations.md')).toEqual(expect.arrayContaining(rows));
  });

  it('costs half as much with the default limit as with one of ten seconds', async () => {
    const [long, short] = await Promise.all(limitsSeconds.map((limit) => rateOf(hanging(0.1), limit)));
    expect(Number(short) / Number(long)).toBeGreaterThan(1.9);
  });
});
