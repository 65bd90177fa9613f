import { describe, expect, it } from 'vitest';
import { attemptBatch } from '../../../../functions/deliver/attempt.ts';
import { NoAnswerError } from '../../../../functions/deliver/no-answer-error.ts';
import { createOutage } from '../../../../functions/deliver/policy/outage.ts';
import { readRecord } from '../../../../functions/deliver/record.ts';
import { encodeForm } from '../../../../shared/push/form.ts';
import { seededRandom } from '../../../support/random.ts';
import { recordOf } from '../../../support/sqs-event.ts';
import { rowsOf } from '../../../support/table-rows.ts';
import { defaults } from './documented.ts';

/** Whether the gateway answers an attempt within the limit, and after how long, or how long the attempt then takes. */
type Slowness = (limitSeconds: number, chance: number) => { readonly isAnswered: boolean; readonly seconds: number };

const hanging =
  (share: number): Slowness =>
  (limitSeconds, chance) =>
    chance < share ? { isAnswered: false, seconds: limitSeconds } : { isAnswered: true, seconds: 0.1 };
const answeringIn =
  (seconds: number): Slowness =>
  (limitSeconds) => ({ isAnswered: seconds < limitSeconds, seconds: Math.min(seconds, limitSeconds) });

const gateways: Readonly<Record<string, Slowness>> = {
  'answers in 100 ms': answeringIn(0.1),
  'answers in 1 s': answeringIn(1),
  'answers in 3 s': answeringIn(3),
  'does not answer 1 % of the attempts': hanging(0.01),
  'does not answer 10 % of the attempts': hanging(0.1),
  'accepts no connection within 3 s': () => ({ isAnswered: false, seconds: 3 }),
  'does not answer': hanging(1),
};

const limitsSeconds = [10, defaults.gateway.attemptTimeoutMs / 1000];
const batchRecords = 10;
const batches = 2000;
const records = Array.from({ length: batchRecords }, (_none, index) =>
  readRecord(recordOf({ DeviceToken: String(index) })),
);

/**
 * Pushes a second that the default instances process: pushes that are retried count when they are received first.
 * Unlike the simulation of the relay, it takes calls to SQS for nothing, so that it shows what the gateway costs.
 */
async function rateOf(slowness: Slowness, limitSeconds: number): Promise<number> {
  const random = seededRandom(5);
  const instances = Array.from({ length: 10 }, () => ({ outage: createOutage(defaults.outage), freeAt: 0 }));
  for (let batch = 0; batch < batches; batch += 1) {
    const instance = instances.reduce((first, other) => (other.freeAt < first.freeAt ? other : first));
    let slowest = 0;
    const post = () => {
      const { isAnswered, seconds } = slowness(limitSeconds, random());
      slowest = Math.max(slowest, seconds);
      if (!isAnswered) return Promise.reject(new NoAnswerError('no complete answer in time'));
      return Promise.resolve({ status: 200, body: '' });
    };
    await attemptBatch(records, {
      ...{ gateway: { post }, encode: encodeForm, outage: instance.outage },
      ...{ concurrency: 500, mayStart: () => true, now: () => 0 },
    });
    instance.freeAt += slowest;
  }
  return (batches * batchRecords) / Math.max(...instances.map(({ freeAt }) => freeAt));
}

const rounded = (rate: number) => String(Number(rate.toPrecision(2))).replace(/\B(?=(\d{3})+$)/g, ',');

describe('a simulated slow gateway', () => {
  it('leaves the pushes a second that docs/operations.md shows', async () => {
    const rows: string[] = [];
    for (const [name, slowness] of Object.entries(gateways)) {
      const rates: string[] = [];
      for (const limit of limitsSeconds) rates.push(rounded(await rateOf(slowness, limit)));
      rows.push(`| ${[name, ...rates].join(' | ')} |`);
    }
    expect(await rowsOf('docs/operations.md')).toEqual(expect.arrayContaining(rows));
  });

  it('costs half as much with the default limit as with one of ten seconds', async () => {
    const [long, short] = await Promise.all(limitsSeconds.map((limit) => rateOf(hanging(0.1), limit)));
    expect(Number(short) / Number(long)).toBeGreaterThan(1.9);
  });
});
