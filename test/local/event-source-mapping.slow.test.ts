import { describe, expect, it, onTestFinished } from 'vitest';
import { startEventSourceMapping, type EventSourceMappingOptions } from '../../local/event-source-mapping.ts';
import { patience } from '../support/patience.ts';
import { sqsClientOf, startQueues } from '../support/queues.ts';

/** A mapping of a queue that has `count` messages. By default its function reports no failure. */
async function startMapping(count: number, options: Partial<EventSourceMappingOptions> = {}) {
  const queues = await startQueues();
  const bodies = Array.from({ length: count }, (_, at) => String(at));
  for (const body of bodies) queues.server.sendMessage(queues.pushes.queueName, body);
  const batches: string[][] = [];
  const errors: string[] = [];
  const { invoke = () => Promise.resolve(null), ...others } = options;
  const stop = startEventSourceMapping({
    sqs: queues.sqs,
    queue: queues.pushes,
    batchSize: 10,
    maximumBatchingWindow: 0,
    maximumConcurrency: 2,
    invoke: (event) => {
      batches.push(event.Records.map(({ body }) => body));
      return invoke(event);
    },
    onError: ({ message }) => errors.push(message),
    ...others,
  });
  onTestFinished(async () => {
    stop();
    await queues.stop();
  });
  const left = () => {
    const { ready = [], inflight = [] } = queues.server.inspectQueue(queues.pushes.queueName)?.messages ?? {};
    return { ready: ready.length, inflight: inflight.length };
  };
  return { queues, bodies, batches, errors, stop, left };
}

describe('an event source mapping', () => {
  it('gathers batches of more than ten, and leaves only the reported messages on the queue', async () => {
    const { bodies, batches, errors, stop, left } = await startMapping(250, {
      batchSize: 100,
      maximumBatchingWindow: 1,
      invoke: ({ Records }) => {
        const failed = Records.filter(({ body }) => body.endsWith('7'));
        return Promise.resolve({ batchItemFailures: failed.map(({ messageId }) => ({ itemIdentifier: messageId })) });
      },
    });
    await expect.poll(left, patience).toEqual({ ready: 0, inflight: 25 });
    expect(batches.flat().toSorted()).toEqual(bodies.toSorted());
    const largest = Math.max(...batches.map(({ length }) => length));
    expect(largest).toBeGreaterThan(10);
    expect(largest).toBeLessThanOrEqual(100);
    stop();
    expect(errors).toEqual([]);
  });

  it('does not wait for the end of the window once a batch is full', async () => {
    const { batches, left } = await startMapping(20, {
      batchSize: 20,
      maximumBatchingWindow: 20,
      maximumConcurrency: 1,
    });
    await expect.poll(left, { timeout: 15_000 }).toEqual({ ready: 0, inflight: 0 });
    expect(batches).toHaveLength(1);
  });

  it('handles no more batches at once than its concurrency, and goes on when one is answered', async () => {
    const answers: (() => void)[] = [];
    const { batches, left } = await startMapping(40, {
      invoke: () => {
        const { promise, resolve } = Promise.withResolvers<null>();
        answers.push(() => {
          resolve(null);
        });
        return promise;
      },
    });
    await expect.poll(() => batches.length, patience).toBe(2);
    expect(left()).toEqual({ ready: 20, inflight: 20 });
    answers[0]?.();
    await expect.poll(left, patience).toEqual({ ready: 10, inflight: 20 });
    await expect.poll(() => batches.length, patience).toBe(3);
  });

  it('reports each failed invocation once, and goes on', async () => {
    let invocations = 0;
    const { batches, errors, stop } = await startMapping(50, {
      batchSize: 20,
      maximumBatchingWindow: 1,
      invoke: () => Promise.reject(new Error(`killed ${String(++invocations)}`)),
    });
    await expect.poll(() => batches.flat().length, patience).toBe(50);
    await expect.poll(() => errors.length, patience).toBe(invocations);
    stop();
    expect(errors).toEqual(Array.from({ length: invocations }, (_, at) => `killed ${String(at + 1)}`));
  });

  it('reports that SQS does not answer, and nothing once it is stopped', async () => {
    const sqs = sqsClientOf('http://127.0.0.1:1');
    const { errors, stop, left } = await startMapping(1, { sqs });
    await expect.poll(() => errors.length, patience).toBeGreaterThanOrEqual(4);
    expect(errors[0]).toContain('ECONNREFUSED');
    stop();
    const reported = errors.length;
    expect(left()).toEqual({ ready: 1, inflight: 0 });
    expect(errors).toHaveLength(reported);
  });
});
