import type { SQSRecord } from 'aws-lambda';
import { parseQueuedPush, type QueuedPushReading } from '../../shared/push/queued-push.ts';

/** A record of a batch, with what its body says. */
export interface ReadRecord {
  readonly record: SQSRecord;
  /** By which the push has been known since it was accepted: a redriven message has a new id and carries this one. */
  readonly pushId: string;
  readonly reading: QueuedPushReading;
}

/** Reads the records of a batch. Never throws: a body that can't be read is the affair of its own record. */
export function readRecords(records: readonly SQSRecord[]): ReadRecord[] {
  return records.map((record) => ({
    record,
    pushId: record.messageAttributes['pushId']?.stringValue ?? record.messageId,
    reading: parseQueuedPush(record.body),
  }));
}
