import { deadLetterAttributes, type DeadLetter } from '../../shared/push/dead-letter.ts';
import type { Decision } from './policy/decision.ts';
import type { Queue } from '../../shared/aws/queue.ts';
import type { BatchResult, Delay, OutgoingMessage } from '../../shared/aws/message.ts';
import { describeError, type Log } from '../../shared/log.ts';
import type { Attempted } from './attempt.ts';
import type { ReadRecord } from './record.ts';

export interface ApplyDependencies {
  /** Hides records of a queue for a while. Never rejects; what the signal cuts short has failed. */
  readonly delay: (
    queue: Queue,
    records: readonly DelayedRecord[],
    abortSignal: AbortSignal,
  ) => Promise<BatchResult<DelayedRecord>>;
  /** Puts records on the dead-letter queue. Never rejects; what the signal cuts short has failed. */
  readonly sendDeadLetters: (
    records: readonly GivenUpRecord[],
    abortSignal: AbortSignal,
  ) => Promise<BatchResult<GivenUpRecord>>;
  readonly log: Log;
}

/** A record with what is to become of it. */
export interface Decided extends Attempted {
  readonly decision: Decision;
  readonly receiveCount: number;
}

/** A record that is to come back. */
export interface DelayedRecord extends Delay {
  readonly read: ReadRecord;
}

/** A record that is to be kept as a dead letter. */
export interface GivenUpRecord {
  readonly read: ReadRecord;
  readonly message: OutgoingMessage;
}

/**
 * Performs what was decided. Deleting is left to the event source mapping: it deletes what is not reported as failed,
 * so a dead letter must be on its queue before its record is left out of the report.
 * @param abortSignal comes when the answer must be given, whatever SQS has done by then: without an answer, every push
 * of the batch that was delivered would be delivered again.
 * @returns the records to report as failed.
 */
export async function perform(
  decided: readonly Decided[],
  queue: Queue,
  { delay, sendDeadLetters, log }: ApplyDependencies,
  abortSignal: AbortSignal,
): Promise<ReadRecord[]> {
  const delayed = decided.flatMap(({ read, decision }): DelayedRecord[] =>
    decision.kind === 'retry'
      ? [{ read, receiptHandle: read.record.receiptHandle, delaySeconds: decision.delaySeconds }]
      : [],
  );
  const givenUp = decided.flatMap((one): GivenUpRecord[] =>
    one.decision.kind === 'dead-letter'
      ? [{ read: one.read, message: deadLetterOf(one, { ...one.decision, queue: queue.name }) }]
      : [],
  );
  const [letters, delays] = await Promise.all([
    sendDeadLetters(givenUp, abortSignal),
    delay(queue, delayed, abortSignal),
  ]);
  for (const { item, error } of letters.failed) {
    log.error('dead letter not sent', { id: item.read.pushId, error: describeError(error) });
  }
  for (const { item, error } of delays.failed) {
    log.warn('delay not set', { id: item.read.pushId, error: describeError(error) });
  }
  // Where a delay was not set or a letter not taken, the record stays hidden for the queue's own time-out:
  // late, not lost.
  return [...delayed, ...letters.failed.map(({ item }) => item)].map(({ read }) => read);
}

function deadLetterOf(
  { read, outcome, receiveCount }: Decided,
  { reason, queue }: Pick<DeadLetter, 'reason' | 'queue'>,
): OutgoingMessage {
  const { record, pushId, reading } = read;
  const status = 'status' in outcome ? outcome.status : undefined;
  const words = 'words' in outcome ? outcome.words : undefined;
  const deadLetter: DeadLetter = {
    reason,
    pushId,
    queue,
    attempts: receiveCount,
    acceptedAt: (reading.ok ? reading.queued.acceptedAt : sentAt(record.attributes.SentTimestamp)).toISOString(),
    ...(status !== undefined && { status }),
    ...(words !== undefined && { words }),
  };
  return { body: record.body, attributes: deadLetterAttributes(deadLetter) };
}

/** When a message was sent that does not say when it was accepted. */
function sentAt(sentTimestamp: string): Date {
  const milliseconds = Number(sentTimestamp);
  return new Date(Number.isSafeInteger(milliseconds) ? milliseconds : 0);
}
