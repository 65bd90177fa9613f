import type { MessageAttributeValue } from '@aws-sdk/client-sqs';
import { sqsText } from './sqs-text.ts';

export const deadLetterReasons = [
  /** The gateway answered that the token is no longer registered. */
  'unregistered',
  /** The gateway refused it for good. */
  'rejected',
  /** It was not delivered within its lifetime, or its time to live. */
  'expired',
  /** Its message could not be read. */
  'malformed',
  /** It was received as often as `maxReceiveCount` allows. */
  'exhausted',
] as const;

export type DeadLetterReason = (typeof deadLetterReasons)[number];

/** The attributes of a dead letter. Its body is that of the push's message, unchanged. */
export interface DeadLetter {
  readonly reason: DeadLetterReason;
  /** The id that the client got in its 202. The message id of the dead letter is another one. */
  readonly pushId: string;
  /** The name of the queue that it came from, and returns to when it is redriven. */
  readonly queue: string;
  /** How often it was received: the maximum number of its attempts. */
  readonly attempts: number;
  /** ISO 8601. */
  readonly acceptedAt: string;
  /** The last HTTP status of the gateway, if it answered. */
  readonly status?: number;
  /** Why there is no further attempt, and the body of the gateway's last answer, or what went wrong instead. */
  readonly words?: string;
}

/**
 * Encodes the attributes of a dead letter. SQS allows ten:
 * https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-message-metadata.html
 */
export function deadLetterAttributes(deadLetter: DeadLetter): Record<string, MessageAttributeValue> {
  const attributes: Record<string, MessageAttributeValue> = {};
  for (const [name, value] of Object.entries<string | number>({ ...deadLetter })) {
    // SQS refuses an empty value.
    if (value === '') continue;
    attributes[name] =
      typeof value === 'number'
        ? { DataType: 'Number', StringValue: String(value) }
        : { DataType: 'String', StringValue: sqsText(value) };
  }
  return attributes;
}
