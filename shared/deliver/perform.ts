import { deadLetterAttributes, type DeadLetter } from '../core/dead-letter.ts';
import type { Decision, Finding } from '../core/decision.ts';
import type { Lane } from '../core/lane.ts';
import type { Delay, DelayFailure, OutgoingMessage, Sent } from '../core/message.ts';
import { describeError, type Log } from '../log.ts';
import type { ReadRecord } from './record.ts';

export interface PerformDependencies {
  /** Hides records of a lane for a while; resolves to the delays that were not set. */
  readonly delay: (lane: Lane, delays: readonly Delay[]) => Promise<DelayFailure[]>;
  /** Puts messages on the dead-letter queue; resolves to what became of each, in their order. */
  readonly sendDeadLetters: (messages: readonly OutgoingMessage[]) => Promise<Sent[]>;
  readonly log: Log;
}

/** A record with what is to become of it. */
export interface Decided {
  readonly read: ReadRecord;
  readonly finding: Finding;
  readonly decision: Decision;
  readonly receiveCount: number;
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
  const waiting = decided.flatMap(({ read, decision }) =>
    decision.kind === 'retry' ? [{ read, delaySeconds: decision.delaySeconds }] : [],
  );
  const given = decided.flatMap((one) => {
    const message = deadLetterOf(one, lane);
    return message === undefined ? [] : [{ read: one.read, message }];
  });
  const sent = given.length === 0 ? [] : await sendDeadLetters(given.map(({ message }) => message));
  given.forEach(({ read }, index) => {
    const result = sent[index];
    if (result?.ok === true) return;
    log.error('dead letter not sent', { id: read.pushId, error: describeError(result?.error) });
    waiting.push({ read, delaySeconds: deadLetterRetrySeconds });
  });

  if (waiting.length > 0) {
    const idsByHandle = new Map(waiting.map(({ read }) => [read.record.receiptHandle, read.pushId]));
    const delays = waiting.map(({ read: { record }, delaySeconds }) => ({
      receiptHandle: record.receiptHandle,
      delaySeconds,
    }));
    // A delay that was not set leaves the record hidden for the queue's own time-out: late, not lost.
    for (const { delay: notSet, error } of await delay(lane, delays)) {
      log.warn('delay not set', { id: idsByHandle.get(notSet.receiptHandle), error: describeError(error) });
    }
  }
  return waiting.map(({ read }) => read);
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
