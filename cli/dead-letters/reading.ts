import { GetQueueAttributesCommand, ReceiveMessageCommand, type Message, type SQSClient } from '@aws-sdk/client-sqs';
import pMap from 'p-map';
import { sqsLimits } from '../../shared/aws/limits.ts';
import type { BatchFailure } from '../../shared/aws/message.ts';
import { delayMessages, deleteMessages, inBatches } from '../../shared/aws/sqs/batches.ts';
import { readLetter, type Letter } from './letters.ts';

export interface ReadingOptions {
  readonly sqs: SQSClient;
  readonly queueUrl: string;
  /** Aborted when no more is to be received; what is under way then is finished. */
  readonly interrupted: AbortSignal;
  /** How long a letter stays hidden if nobody shows it again; while the reading lasts it is extended. */
  readonly visibilitySeconds?: number;
  /** Receives under way at once. */
  readonly receivers?: number;
  /** Letters held at once. */
  readonly heldAtMost?: number;
  /** How long an answer is waited for. */
  readonly waitSeconds?: number;
}

/** What it takes to delete a letter. */
export type Received = Pick<Letter, 'messageId' | 'receiptHandle'>;

/** What is done with letters that were received. */
export type Act = (letters: readonly Letter[]) => Promise<unknown>;

/** Why a reading ended. `full`: as many letters are held as SQS hands out at once, and there may be more. */
export type ReadingEnd = 'empty' | 'full' | 'stopped' | 'interrupted';

/**
 * A look through the queue of dead letters. SQS lets nobody browse: what is received is hidden from every other
 * reader for a while, so a letter is held from the time it is received until it is removed, or released at the end.
 */
export interface Reading {
  /**
   * Receives every letter once. `act` gets ten at the most, several calls of it at once; what it throws ends all.
   */
  readonly each: (act: Act) => Promise<ReadingEnd>;
  /** Ends `each` after what is under way. */
  readonly stop: () => void;
  /** Deletes held letters. @returns what could not be deleted, and why. */
  readonly remove: <T extends Received>(letters: readonly T[]) => Promise<readonly BatchFailure<T>[]>;
  /** Shows every letter again that is still held. @returns what went wrong; those letters show by themselves later. */
  readonly release: () => Promise<readonly unknown[]>;
}

/** How many letters there are, as nearly as SQS tells. */
export interface LetterCount {
  readonly visible: number;
  /** Held by a reader: another one, or one that could not release them. */
  readonly hidden: number;
}

/** Some room is left for other readers, and because SQS reckons it about. */
const heldAtMostByDefault = sqsLimits.inFlightMessages - 20_000;

/**
 * Long enough that one extension in a while is enough, short enough that letters which a killed process held are
 * back before anybody worries.
 */
export const visibilitySecondsByDefault = 300;

/** Any wait makes SQS ask all of its servers, so that an empty answer can be believed. */
const waitSecondsByDefault = 1;

/** Empty answers in a row after which the count, which lags behind, is no longer believed to promise more. */
const emptyAnswersAtMost = 5;

const batchesAtOnce = 16;

interface Held {
  readonly receiptHandle: string;
  /** By `performance.now()`. */
  readonly hiddenUntil: number;
}

