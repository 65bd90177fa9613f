import type { SQSRecord } from 'aws-lambda';
import { parseQueuedPush, type QueuedPushReading } from '../../shared/push/queued-push.ts';
import type { Decision, RecordOutcome } from './policy/decision.ts';
import type { Outcome } from './policy/outcome.ts';

export interface Queue {
  readonly name: string;
  readonly queueUrl: string;
}

export interface ReceivedRecord {
  readonly record: SQSRecord;
  /** The id that the client got in its 202. A redriven message has a new id of its own, and this one as an attribute. */
  readonly pushId: string;
  readonly isRedriven: boolean;
  readonly receiveCount: number;
  readonly reading: QueuedPushReading;
}

/** An attempt, shared by the records of identical pushes. */
export interface Attempt {
  readonly outcome: Outcome;
  readonly ms: number;
  readonly endedAt: number;
}

/** A record after the attempts of its batch. */
export interface AttemptedRecord extends ReceivedRecord {
  readonly outcome: RecordOutcome;
  readonly attempt?: Attempt;
}

export interface DecidedRecord extends AttemptedRecord {
  readonly decision: Decision;
}

/** Reads a record. Never throws: a body that cannot be read is a failure of its own record, not of the batch. */
export function readRecord(record: SQSRecord): ReceivedRecord {
  const pushId = record.messageAttributes['pushId']?.stringValue ?? record.messageId;
  return {
    record,
    pushId,
    isRedriven: pushId !== record.messageId,
    receiveCount: Number(record.attributes.ApproximateReceiveCount),
    reading: parseQueuedPush(record.body),
  };
}

/**
 * Milliseconds until the time to live of a push ends; `Infinity` if it has none. That of a redriven push no longer counts:
 * an operator wants it delivered.
 */
export function expiresInMs({ reading, isRedriven }: ReceivedRecord, now: number): number {
  if (!reading.ok || isRedriven) return Infinity;
  return (reading.queued.expiresAt?.getTime() ?? Infinity) - now;
}

/** Whether a push must not be tried any more. A time to live of 0 is one attempt, whenever its turn comes. */
export function isExpired(received: ReceivedRecord, now: number): boolean {
  const { reading } = received;
  const isOneAttempt = reading.ok && reading.queued.expiresAt?.getTime() === reading.queued.acceptedAt.getTime();
  return !isOneAttempt && expiresInMs(received, now) <= 0;
}

/**
 * Finds the queue of a record by its name: the last part of its ARN and of its URL.
 * @throws Error if the record is from another queue, which only a wrong event source mapping can cause.
 */
export function queueOf(queueArn: string, queues: readonly Queue[]): Queue {
  const queueName = queueArn.slice(queueArn.lastIndexOf(':') + 1);
  const queue = queues.find(({ queueUrl }) => queueUrl.slice(queueUrl.lastIndexOf('/') + 1) === queueName);
  if (queue === undefined) throw new Error(`${queueName} is not a queue of this deployment`);
  return queue;
}
