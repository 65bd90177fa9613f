import type { SQSEvent, SQSRecord } from 'aws-lambda';
import { encodeQueuedPush, type QueuedPush } from '../../shared/push/queued-push.ts';
import { pushWith } from './pushes.ts';

export interface RecordOverrides extends Partial<SQSRecord>, Pick<QueuedPush, 'expiresAt' | 'client' | 'sweep'> {
  readonly receiveCount?: number;
  readonly ageMs?: number;
}

/** When the pushes of the records were accepted. */
export const acceptedAt = new Date('2026-01-02T03:04:05.678Z');

/** A received record of a valid push, with overrides of the push's parameters and of the record. */
export function recordOf(
  parameters: Readonly<Record<string, string | undefined>> = {},
  { receiveCount = 1, ageMs = 0, expiresAt, client, sweep, ...overrides }: RecordOverrides = {},
): SQSRecord {
  const envelope = { ...(expiresAt && { expiresAt }), ...(client && { client }), ...(sweep && { sweep }) };
  const body = encodeQueuedPush({ push: pushWith(parameters), acceptedAt, ...envelope });
  const messageId = crypto.randomUUID();
  return {
    messageId,
    receiptHandle: `receipt-${messageId}`,
    body,
    attributes: {
      ApproximateReceiveCount: String(receiveCount),
      SentTimestamp: String(Date.now() - ageMs),
      SenderId: 'test',
      ApproximateFirstReceiveTimestamp: String(Date.now()),
    },
    messageAttributes: {},
    md5OfBody: '',
    eventSource: 'aws:sqs',
    eventSourceARN: 'arn:aws:sqs:us-east-1:000000000000:pushes',
    awsRegion: 'us-east-1',
    ...overrides,
  };
}

/** Records of different pushes, which share no attempt. */
export function recordsOf(
  count: number,
  parameters: Readonly<Record<string, string | undefined>> = {},
  overrides: RecordOverrides = {},
): SQSRecord[] {
  return Array.from({ length: count }, (_, index) => recordOf({ ...parameters, Id: String(index) }, overrides));
}

export function sqsEventOf(Records: SQSRecord[]): SQSEvent {
  return { Records };
}