/** Begins a reading. Whoever does must `release` it, whatever happens. */
export function startReading(options: ReadingOptions): Reading {
  const { sqs, queueUrl, interrupted } = options;
  const { visibilitySeconds = visibilitySecondsByDefault, receivers = 16, heldAtMost = heldAtMostByDefault } = options;
  const { waitSeconds = waitSecondsByDefault } = options;
  const visibilityMs = visibilitySeconds * 1000;
  const held = new Map<string, Held>();
  let isStopped = false;
  let isReleasing = false;

  const hideLonger = async () => {
    const now = performance.now();
    const soonShown = [...held].filter(([, { hiddenUntil }]) => hiddenUntil - now < (visibilityMs * 2) / 3);
    await pMap(
      inBatches(soonShown, sqsLimits.batchMessages),
      async (batch) => {
        if (isReleasing) return;
        const delays = batch.map(([, { receiptHandle }]) => ({ receiptHandle, delaySeconds: visibilitySeconds }));
        const hiddenUntil = performance.now() + visibilityMs;
        // One that could not be extended shows again, is received again, and is known then.
        if ((await delayMessages(sqs, queueUrl, delays)).failed.length > 0) return;
        for (const [messageId, { receiptHandle }] of batch) {
          if (held.get(messageId)?.receiptHandle === receiptHandle) held.set(messageId, { receiptHandle, hiddenUntil });
        }
      },
      { concurrency: batchesAtOnce },
    );
  };
  let extending = Promise.resolve();
  const extension = setInterval(() => {
    extending = extending.then(hideLonger);
  }, visibilityMs / 3);

  /** Takes hold of what was received. @returns what was not held before. */
  const hold = (messages: readonly Message[], hiddenUntil: number): Letter[] => {
    const letters = messages.map(readLetter);
    const fresh = letters.filter(({ messageId }) => !held.has(messageId));
    for (const { messageId, receiptHandle } of letters) held.set(messageId, { receiptHandle, hiddenUntil });
    return fresh;
  };

  const receiveAll = async (act: Act): Promise<ReadingEnd> => {
    let emptyAnswers = 0;
    for (;;) {
      if (interrupted.aborted) return 'interrupted';
      if (isStopped) return 'stopped';
      if (held.size >= heldAtMost) return 'full';
      const hiddenUntil = performance.now() + visibilityMs;
      // Not cut short by an interruption: the answer may hide letters that nobody would then release.
      const { Messages: messages = [] } = await sqs.send(
        new ReceiveMessageCommand({
          QueueUrl: queueUrl,
          MaxNumberOfMessages: 10,
          WaitTimeSeconds: waitSeconds,
          VisibilityTimeout: visibilitySeconds,
          MessageAttributeNames: ['All'],
          MessageSystemAttributeNames: ['All'],
        }),
      );
      if (messages.length > 0) {
        emptyAnswers = 0;
        const fresh = hold(messages, hiddenUntil);
        if (fresh.length > 0) await act(fresh);
      } else {
        emptyAnswers += 1;
        if (emptyAnswers >= emptyAnswersAtMost || (await countLetters(sqs, queueUrl)).visible === 0) return 'empty';
      }
    }
  };

  return {
    async each(act) {
      const receiving = Array.from({ length: receivers }, async () => {
        try {
          return await receiveAll(act);
        } catch (error) {
          isStopped = true;
          throw error;
        }
      });
      // All of them have to end before anything is released: one that is still receiving would hold what it gets.
      const ends = (await Promise.allSettled(receiving)).map((result) => {
        if (result.status === 'rejected') throw result.reason;
        return result.value;
      });
      return ends.find((end) => end !== 'empty') ?? 'empty';
    },
    stop() {
      isStopped = true;
    },
    async remove(letters) {
      // A letter that was received again meanwhile can only be deleted by its latest receipt.
      const latest = letters.map((letter) => ({ ...letter, ...held.get(letter.messageId) }));
      const { done, failed } = await deleteMessages(sqs, queueUrl, latest);
      for (const { messageId } of done) held.delete(messageId);
      return failed;
    },
    async release() {
      clearInterval(extension);
      isReleasing = true;
      // An extension that overtook the release would hide again what was shown.
      await extending;
      const shown = [...held.values()].map(({ receiptHandle }) => ({ receiptHandle, delaySeconds: 0 }));
      const { failed } = await delayMessages(sqs, queueUrl, shown);
      held.clear();
      return failed;
    },
  };
}

/** Counts the letters, as nearly as SQS tells. */
export async function countLetters(sqs: SQSClient, queueUrl: string): Promise<LetterCount> {
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
