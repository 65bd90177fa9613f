import { sqsText } from './sqs-text.ts';

/** Why a push was given up. */
export const deadLetterReasons = [
  /** The gateway says that the token is no longer registered. */
  'unregistered',
  /** The gateway will never take it. */
  'rejected',
  /** It was not delivered within its lifetime. */
  'expired',
  /** The message could not be read. */
  'malformed',
  /** It was received as often as the queue allows. */
  'exhausted',
] as const;

export type DeadLetterReason = (typeof deadLetterReasons)[number];

/** What is known of a push that was given up, besides its body, which stays as it was. */
export interface DeadLetter {
  readonly reason: DeadLetterReason;
  /** The id by which the push has been known since it was accepted; the dead letter's own message has another. */
  readonly pushId: string;
  /** The name of the queue that it came from, and would be redriven to. */
  readonly queue: string;
  /** How often it was received, and so attempted at the most. */
  readonly attempts: number;
  /** ISO 8601. */
  readonly acceptedAt: string;
  /** The gateway's last status, where there was one. */
  readonly status?: number;
  /** The gateway's last words, or what went wrong on the way to it. */
  readonly words?: string;
}

/** A message attribute as SQS knows it: numbers travel as text. */
export interface MessageAttribute {
  readonly DataType: string;
  readonly StringValue: string;
}

/**
 * The message attributes of a dead letter, ten at the most as SQS allows:
 * https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-message-metadata.html
 */
export function deadLetterAttributes(deadLetter: DeadLetter): Record<string, MessageAttribute> {
  const attributes: Record<string, MessageAttribute> = {};
  for (const [name, value] of Object.entries(deadLetter) as [string, string | number | undefined][]) {
    // SQS takes no empty value.
    if (value === undefined || value === '') continue;
    attributes[name] =
      typeof value === 'number'
        ? { DataType: 'Number', StringValue: String(value) }
        : { DataType: 'String', StringValue: sqsText(value) };
  }
  return attributes;
}

/** Values of message attributes by name, wherever the message was received. */
export type AttributeValues = Readonly<Record<string, string | undefined>>;

/**
 * Reads a dead letter's attributes. A message without them was moved by SQS itself, when its receives were used up.
 * @param fallback what the message itself tells where an attribute does not.
 */
export function readDeadLetter(
  values: AttributeValues,
  fallback: Pick<DeadLetter, 'pushId' | 'queue' | 'attempts' | 'acceptedAt'>,
): DeadLetter {
  const { reason, pushId, queue, attempts, acceptedAt, status, words } = values;
  return {
    reason: deadLetterReasons.find((known) => known === reason) ?? 'exhausted',
    pushId: pushId ?? fallback.pushId,
    queue: queue ?? fallback.queue,
    attempts: attempts === undefined ? fallback.attempts : Number(attempts),
    acceptedAt: acceptedAt ?? fallback.acceptedAt,
    ...(status !== undefined && { status: Number(status) }),
    ...(words !== undefined && { words }),
  };
}
