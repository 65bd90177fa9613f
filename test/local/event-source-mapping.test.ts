import { describe, expect, it } from 'vitest';
import { settledMessages, startEventSourceMapping } from '../../local/event-source-mapping.ts';
import { patience } from '../support/patience.ts';
import { startQueues } from '../support/queues.ts';

const messages = ['a', 'b', 'c'].map((MessageId) => ({ MessageId }));

/** https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-errorhandling.html says when a batch is a success. */
describe('what an event source mapping deletes', () => {
  it.each<[answer: unknown, settled: string]>([
    [{ batchItemFailures: [] }, 'abc'],
    [{ batchItemFailures: null }, 'abc'],
    [{}, 'abc'],
    [null, 'abc'],
    [undefined, 'abc'],
    [{ batchItemFailures: [{ itemIdentifier: 'b' }] }, 'ac'],
    [{ batchItemFailures: [{ itemIdentifier: 'a' }, { itemIdentifier: 'b' }, { itemIdentifier: 'c' }] }, ''],
    [{ batchItemFailures: [{ itemIdentifier: 'd' }] }, ''],
    [{ batchItemFailures: [{ itemIdentifier: '' }] }, ''],
    [{ batchItemFailures: [{ itemIdentifier: null }] }, ''],
    [{ batchItemFailures: [{ id: 'a' }] }, ''],
    ['text', ''],
  ])('after the answer %j is "%s"', (answer, settled) => {
    expect(
      settledMessages(messages, answer)
        .map(({ MessageId }) => MessageId)
        .join(''),
    ).toBe(settled);
  });
});

describe('an event source mapping with a window', () => {
  it('gathers batches of more than ten, of which only what was reported stays', async () => {
    const queues = await startQueues();
    const bodies = Array.from({ length: 250 }, (_, at) => String(at));
    for (const body of bodies) queues.server.sendMessage(queues.pushes.queueName, body);
    const batches: string[][] = [];
    const errors: Error[] = [];
    const stop = startEventSourceMapping({
      sqs: queues.sqs,
      queue: queues.pushes,
      batchRecords: 100,
      batchWindowSeconds: 1,
      maximumConcurrency: 2,
      invoke: ({ Records }) => {
        batches.push(Records.map(({ body }) => body));
        const failed = Records.filter(({ body }) => body.endsWith('7'));
        return Promise.resolve({ batchItemFailures: failed.map(({ messageId }) => ({ itemIdentifier: messageId })) });
      },
      onError: (error) => errors.push(error),
    });
    const left = () => {
      const messages = queues.server.inspectQueue(queues.pushes.queueName)?.messages;
      return { ready: messages?.ready.length, inflight: messages?.inflight.length };
    };
    await expect.poll(left, patience).toEqual({ ready: 0, inflight: 25 });
    expect(batches.flat().toSorted()).toEqual(bodies.toSorted());
    const largest = Math.max(...batches.map(({ length }) => length));
    expect(largest).toBeGreaterThan(10);
    expect(largest).toBeLessThanOrEqual(100);
    await stop();
    expect(errors).toEqual([]);
    await queues.stop();
  });

  it('tells a batch that failed once', async () => {
    const queues = await startQueues();
    for (let at = 0; at < 50; at++) queues.server.sendMessage(queues.pushes.queueName, String(at));
    const errors: string[] = [];
    let invocations = 0;
    const stop = startEventSourceMapping({
      sqs: queues.sqs,
      queue: queues.pushes,
      batchRecords: 1000,
      batchWindowSeconds: 1,
      maximumConcurrency: 2,
      invoke: () => Promise.reject(new Error(`killed ${String(++invocations)}`)),
      onError: ({ message }) => errors.push(message),
    });
    await expect
      .poll(() => queues.server.inspectQueue(queues.pushes.queueName)?.messages.inflight.length, patience)
      .toBe(50);
    await expect.poll(() => errors.length, patience).toBeGreaterThan(0);
    await stop();
    expect(errors).toEqual(Array.from({ length: invocations }, (_, at) => `killed ${String(at + 1)}`));
    await queues.stop();
  });
});
