import { GetQueueAttributesCommand, ReceiveMessageCommand, type SQSClient } from '@aws-sdk/client-sqs';
import { sqsLimits } from '../../shared/aws/limits.ts';
import { inBatches, type BatchFailure } from '../../shared/aws/batch-calls.ts';
import { delayMessages, deleteMessages } from '../../shared/aws/sqs/batches.ts';
import { parseDeadLetter, type DeadLetterMessage } from './dead-letter-message.ts';
import type { ReaderSettings } from './dead-letter-queue.ts';

/** What deleting a message requires. */
export type HeldMessage = Pick<DeadLetterMessage, 'messageId' | 'receiptHandle'>;

/** Handles messages that were received. A promise is awaited. */
export type Handle = (messages: readonly DeadLetterMessage[]) => unknown;

/** Why a reader ended. `full`: it holds `maxHeld` messages, and there may be more. */
export type ReadEnd = 'empty' | 'full' | 'stopped' | 'interrupted';

export type QueueReader = ReturnType<typeof startReader>;

/** Empty responses in a row after which the approximate count, which lags behind, is ignored. */
const maxEmptyResponses = 5;

/** Messages that are extended between two checks for a release. */
const extendedAtOnce = 1000;

/**
 * Starts to read a whole queue. SQS shows a message only by hiding it from every other reader, so the
 * reader holds each message until it is removed, or released at the end. The caller must always `release` the reader.
 * @param interrupted aborted when no more messages should be received. Calls that have started are finished.
 */
export function startReader(
  { sqs, queueUrl }: { readonly sqs: SQSClient; readonly queueUrl: string },
  { visibilitySeconds, receivers, maxHeld, waitSeconds }: ReaderSettings,
  interrupted: AbortSignal,
) {
  /** The latest receipt handle, by message id. */
  const held = new Map<string, string>();
  let isStopped = false;
  let isReleasing = false;
  const hideHeld = async (delaySeconds: number, handles: Iterable<string>) =>
    delayMessages(
      sqs,
      queueUrl,
      Array.from(handles, (receiptHandle) => ({ receiptHandle, delaySeconds })),
    );

  let extending = Promise.resolve();
  const extension = setInterval(
    () => {
      extending = extending.then(async () => {
        // A message that could not be extended becomes visible, is received again, and is recognised by its id.
        for (const handles of inBatches([...held.values()], extendedAtOnce)) {
          if (!isReleasing) await hideHeld(visibilitySeconds, handles);
        }
      });
    },
    (visibilitySeconds * 1000) / 3,
  );

  const receiveAll = async (handle: Handle): Promise<ReadEnd> => {
    let emptyResponses = 0;
    for (;;) {
      if (interrupted.aborted) return 'interrupted';
      if (isStopped) return 'stopped';
      if (held.size >= maxHeld) return 'full';
      // Without the abort signal: the response may hide messages, and they must be released.
      const { Messages: messages = [] } = await sqs.send(
        new ReceiveMessageCommand({
          QueueUrl: queueUrl,
          MaxNumberOfMessages: sqsLimits.batchMessages,
          WaitTimeSeconds: waitSeconds,
          VisibilityTimeout: visibilitySeconds,
          MessageAttributeNames: ['All'],
          MessageSystemAttributeNames: ['All'],
        }),
      );
      if (messages.length > 0) {
        emptyResponses = 0;
        const received = messages.map(parseDeadLetter);
        const fresh = received.filter(({ messageId }) => !held.has(messageId));
        for (const { messageId, receiptHandle } of received) held.set(messageId, receiptHandle);
        if (fresh.length > 0) await handle(fresh);
      } else {
        emptyResponses += 1;
        if (emptyResponses >= maxEmptyResponses || (await countMessages(sqs, queueUrl)).visible === 0) return 'empty';
      }
    }
  };

  return {
    /** Receives every message once. Several calls of `handle` run at the same time; an error in one ends the reading. */
    async each(handle: Handle): Promise<ReadEnd> {
      const receiving = Array.from({ length: receivers }, () =>
        receiveAll(handle).catch((error: unknown) => {
          isStopped = true;
          throw error;
        }),
      );
      // All receivers must end before a release: a later response would leave its messages hidden.
      await Promise.allSettled(receiving);
      const ends = await Promise.all(receiving);
      return ends.find((end) => end !== 'empty') ?? 'empty';
    },
    /** Ends `each` after the receive calls that have started. */
    stop() {
      isStopped = true;
    },
    /** Deletes held messages. Returns those that could not be deleted, with the reason. */
    async remove<T extends HeldMessage>(messages: readonly T[]): Promise<readonly BatchFailure<T>[]> {
      // After a second receive, only the newer receipt handle can delete a message.
      const latest = messages.map((message) => ({
        ...message,
        receiptHandle: held.get(message.messageId) ?? message.receiptHandle,
      }));
      const { done, failed } = await deleteMessages(sqs, queueUrl, latest);
      for (const { messageId } of done) held.delete(messageId);
      return failed;
    },
    /** Makes all held messages visible again. Returns whether that worked; the rest become visible later. */
    async release(): Promise<boolean> {
      clearInterval(extension);
      isReleasing = true;
      // An extension that reached SQS after the release would hide the messages again.
      await extending;
      const { failed } = await hideHeld(0, held.values());
      held.clear();
      return failed.length === 0;
    },
  };
}

/** The number of messages in a queue, as nearly as SQS knows it. `hidden` messages are held by a reader. */
export async function countMessages(
  sqs: SQSClient,
  queueUrl: string,
): Promise<{ readonly visible: number; readonly hidden: number }> {
  const { Attributes: attributes = {} } = await sqs.send(
    new GetQueueAttributesCommand({
      QueueUrl: queueUrl,
      AttributeNames: ['ApproximateNumberOfMessages', 'ApproximateNumberOfMessagesNotVisible'],
    }),
  );
  return {
    visible: Number(attributes.ApproximateNumberOfMessages ?? 0),
    hidden: Number(attributes.ApproximateNumberOfMessagesNotVisible ?? 0),
  };
}
