import { once } from 'node:events';
import { expect, it } from 'vitest';
import type { ApplyDependencies } from '../../../functions/deliver/apply.ts';
import { useDelivery } from '../../support/deliver.ts';
import { recordingLog } from '../../support/log.ts';
import { recordOf } from '../../support/sqs-event.ts';

const { deliver } = useDelivery();

/** The topic answers nothing. */
const publish: ApplyDependencies['publish'] = async (records, signal) => {
  if (records.length === 0) return { done: [], failed: [] };
  await once(signal, 'abort');
  return { done: [], failed: records.map((item) => ({ item, scope: 'call', error: new Error('no answer') })) };
};

it('gives up receipts after two seconds if the topic hangs, and does not hold the batch until its time limit', async () => {
  const log = recordingLog();
  const startedAt = performance.now();
  const { failed } = await deliver([recordOf()], { publish, publishDelivered: true, log }, 60_000);
  expect(failed).toEqual([]);
  expect(performance.now() - startedAt).toBeLessThan(30_000);
  expect(log.lines.join('\n')).toContain('"message":"receipts not published","receipts":1,"error":');
});

it('waits for receipts no longer than the function has time', async () => {
  const startedAt = performance.now();
  await deliver([recordOf()], { publish, publishDelivered: true, answerReserveMs: 1000 }, 1100);
  expect(performance.now() - startedAt).toBeLessThan(1900);
});

it('waits for the event of a push that is given up for as long as the function has time', async () => {
  const record = recordOf({ DeviceToken: 'fail-400' });
  const startedAt = performance.now();
  expect(await deliver([record], { publish }, 3500)).toMatchObject({ failed: [record.messageId] });
  expect(performance.now() - startedAt).toBeGreaterThan(2300);
});
