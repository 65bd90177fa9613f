import type { BatchResult } from '../../shared/aws/batch-calls.ts';
import type { Delay, OutgoingMessage } from '../../shared/aws/sqs/batches.ts';
import { describeError, type Log } from '../../shared/log.ts';
import { deadLetterAttributes } from '../../shared/push/dead-letter.ts';
import type { Decision } from './policy/decision.ts';
import type { DecidedRecord, Queue } from './record.ts';

export interface ApplyDependencies {
  /** Sets when records are visible again. Never rejects; records not confirmed when the signal aborts have failed. */
  readonly delay: (
    queue: Queue,
    records: readonly DelayedRecord[],
    abortSignal: AbortSignal,
  ) => Promise<BatchResult<DelayedRecord>>;
  /** Never rejects; dead letters not confirmed when the signal aborts have failed. */
  readonly sendDeadLetters: (
    records: readonly GivenUpRecord[],
    abortSignal: AbortSignal,
  ) => Promise<BatchResult<GivenUpRecord>>;
  readonly log: Log;
}

interface DelayedRecord extends Delay {
  readonly decided: DecidedRecord;
}

interface GivenUpRecord {
  readonly decided: DecidedRecord;
  readonly message: OutgoingMessage;
}

/**
 * Delays the records to be retried and sends the dead letters. It deletes nothing: the event source mapping deletes every
 * record that is not reported as failed. So a record to be given up is left out only once SQS has its dead letter.
 * @param abortSignal aborts when the function must answer, even if SQS hangs: without an answer, every delivered push
 * of the batch would be delivered again.
 * @returns the message ids to report as failed.
 */
export async function applyDecisions(
  records: readonly DecidedRecord[],
  queue: Queue,
  { delay, sendDeadLetters, log }: ApplyDependencies,
  abortSignal: AbortSignal,
): Promise<string[]> {
  const delayed: DelayedRecord[] = [];
  const givenUp: GivenUpRecord[] = [];
  for (const decided of records) {
    const { decision, record } = decided;
    switch (decision.kind) {
      case 'delete':
        break;
      case 'retry':
        delayed.push({ decided, receiptHandle: record.receiptHandle, delaySeconds: decision.delaySeconds });
        break;
      case 'dead-letter':
        givenUp.push({ decided, message: deadLetterOf(decided, decision, queue) });
        break;
      default:
        decision satisfies never;
    }
  }
  const [deadLetters, delays] = await Promise.all([
    sendDeadLetters(givenUp, abortSignal),
    delay(queue, delayed, abortSignal),
  ]);
  for (const { item, error } of deadLetters.failed) {
    log.error('dead letter not sent', { id: item.decided.pushId, error: describeError(error) });
  }
  for (const { item, error } of delays.failed) {
    log.warn('delay not set', { id: item.decided.pushId, error: describeError(error) });
  }
  // A record whose delay was not set, or whose dead letter was not sent, is visible again after the visibility time-out
  // of its queue: late, but not lost.
  return [...delayed, ...deadLetters.failed.map(({ item }) => item)].map(({ decided }) => decided.record.messageId);
}

function deadLetterOf(
  { record, pushId, receiveCount, reading, outcome }: DecidedRecord,
  { reason, why }: Extract<Decision, { kind: 'dead-letter' }>,
  queue: Queue,
): OutgoingMessage {
  // A message that cannot be read does not say when its push was accepted; it was sent at about the same time.
  const acceptedAt = reading.ok ? reading.queued.acceptedAt : new Date(Number(record.attributes.SentTimestamp));
  const attributes = deadLetterAttributes({
    reason,
    pushId,
    queue: queue.name,
    attempts: receiveCount,
    acceptedAt: acceptedAt.toISOString(),
    ...('status' in outcome && { status: outcome.status }),
    words: [why, 'words' in outcome && outcome.words, 'failure' in outcome && outcome.failure]
      .filter(Boolean)
      .join('; '),
  });
  return { MessageBody: record.body, MessageAttributes: attributes };
}
