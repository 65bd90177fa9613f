import type { SQSEvent, SQSRecord } from 'aws-lambda';
import { encodeQueuedPush } from '../../shared/push/queued-push.ts';
import { pushWith } from './pushes.ts';

/** A record with a push that is well, with overrides of the push's parameters. */
export function recordOf(
  overrides: Readonly<Record<string, string | undefined>> = {},
  more: Partial<SQSRecord> = {},
): SQSRecord {
  const body = encodeQueuedPush({ push: pushWith(overrides), acceptedAt: new Date('2026-01-02T03:04:05.678Z') });
  const messageId = crypto.randomUUID();
  return {
    messageId,
    receiptHandle: `receipt-${messageId}`,
    body,
    attributes: {
      ApproximateReceiveCount: '1',
      SentTimestamp: String(Date.now()),
      SenderId: 'test',
      ApproximateFirstReceiveTimestamp: String(Date.now()),
    },
    messageAttributes: {},
    md5OfBody: '',
    eventSource: 'aws:sqs',
    eventSourceARN: 'arn:aws:sqs:us-east-1:000000000000:pushes',
    awsRegion: 'us-east-1',
    ...more,
  };
}

export function sqsEventOf(Records: SQSRecord[]): SQSEvent {
  return { Records };
}
