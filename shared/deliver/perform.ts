import { deadLetterAttributes, type DeadLetter } from '../core/dead-letter.ts';
import type { Decision, Finding } from '../core/decision.ts';
import type { Lane } from '../core/lane.ts';
import type { BatchResult, Delay, OutgoingMessage } from '../core/message.ts';
import { describeError, type Log } from '../log.ts';
import type { ReadRecord } from './record.ts';

export interface PerformDependencies {
  /** Hides records of a lane for a while. Never rejects. */
  readonly delay: (lane: Lane, records: readonly DelayedRecord[]) => Promise<BatchResult<DelayedRecord>>;
  /** Puts records on the dead-letter queue. Never rejects. */
  readonly sendDeadLetters: (records: readonly GivenUpRecord[]) => Promise<BatchResult<GivenUpRecord>>;
  readonly log: Log;
}

/** A record with what is to become of it. */
export interface Decided {
  readonly read: ReadRecord;
  readonly finding: Finding;
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

/** How long a record waits whose dead letter was not taken. */
const deadLetterRetrySeconds = 30;

/**
 * Performs what was decided. Deleting is left to the event source mapping: it deletes what is not reported as failed,
 * so a dead letter must be on its queue before its record is left out of the report.
 * @returns the records to report as failed.
 */
export async function perform(
  decided: readonly Decided[],
  lane: Lane,
  { delay, sendDeadLetters, log }: PerformDependencies,
): Promise<ReadRecord[]> {
  const delayed: DelayedRecord[] = [];
  const givenUp: GivenUpRecord[] = [];
  const wait = (read: ReadRecord, delaySeconds: number) =>
    delayed.push({ read, receiptHandle: read.record.receiptHandle, delaySeconds });
  for (const one of decided) {
    const message = deadLetterOf(one, lane);
    if (message !== undefined) givenUp.push({ read: one.read, message });
    if (one.decision.kind === 'retry') wait(one.read, one.decision.delaySeconds);
  }

  const { failed: notTaken } = await sendDeadLetters(givenUp);
  for (const { item, error } of notTaken) {
    log.error('dead letter not sent', { id: item.read.pushId, error: describeError(error) });
    wait(item.read, deadLetterRetrySeconds);
  }
  // A delay that was not set leaves the record hidden for the queue's own time-out: late, not lost.
  const { failed: notSet } = await delay(lane, delayed);
  for (const { item, error } of notSet) {
    log.warn('delay not set', { id: item.read.pushId, error: describeError(error) });
  }
  return delayed.map(({ read }) => read);
}

function deadLetterOf({ read, finding, decision, receiveCount }: Decided, lane: Lane): OutgoingMessage | undefined {
  if (decision.kind !== 'dead-letter') return undefined;
  const { record, pushId, reading } = read;
  const acceptedAt = reading.ok ? reading.queued.acceptedAt : new Date(Number(record.attributes.SentTimestamp));
  const status = 'status' in finding ? finding.status : undefined;
  const words = 'words' in finding ? finding.words : undefined;
  const deadLetter: DeadLetter = {
    reason: decision.reason,
    pushId,
    lane: lane.name,
    attempts: receiveCount,
    acceptedAt: acceptedAt.toISOString(),
    ...(status !== undefined && { status }),
    ...(words !== undefined && { words }),
  };
  return { body: record.body, attributes: deadLetterAttributes(deadLetter) };
}
