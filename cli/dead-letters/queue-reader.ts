import { GetQueueAttributesCommand, ReceiveMessageCommand, type Message, type SQSClient } from '@aws-sdk/client-sqs';
import pMap from 'p-map';
import { sqsLimits } from '../../shared/aws/limits.ts';
import type { BatchFailure } from '../../shared/aws/message.ts';
import { delayMessages, deleteMessages, inBatches } from '../../shared/aws/sqs/batches.ts';
import { parseDeadLetter, type DeadLetterMessage } from './dead-letter-message.ts';

export interface ReaderSettings {
  /** How long a message stays hidden after a crash. While the reader runs, it extends this time. */
  readonly visibilitySeconds: number;
  /** Receive calls at the same time. */
  readonly receivers: number;
  /** The most messages held at the same time. */
  readonly maxHeld: number;
  /** How long SQS waits for messages before it returns none. */
  readonly waitSeconds: number;
}

export const defaultReaderSettings: ReaderSettings = {
  // Long enough for few extensions, short enough that messages are soon back after a crash.
  visibilitySeconds: 300,
  receivers: 16,
  // Leaves room for other readers, and for the inaccuracy of the limit.
  maxHeld: sqsLimits.inFlightMessages - 20_000,
  // With any wait, SQS asks all of its servers, so that an empty response can be trusted:
  // https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-short-and-long-polling.html
  waitSeconds: 1,
};

/** What deleting a message requires. */
export type HeldMessage = Pick<DeadLetterMessage, 'messageId' | 'receiptHandle'>;

/** Handles messages that were received. */
export type Handle = (messages: readonly DeadLetterMessage[]) => Promise<unknown>;

/** Why a reader ended. `full`: it holds `maxHeld` messages, and there may be more. */
export type ReadEnd = 'empty' | 'full' | 'stopped' | 'interrupted';

/**
 * Reads a whole queue. SQS has no browsing: a received message is hidden from every other reader, so the reader holds
 * each message until it is removed, or released at the end.
 */
export interface QueueReader {
  /** Receives every message once. Several calls of `handle` run at the same time; an error in one ends the reading. */
  readonly each: (handle: Handle) => Promise<ReadEnd>;
  /** Ends `each` after the receive calls that have started. */
  readonly stop: () => void;
  /** Deletes held messages. Returns those that could not be deleted, with the reason. */
  readonly remove: <T extends HeldMessage>(messages: readonly T[]) => Promise<readonly BatchFailure<T>[]>;
  /** Makes all held messages visible again. Returns whether that worked; the rest become visible later. */
  readonly release: () => Promise<boolean>;
}

/** Empty responses in a row after which the approximate count, which lags behind, is ignored. */
const maxEmptyResponses = 5;

const concurrentBatches = 16;

interface Hold {
  readonly receiptHandle: string;
  /** By `performance.now()`. */
  readonly hiddenUntil: number;
}

/**
 * Starts a reader. The caller must always `release` it.
 * @param interrupted aborted when no more messages should be received. Calls that have started are finished.
 */
export function startReader(
  { sqs, queueUrl }: { readonly sqs: SQSClient; readonly queueUrl: string },
  { visibilitySeconds, receivers, maxHeld, waitSeconds }: ReaderSettings,
  interrupted: AbortSignal,
): QueueReader {
  const visibilityMs = visibilitySeconds * 1000;
  const held = new Map<string, Hold>();
  let isStopped = false;
  let isReleasing = false;

  const extendHolds = async () => {
    const now = performance.now();
    const ending = [...held].filter(([, { hiddenUntil }]) => hiddenUntil - now < (visibilityMs * 2) / 3);
    await pMap(
      inBatches(ending, sqsLimits.batchMessages),
      async (batch) => {
        if (isReleasing) return;
        const delays = batch.map(([, { receiptHandle }]) => ({ receiptHandle, delaySeconds: visibilitySeconds }));
        const hiddenUntil = performance.now() + visibilityMs;
        // A message that was not extended becomes visible, is received again, and is recognised by its id.
        if ((await delayMessages(sqs, queueUrl, delays)).failed.length > 0) return;
        for (const [messageId, { receiptHandle }] of batch) {
          if (held.get(messageId)?.receiptHandle === receiptHandle) held.set(messageId, { receiptHandle, hiddenUntil });
        }
      },
      { concurrency: concurrentBatches },
    );
  };
  let extending = Promise.resolve();
  const extension = setInterval(() => {
    extending = extending.then(extendHolds);
  }, visibilityMs / 3);

  /** Returns the messages that were not held before. */
  const hold = (messages: readonly Message[], hiddenUntil: number): DeadLetterMessage[] => {
    const received = messages.map(parseDeadLetter);
    const fresh = received.filter(({ messageId }) => !held.has(messageId));
    for (const { messageId, receiptHandle } of received) held.set(messageId, { receiptHandle, hiddenUntil });
    return fresh;
  };

  const receiveAll = async (handle: Handle): Promise<ReadEnd> => {
    let emptyResponses = 0;
    for (;;) {
      if (interrupted.aborted) return 'interrupted';
      if (isStopped) return 'stopped';
      if (held.size >= maxHeld) return 'full';
      const hiddenUntil = performance.now() + visibilityMs;
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
        const fresh = hold(messages, hiddenUntil);
        if (fresh.length > 0) await handle(fresh);
      } else {
        emptyResponses += 1;
        if (emptyResponses >= maxEmptyResponses || (await countMessages(sqs, queueUrl)).visible === 0) return 'empty';
      }
    }
  };

  return {
    async each(handle) {
      const receiving = Array.from({ length: receivers }, async () => {
        try {
          return await receiveAll(handle);
        } catch (error) {
          isStopped = true;
          throw error;
        }
      });
      // All receivers must end before a release: a later response would leave its messages hidden.
      const ends = (await Promise.allSettled(receiving)).map((result) => {
        if (result.status === 'rejected') throw result.reason;
        return result.value;
      });
      return ends.find((end) => end !== 'empty') ?? 'empty';
    },
    stop() {
      isStopped = true;
    },
    async remove(messages) {
      // After a second receive, only the newer receipt handle can delete a message.
      const latest = messages.map((message) => ({ ...message, ...held.get(message.messageId) }));
      const { done, failed } = await deleteMessages(sqs, queueUrl, latest);
      for (const { messageId } of done) held.delete(messageId);
      return failed;
    },
    async release() {
      clearInterval(extension);
      isReleasing = true;
      // An extension that reached SQS after the release would hide the messages again.
      await extending;
      const shown = [...held.values()].map(({ receiptHandle }) => ({ receiptHandle, delaySeconds: 0 }));
      const { failed } = await delayMessages(sqs, queueUrl, shown);
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
