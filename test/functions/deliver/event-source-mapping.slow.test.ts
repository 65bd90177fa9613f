import { describe, expect, it } from 'vitest';
import { startEventSourceMapping } from '../../../local/event-source-mapping.ts';
import type { DeliverDependencies } from '../../../functions/deliver/handler.ts';
import { createDeliver } from '../../../functions/deliver/handler.ts';
import { sendPush } from '../../../functions/accept/queue.ts';
import { lambdaContext } from '../../support/lambda-context.ts';
import { attributesOf, deliverDependencies, useDelivery } from '../../support/deliver.ts';
import { patience } from '../../support/patience.ts';
import { pushWith } from '../../support/pushes.ts';
import { receive, startQueues, type TestQueues } from '../../support/queues.ts';

const delivery = useDelivery();

/** Starts an event source mapping of the queue `pushes`; returns how to stop it. */
function startMapping(overrides: Partial<DeliverDependencies> = {}, queues = delivery.queues()) {
  const handler = createDeliver(deliverDependencies(queues, { post: delivery.post }, overrides));
  const errors: Error[] = [];
  const stop = startEventSourceMapping({
    sqs: queues.sqs,
    queue: queues.pushes,
    batchSize: 10,
    maximumBatchingWindow: 0,
    maximumConcurrency: 2,
    invoke: (event) => handler(event, lambdaContext(30_000)),
    onError: (error) => errors.push(error),
  });
  return () => {
    stop();
    expect(errors).toEqual([]);
  };
}

async function send(
  DeviceToken: string,
  { sqs, pushes }: TestQueues = delivery.queues(),
  timeToLiveMs?: number,
): Promise<string> {
  const acceptedAt = new Date();
  const expiresAt = timeToLiveMs === undefined ? undefined : new Date(acceptedAt.getTime() + timeToLiveMs);
  return await sendPush(sqs, pushes.url, {
    push: pushWith({ DeviceToken }),
    acceptedAt,
    ...(expiresAt && { expiresAt }),
  });
}

function contentOf(name: string, { server }: TestQueues = delivery.queues()) {
  return server.inspectQueue(name)?.messages;
}

const empty = { ready: [], delayed: [], inflight: [] };

describe('behind an event source mapping', () => {
  it('every push is delivered, retried until it is, or given up with its reason', async () => {
    const stop = startMapping();
    const good = ['one', 'fail-500-2', 'fail-429-1', 'fail-503-1'];
    const bad = { unregistered: 'unregistered', 'fail-400': 'rejected', 'fail-404': 'unregistered' };
    for (const token of [...good, ...Object.keys(bad)]) await send(token);
    await expect.poll(() => contentOf('pushes'), patience).toEqual(empty);
    stop();
    const tokens = delivery.accepted().map(({ parameters }) => parameters['DeviceToken']);
    expect(tokens.toSorted()).toEqual(good.toSorted());
    const reasons = (await delivery.deadLetters()).map((deadLetter) => attributesOf(deadLetter)['reason']);
    expect(reasons.toSorted()).toEqual(Object.values(bad).toSorted());
  });

  it('a push is tried once more at the end of its lifetime, and then expires', async () => {
    const policy = { backoffBaseSeconds: 1, backoffCapSeconds: 1, lifetimeSeconds: 1, maxReceiveCount: 900 };
    const stop = startMapping({ policy });
    const id = await send('fail-500');
    await expect.poll(() => contentOf('pushes'), patience).toEqual(empty);
    stop();
    const deadLetters = await delivery.deadLetters();
    expect(deadLetters.map(attributesOf)).toMatchObject([{ reason: 'expired', pushId: id, status: '500' }]);
    expect(delivery.posted().length).toBeGreaterThanOrEqual(2);
  });

  it('a push is not delivered after its time to live, although the gateway would take it then', async () => {
    const stop = startMapping();
    // The gateway takes it at its ninth attempt.
    const id = await send('fail-503-8', delivery.queues(), 2000);
    await expect.poll(() => contentOf('pushes'), patience).toEqual(empty);
    stop();
    const deadLetters = await delivery.deadLetters();
    expect(deadLetters.map(attributesOf)).toMatchObject([{ reason: 'expired', pushId: id }]);
    expect(deadLetters.map((deadLetter) => attributesOf(deadLetter)['words'])).toEqual([
      expect.stringContaining('its time to live is over'),
    ]);
    expect(delivery.accepted()).toEqual([]);
  });

  it('a push becomes a dead letter with a reason at its last allowed receive, before SQS moves it', async () => {
    const queues = await startQueues({ maxReceiveCount: 2 });
    const policy = { backoffBaseSeconds: 1, backoffCapSeconds: 1, lifetimeSeconds: 86_400, maxReceiveCount: 2 };
    const stop = startMapping({ policy }, queues);
    const id = await send('fail-500', queues);
    await expect.poll(() => contentOf('pushes', queues), patience).toEqual(empty);
    stop();
    const deadLetters = await receive(queues.sqs, queues.undeliverable);
    expect(deadLetters.map(attributesOf)).toMatchObject([{ reason: 'exhausted', pushId: id, attempts: '2' }]);
    await queues.stop();
  });

  it('a push whose handler is killed each time is moved by SQS after its last allowed receive', async () => {
    const queues = await startQueues({ maxReceiveCount: 2, visibilityTimeoutSeconds: 1 });
    const stop = startEventSourceMapping({
      sqs: queues.sqs,
      queue: queues.pushes,
      batchSize: 10,
      maximumBatchingWindow: 0,
      maximumConcurrency: 1,
      invoke: () => Promise.reject(new Error('killed')),
      onError: () => undefined,
    });
    await send('one', queues);
    await expect.poll(() => contentOf('undeliverable', queues)?.ready.length, patience).toBe(1);
    stop();
    await queues.stop();
  });
});
