import type { BatchResult } from '../../shared/aws/batch-calls.ts';
import type { MetricValues } from '../../shared/aws/metrics.ts';
import type { OutgoingEvent } from '../../shared/aws/sns/publish.ts';
import type { Delay, OutgoingMessage } from '../../shared/aws/sqs/batches.ts';
import { describeError, type Log } from '../../shared/log.ts';
import { deadLetterAttributes, type DeadLetterReason } from '../../shared/push/dead-letter.ts';
import { acceptedAtOf, outcomeEventOf, wordsOf } from './outcome-event.ts';
import type { DecidedRecord, Queue } from './record.ts';

export interface ApplyDependencies {
  /** Sets when records are visible again. Never rejects; records not confirmed when the signal aborts have failed. */
  readonly delay: (
    queue: Queue,
    records: readonly DelayedRecord[],
    abortSignal: AbortSignal,
  ) => Promise<BatchResult<DelayedRecord>>;
  /** Publishes events on the topic. Never rejects; events not confirmed when the signal aborts have failed. */
  readonly publish: <T extends ToldRecord>(records: readonly T[], abortSignal: AbortSignal) => Promise<BatchResult<T>>;
  /** Never rejects; dead letters not confirmed when the signal aborts have failed. */
  readonly sendDeadLetters: (
    records: readonly GivenUpRecord[],
    abortSignal: AbortSignal,
  ) => Promise<BatchResult<GivenUpRecord>>;
  /** Whether the topic also gets a receipt for each delivered push. */
  readonly publishDelivered: boolean;
  /** A signal that aborts after this time. */
  readonly timeoutSignal: (ms: number) => AbortSignal;
  readonly now: () => number;
  readonly log: Log;
}

interface DelayedRecord extends Delay {
  readonly decided: DecidedRecord;
}

interface ToldRecord {
  readonly decided: DecidedRecord;
  readonly event: OutgoingEvent;
}

interface GivenUpRecord extends ToldRecord {
  readonly message: OutgoingMessage;
}

export interface Applied {
  /** The message ids to report as failed. */
  readonly failedIds: string[];
  readonly metrics: MetricValues;
}

/** A batch waits no longer for its receipts: they are worth less than its time. */
const maxReceiptsMs = 2000;

/**
 * Delays the records to be retried, publishes the events of those to be given up, and sends their dead letters. It
 * deletes nothing: the event source mapping deletes every record that is not reported as failed. So a record is given up
 * only once the topic has its event and SQS its dead letter.
 * @param abortSignal aborts when the function must answer, even if a service hangs: without an answer, every delivered
 * push of the batch would be delivered again.
 */
export async function applyDecisions(
  records: readonly DecidedRecord[],
  queue: Queue,
  { delay, publish, sendDeadLetters, publishDelivered, timeoutSignal, now, log }: ApplyDependencies,
  abortSignal: AbortSignal,
): Promise<Applied> {
  const delayed: DelayedRecord[] = [];
  const givenUp: GivenUpRecord[] = [];
  const delivered: ToldRecord[] = [];
  for (const decided of records) {
    const { decision, record } = decided;
    const eventOf = () => outcomeEventOf(decided, queue, now());
    switch (decision.kind) {
      case 'delete':
        if (publishDelivered) delivered.push({ decided, event: eventOf() });
        break;
      case 'retry':
        delayed.push({ decided, receiptHandle: record.receiptHandle, delaySeconds: decision.delaySeconds });
        break;
      case 'dead-letter':
        givenUp.push({ decided, event: eventOf(), message: deadLetterOf(decided, decision.reason, queue) });
        break;
      default:
        decision satisfies never;
    }
  }
  // The event comes first: while the topic fails, a push is tried again and again, and each time a dead letter would be
  // sent. Subscribers recognise an event that comes twice.
  const giveUp = async () => {
    const events = await publish(givenUp, abortSignal);
    return { events, deadLetters: await sendDeadLetters(events.done, abortSignal) };
  };
  // Without receipts, a signal and its timer are spared.
  const untilReceipts = () => AbortSignal.any([abortSignal, timeoutSignal(maxReceiptsMs)]);
  const [{ events, deadLetters }, receipts, delays] = await Promise.all([
    giveUp(),
    publish(delivered, delivered.length === 0 ? abortSignal : untilReceipts()),
    delay(queue, delayed, abortSignal),
  ]);
  for (const { item, error } of events.failed) {
    log.error('event not published', { id: item.decided.pushId, error: describeError(error) });
  }
  for (const { item, error } of deadLetters.failed) {
    log.error('dead letter not sent', { id: item.decided.pushId, error: describeError(error) });
  }
  for (const { item, error } of delays.failed) {
    log.warn('delay not set', { id: item.decided.pushId, error: describeError(error) });
  }
  const [lostReceipt] = receipts.failed;
  if (lostReceipt !== undefined) {
    log.warn('receipts not published', { receipts: receipts.failed.length, error: describeError(lostReceipt.error) });
  }
  // A record whose delay was not set, whose event was not published or whose dead letter was not sent is visible again
  // after the visibility time-out of its queue: late, but not lost.
  const failed = [...delayed, ...[...events.failed, ...deadLetters.failed].map(({ item }) => item)];
  return {
    failedIds: failed.map(({ decided }) => decided.record.messageId),
    metrics: { EventsNotPublished: events.failed.length, ReceiptsNotPublished: receipts.failed.length },
  };
}

function deadLetterOf(decided: DecidedRecord, reason: DeadLetterReason, queue: Queue): OutgoingMessage {
  const { record, pushId, receiveCount, outcome } = decided;
  const attributes = deadLetterAttributes({
    reason,
    pushId,
    queue: queue.name,
    attempts: receiveCount,
    acceptedAt: acceptedAtOf(decided).toISOString(),
    ...('status' in outcome && { status: outcome.status }),
    words: wordsOf(decided),
  });
  return { MessageBody: record.body, MessageAttributes: attributes };
}
