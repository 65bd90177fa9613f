import type { MessageAttributeValue } from '@aws-sdk/client-sqs';
import { sqsLimits } from '../../../shared/aws/limits.ts';
import { CallError } from '../kernel/process.ts';

/** The longest visibility time-out: 12 hours. */
const maxVisibilitySeconds = 43_200;

interface Outgoing {
  readonly MessageBody?: string | undefined;
  readonly MessageAttributes?: Readonly<Record<string, MessageAttributeValue>> | undefined;
  readonly MessageGroupId?: string | undefined;
  readonly DelaySeconds?: number | undefined;
}

/**
 * Refuses a batch as a whole. SNS has the same rules.
 * https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SendMessageBatch.html#API_SendMessageBatch_Errors
 */
export function checkBatch(
  entries: readonly ({ readonly Id?: string | undefined } & Outgoing)[],
  maxBytes: number = sqsLimits.messageBytes,
): void {
  const ids = entries.map(({ Id = '' }) => Id);
  const bytes = entries.reduce((sum, entry) => sum + bytesOf(entry), 0);
  if (ids.length === 0) throw new CallError('EmptyBatchRequest', 'There are no entries.');
  if (ids.length > sqsLimits.batchMessages) throw new CallError('TooManyEntriesInBatchRequest', 'There are too many.');
  if (ids.some((id) => !/^[\w-]{1,80}$/.test(id))) throw new CallError('InvalidBatchEntryId', 'An Id is not allowed.');
  if (new Set(ids).size < ids.length) throw new CallError('BatchEntryIdsNotDistinct', 'Two entries have the same Id.');
  if (bytes > maxBytes) throw new CallError('BatchRequestTooLong', `The messages have ${String(bytes)} bytes.`);
}

/**
 * Refuses a message.
 * https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SendMessage.html
 */
export function checkMessage(message: Outgoing): void {
  const { MessageBody = '', MessageAttributes: attributes = {}, MessageGroupId, DelaySeconds = 0 } = message;
  if (MessageBody === '') throw new CallError('MissingParameter', 'There is no message body.');
  if (hasForbiddenCharacter(MessageBody)) {
    throw new CallError('InvalidMessageContents', 'The message body has a character that is not allowed.');
  }
  if (bytesOf(message) > sqsLimits.messageBytes) throw invalid('The message is too long.');
  if (!isWithin(DelaySeconds, sqsLimits.delaySeconds)) throw invalid('DelaySeconds is out of range.');
  // Letters, digits and punctuation of ASCII.
  if (MessageGroupId !== undefined && !/^[!-~]{1,128}$/.test(MessageGroupId)) {
    throw invalid('MessageGroupId is not allowed.');
  }
  if (Object.keys(attributes).length > 10) throw invalid('There are more than ten attributes.');
  const [faulty] = Object.entries(attributes).find((attribute) => !isAttribute(attribute)) ?? [];
  if (faulty !== undefined) throw invalid(`The attribute ${faulty} is not allowed.`);
}

/**
 * Refuses a visibility time-out.
 * @param elapsedMs since the message was received, from when the limit counts:
 * https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-visibility-timeout.html
 */
export function checkVisibility(seconds: number, elapsedMs = 0): void {
  if (!isWithin(seconds, maxVisibilitySeconds)) throw invalid('VisibilityTimeout is out of range.');
  if (seconds * 1000 + elapsedMs > maxVisibilitySeconds * 1000) {
    throw invalid('The total visibility time-out of the message is beyond the limit.');
  }
}

function invalid(message: string): CallError {
  return new CallError('InvalidParameterValue', message);
}

function isWithin(seconds: number, most: number): boolean {
  return Number.isInteger(seconds) && seconds >= 0 && seconds <= most;
}

function hasForbiddenCharacter(text: string): boolean {
  return /[^\t\n\r -\u{d7ff}\u{e000}-\u{fffd}\u{10000}-\u{10ffff}]/u.test(text);
}

/** https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-message-metadata.html */
function isAttribute([name, { DataType = '', StringValue, BinaryValue }]: [string, MessageAttributeValue]): boolean {
  if (!/^[\w-]+(\.[\w-]+)*$/.test(name) || name.length > 256 || /^(aws|amazon)\./i.test(name)) return false;
  if (!/^(String|Number|Binary)(\..+)?$/.test(DataType)) return false;
  if (DataType.startsWith('Binary')) return BinaryValue !== undefined && BinaryValue.length > 0;
  return StringValue !== undefined && StringValue !== '' && !hasForbiddenCharacter(StringValue);
}

function bytesOf({ MessageBody = '', MessageAttributes = {} }: Outgoing): number {
  let bytes = Buffer.byteLength(MessageBody);
  for (const [name, { DataType = '', StringValue = '', BinaryValue }] of Object.entries(MessageAttributes)) {
    bytes += Buffer.byteLength(name + DataType + StringValue) + (BinaryValue?.length ?? 0);
  }
  return bytes;
}
