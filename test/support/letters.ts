import { deadLetterAttributes, type DeadLetter, type MessageAttribute } from '../../shared/push/dead-letter.ts';
import { encodeQueuedPush } from '../../shared/push/queued-push.ts';
import { sendMessages } from '../../shared/aws/sqs/batches.ts';
import { pushWith } from './pushes.ts';
import type { TestQueues } from './queues.ts';

/** A message as it is put on the queue of dead letters. */
export interface LetterMessage {
  readonly body: string;
  readonly attributes: Record<string, MessageAttribute>;
}

export interface LetterOverrides extends Partial<DeadLetter> {
  readonly ageMs?: number;
  readonly parameters?: Readonly<Record<string, string | undefined>>;
  /** Instead of the push. */
  readonly body?: string;
}

/** A dead letter as `deliver` would send it, of a push that is well, with overrides. */
export function letterWith(overrides: LetterOverrides = {}): LetterMessage & { readonly pushId: string } {
  const { ageMs = 0, parameters, body, ...deadLetter } = overrides;
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
    body: body ?? encodeQueuedPush({ push: pushWith({ Selector: pushId, ...parameters }), acceptedAt }),
  };
}

/** A message that SQS itself has moved from its queue: it carries nothing but its body. */
export function movedBySqs(parameters?: Readonly<Record<string, string | undefined>>): LetterMessage {
  return {
    body: encodeQueuedPush({
      push: pushWith({ Selector: crypto.randomUUID(), ...parameters }),
      acceptedAt: new Date(),
    }),
    attributes: {},
  };
}

/** Puts messages on the queue of dead letters. */
export async function putLetters({ sqs, undeliverable }: TestQueues, letters: readonly LetterMessage[]): Promise<void> {
  const { failed } = await sendMessages(sqs, undeliverable.url, letters, (letter) => letter);
  if (failed.length > 0) throw new Error(JSON.stringify(failed));
}
