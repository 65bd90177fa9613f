import { expect, it } from 'vitest';
import { createCountsQueue } from '../../../functions/sweep/counts-queue.ts';
import { clientFor, startSqs } from '../../support/aws-client.ts';

const messagesOf = (count: number) =>
  Array.from({ length: count }, (_, index) => ({
    Body: `counts ${String(index)}`,
    ReceiptHandle: String(index),
    Attributes: { SentTimestamp: '1767322800000' },
  }));

/** A counts queue over an SQS that returns this number of messages on each call. */
async function queueReturning(...counts: readonly number[]) {
  const sqs = await startSqs({ answerOf: (_call, index) => ({ Messages: messagesOf(counts[index] ?? 0) }) });
  return { countsQueue: createCountsQueue(clientFor(sqs.url), sqs.url, 2), calls: sqs.calls };
}

it('says when each message was sent, so that a tick does not follow a sweep that is being delivered', async () => {
  const { countsQueue, calls } = await queueReturning(1);
  expect(await countsQueue.receive()).toEqual([{ body: 'counts 0', receiptHandle: '0', sentAt: 1_767_322_800_000 }]);
  expect(calls.map(({ input }) => input)).toMatchObject([
    { MaxNumberOfMessages: 10, WaitTimeSeconds: 2, MessageSystemAttributeNames: ['SentTimestamp'] },
  ]);
});

it('calls SQS once if it returns fewer messages than it can', async () => {
  const { countsQueue, calls } = await queueReturning(9, 10);
  expect(await countsQueue.receive()).toHaveLength(9);
  expect(calls).toHaveLength(1);
});

it('calls SQS ten times at once if the first call returns as many as it can, to empty a long queue in time', async () => {
  const { countsQueue, calls } = await queueReturning(10, ...Array.from({ length: 9 }, () => 10), 3);
  expect(await countsQueue.receive()).toHaveLength(103);
  expect(calls).toHaveLength(11);
});
