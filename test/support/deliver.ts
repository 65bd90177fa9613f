import { createOutage } from '../../functions/deliver/policy/outage.ts';
import type { DeliverDependencies } from '../../functions/deliver/handler.ts';
import { delayMessages, sendMessages } from '../../shared/aws/sqs/batches.ts';
import { recordingLog } from './log.ts';
import type { TestQueues } from './queues.ts';

/** What `deliver` needs, on real queues and with delays of a second, with overrides. */
export function deliverDependencies(
  queues: TestQueues,
  gateway: DeliverDependencies['gateway'],
  overrides: Partial<DeliverDependencies> = {},
): DeliverDependencies {
  return {
    gateway,
    dimensions: { Stage: 'test' },
    queues: [{ name: 'pushes', queueUrl: queues.pushes.url }],
    outage: createOutage(1_000_000),
    delay: (queue, delays, abortSignal) => delayMessages(queues.sqs, queue.queueUrl, delays, abortSignal),
    sendDeadLetters: (letters, abortSignal) =>
      sendMessages(queues.sqs, queues.undeliverable.url, letters, ({ message }) => message, abortSignal),
    policy: { backoffBaseSeconds: 1, backoffCapSeconds: 1, lifetimeSeconds: 86_400, maxReceiveCount: 1000 },
    concurrency: 50,
    startReserveMs: 0,
    answerReserveMs: 1000,
    now: Date.now,
    random: Math.random,
    log: recordingLog(),
    ...overrides,
  };
}
