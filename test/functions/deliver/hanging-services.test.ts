import { once } from 'node:events';
import { expect, it } from 'vitest';
import type { ApplyDependencies } from '../../../functions/deliver/apply.ts';
import type { BatchResult } from '../../../shared/aws/batch-calls.ts';
import { awsCallsOn, idsOf, useDelivery } from '../../support/deliver.ts';
import { recordingLog } from '../../support/log.ts';
import { recordOf } from '../../support/sqs-event.ts';

const { deadLetters, deliver, events, queues } = useDelivery();

/** A service that answers nothing until its call is aborted. */
async function hang<T>(items: readonly T[], signal: AbortSignal): Promise<BatchResult<T>> {
  if (items.length > 0 && !signal.aborted) await once(signal, 'abort');
  return { done: [], failed: items.map((item) => ({ item, scope: 'call', error: new Error('no answer') })) };
}

const hangs: Pick<ApplyDependencies, 'publish' | 'sendDeadLetters' | 'delay'> = {
  publish: hang,
  sendDeadLetters: hang,
  delay: (_queue, records, signal) => hang(records, signal),
};

it('answers in time, and keeps what is not delivered, if the topic and SQS hang', async () => {
  const log = recordingLog();
  const records = [recordOf({ DeviceToken: 'fail-500' }), recordOf({ DeviceToken: 'fail-400' }), recordOf()];
  const { failed } = await deliver(records, { ...hangs, publishDelivered: true, log }, 1100);
  expect(failed.toSorted()).toEqual(idsOf(records.slice(0, 2)).toSorted());
  const lines = log.lines.filter((line) => line.includes('no answer')).map((line) => JSON.parse(line) as object);
  expect(lines).toMatchObject([
    { level: 'error', message: 'event not published', id: records[1]?.messageId, error: { message: 'no answer' } },
    { level: 'warn', message: 'delay not set', id: records[0]?.messageId, error: { message: 'no answer' } },
    { level: 'warn', message: 'receipts not published', receipts: 1, error: { message: 'no answer' } },
  ]);
});

it('keeps a push whose event is out, if only the dead-letter queue hangs', async () => {
  const log = recordingLog();
  const record = recordOf({ DeviceToken: 'fail-400' });
  const { failed } = await deliver([record], { sendDeadLetters: hang, log }, 1300);
  expect(failed).toEqual([record.messageId]);
  expect(await events()).toHaveLength(1);
  expect(await deadLetters()).toHaveLength(0);
  const line = `"message":"dead letter not sent","id":"${record.messageId}","error":{"name":"Error","message":"no answer"}`;
  expect(log.lines.join('\n')).toContain(line);
});

it('logs and counts receipts that were not published apart from events', async () => {
  const log = recordingLog();
  const refused: ApplyDependencies['publish'] = (items) => hang(items, AbortSignal.abort());
  const records = [recordOf({ DeviceToken: 'fail-400' }), recordOf(), recordOf({ DeviceToken: 'other' })];
  await deliver(records, { ...awsCallsOn(queues()), publish: refused, publishDelivered: true, log });
  expect(log.lines.join('\n')).toContain('"message":"receipts not published","receipts":2,"error":{"name":"Error"');
  expect(log.lines.join('\n')).toMatch(/"EventsNotPublished":1,.*"ReceiptsNotPublished":2/);
});

it('publishes no receipt unless the deployment asks for it', async () => {
  const published: number[] = [];
  const publish: ApplyDependencies['publish'] = (items) => {
    published.push(items.length);
    return Promise.resolve({ done: items, failed: [] });
  };
  await deliver([recordOf()], { publish });
  expect(published).toEqual([0, 0]);
});
