import type { MessageAttributeValue } from '@aws-sdk/client-sqs';
import { deadLetterAttributes, type DeadLetter } from '../../shared/push/dead-letter.ts';
import { encodeQueuedPush, type QueuedPush } from '../../shared/push/queued-push.ts';
import { sendMessages } from '../../shared/aws/sqs/batches.ts';
import { pushWith } from './pushes.ts';
import type { TestQueues } from './queues.ts';

/** A message as it is sent to the queue of the dead letters. */
export interface SentDeadLetter {
  readonly body: string;
  readonly attributes: Record<string, MessageAttributeValue>;
}

export interface DeadLetterOverrides extends Partial<DeadLetter> {
  readonly ageMs?: number;
  readonly parameters?: Readonly<Record<string, string | undefined>>;
  /** What else the message of the push says. */
  readonly queued?: Partial<Pick<QueuedPush, 'expiresAt' | 'client' | 'sweep'>>;
  /** Replaces the push. */
  readonly body?: string;
}

/** A dead letter of a valid push as `deliver` sends it, with overrides. */
export function deadLetterWith(overrides: DeadLetterOverrides = {}): SentDeadLetter & { readonly pushId: string } {
  const { ageMs = 0, parameters, queued, body, ...deadLetter } = overrides;
  const acceptedAt = new Date(Date.now() - ageMs);
  const pushId = deadLetter.pushId ?? crypto.randomUUID();
  const attributes = deadLetterAttributes({
    ...{ reason: 'rejected', queue: 'pushes', attempts: 1, acceptedAt: acceptedAt.toISOString() },
    ...deadLetter,
    pushId,
  });
  return {
    pushId,
    attributes,
    body: body ?? encodeQueuedPush({ push: pushWith({ Selector: pushId, ...parameters }), acceptedAt, ...queued }),
  };
}

/** Several dead letters with the same overrides. */
export function deadLettersWith(count: number, overrides: DeadLetterOverrides = {}) {
  return Array.from({ length: count }, () => deadLetterWith(overrides));
}

/** A message that SQS itself has moved from its queue: it has no attributes. */
export function movedBySqs(parameters?: Readonly<Record<string, string | undefined>>): SentDeadLetter {
  return {
    body: encodeQueuedPush({
      push: pushWith({ Selector: crypto.randomUUID(), ...parameters }),
      acceptedAt: new Date(),
    }),
    attributes: {},
  };
}

/** Sends messages to the queue of the dead letters. */
export async function putDeadLetters(
  { sqs, undeliverable }: TestQueues,
  deadLetters: readonly SentDeadLetter[],
): Promise<void> {
  const { failed } = await sendMessages(sqs, undeliverable.url, deadLetters, ({ body, attributes }) => ({
    MessageBody: body,
    MessageAttributes: attributes,
  }));
  if (failed.length > 0) throw new Error(JSON.stringify(failed));
}
