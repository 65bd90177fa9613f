import { describe, expect, it } from 'vitest';
import { attemptBatch } from '../../../../functions/deliver/attempt.ts';
import { NoAnswerError } from '../../../../functions/deliver/no-answer-error.ts';
import type { Answer } from '../../../../functions/deliver/policy/outcome.ts';
import { createOutage } from '../../../../functions/deliver/policy/outage.ts';
import { createPace } from '../../../../functions/deliver/policy/pace.ts';
import { createTimeLimit } from '../../../../functions/deliver/policy/time-limit.ts';
import { readRecord } from '../../../../functions/deliver/record.ts';
import { encodeForm } from '../../../../shared/push/form.ts';
import { createScheduler } from '../../../simulation/kernel/scheduler.ts';
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
  'answers in 7 s': answeringIn(7),
  'does not answer 1 % of the attempts': hanging(0.01),
  'does not answer 10 % of the attempts': hanging(0.1),
  'accepts no connection within 3 s': () => ({ isAnswered: false, seconds: 3 }),
  'does not answer': hanging(1),
};

const limitsSeconds = [10, defaults.gateway.attemptTimeoutMs / 1000];
const batchRecords = 10;
const instances = 10;
/** After the first of them, in which instances find out about an outage, pushes are counted. */
const seconds = [100, 300] as const;
/** For the calls to SQS of a batch without an attempt. */
const leastBatchMs = 100;
const records = Array.from({ length: batchRecords }, (_none, index) =>
  readRecord(recordOf({ DeviceToken: String(index) })),
);

/**
 * Pushes a second that the default instances process: pushes that are retried count when they are received first.
 * Unlike the simulation of the relay, it takes calls to SQS for nothing, so that it shows what the gateway costs.
 */
async function rateOf(slowness: Slowness, limitSeconds: number): Promise<number> {
  const random = seededRandom(5);
  const { now, after, wake, run } = createScheduler();
  const post = (_body: string, limitMs = 0) =>
    new Promise<Answer>((resolve, reject) => {
      const { isAnswered, seconds: ms } = slowness(limitMs / 1000, random());
      after(ms * 1000, () => {
        wake();
        if (isAnswered) resolve({ status: 200, body: '' });
        else reject(new NoAnswerError('no complete answer in time'));
      });
    });
  let batches = 0;
  const work = async () => {
    const state = {
      outage: createOutage(defaults.outage),
      pace: createPace(),
      timeLimit: createTimeLimit(limitSeconds * 1000),
    };
    const environment = { gateway: { post }, encode: encodeForm, concurrency: 500, mayStart: () => true, now };
    for (;;) {
      const startedAt = now();
      await attemptBatch(records, { ...state, ...environment });
      batches += 1;
      await new Promise<void>((resolve) => {
        after(Math.max(0, startedAt + leastBatchMs - now()), () => {
          wake();
          resolve();
        });
      });
    }
  };
  for (let instance = 0; instance < instances; instance += 1) void work();
  const [from, until] = seconds;
  await run(from * 1000);
  batches = 0;
  await run(until * 1000);
  return (batches * batchRecords) / (until - from);
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
