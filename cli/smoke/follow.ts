import * as v from 'valibot';
import { UsageError } from '../cli-context.ts';
import type { DeadLetterMessage } from '../dead-letters/dead-letter-message.ts';
import type { DeadLetterQueue } from '../dead-letters/dead-letter-queue.ts';
import { countMessages, startReader } from '../dead-letters/queue-reader.ts';
import type { Follow } from './smoke.ts';

/** How often the dead letters are read while the queue is not empty. Each time hides them from other readers. */
const deadLettersEveryMs = 10_000;

/**
 * Follows a push in the queues: it is on its queue, or a dead letter, or was delivered.
 * @param settleMs how long the queue must have been empty before that is believed: on AWS its count lags behind.
 */
export function followInQueues(queue: DeadLetterQueue, settleMs: number): Follow {
  const { sqs, context } = queue;
  const { now } = context;
  const pushesUrl = queue.urlOf('pushes');
  if (pushesUrl === undefined) {
    throw new UsageError('The URL of the queue pushes is unknown: pass it with --queue-url pushes=URL.');
  }
  let emptySince: number | undefined;
  let deadLettersReadAt = now();
  return async (id) => {
    // The queue first: a push becomes a dead letter before it leaves its queue.
    const { visible, hidden } = await countMessages(sqs, pushesUrl);
    emptySince = visible + hidden === 0 ? (emptySince ?? now()) : undefined;
    const hasLeft = emptySince !== undefined && now() - emptySince >= settleMs;
    if (!hasLeft && now() - deadLettersReadAt < deadLettersEveryMs) return { kind: 'waiting' };
    deadLettersReadAt = now();
    const deadLetter = await findDeadLetter(queue, id);
    if (deadLetter !== undefined) {
      const { reason, status, words } = deadLetter;
      return { kind: 'undeliverable', detail: [reason, status, words].filter((part) => part !== undefined).join(' ') };
    }
    return hasLeft
      ? { kind: 'delivered', detail: 'its queue is empty, and it is not a dead letter' }
      : { kind: 'waiting' };
  };
}

async function findDeadLetter(
  { sqs, undeliverableUrl: queueUrl, readerSettings, context }: DeadLetterQueue,
  id: string,
): Promise<DeadLetterMessage | undefined> {
  const reader = startReader({ sqs, queueUrl }, readerSettings, context.interrupted);
  let found: DeadLetterMessage | undefined;
  try {
    await reader.each((messages) => {
      found ??= messages.find(({ pushId }) => pushId === id);
      if (found !== undefined) reader.stop();
      return Promise.resolve();
    });
  } finally {
    await reader.release();
  }
  return found;
}

const receivedPushes = v.array(
  v.object({ status: v.nullable(v.number()), parameters: v.record(v.string(), v.string()) }),
);

/**
 * Follows a push at a sandbox, which lists the pushes that it has received.
 * @param mark the value of the parameter `Id`, which identifies the push there.
 */
export function followAtSandbox(sandboxUrl: URL, mark: string): Follow {
  return async () => {
    const url = new URL('/pushes', sandboxUrl);
    const answer = await fetch(url).then(
      (response) => response.json(),
      () => undefined,
    );
    const received = v.safeParse(receivedPushes, answer);
    if (!received.success) throw new UsageError(`No sandbox answers at ${url.href}: check --sandbox.`);
    const hasReceived = received.output.some(({ status, parameters }) => status === 200 && parameters['Id'] === mark);
    return hasReceived ? { kind: 'delivered', detail: 'the sandbox has received it' } : { kind: 'waiting' };
  };
}
