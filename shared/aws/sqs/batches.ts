import {
  ChangeMessageVisibilityBatchCommand,
  DeleteMessageBatchCommand,
  SendMessageBatchCommand,
  type SendMessageBatchRequestEntry,
  type SQSClient,
} from '@aws-sdk/client-sqs';
import { callEach, inBatches, type BatchResult } from '../batch-calls.ts';
import { sqsLimits } from '../limits.ts';

export type OutgoingMessage = Omit<SendMessageBatchRequestEntry, 'Id'>;

/** How long a received message stays hidden before it becomes visible again. */
export interface Delay {
  readonly receiptHandle: string;
  readonly delaySeconds: number;
}

/** Sent messages, each with the id that SQS gave it. */
export interface SendResult<T> extends BatchResult<T> {
  readonly messageIds: ReadonlyMap<T, string>;
}

/**
 * Sends messages, in as few calls as the limits of SQS allow. Never throws: an item is done only if SQS confirmed its
 * entry.
 */
export async function sendMessages<T>(
  sqs: SQSClient,
  queueUrl: string,
  items: readonly T[],
  messageOf: (item: T) => OutgoingMessage,
  abortSignal?: AbortSignal,
): Promise<SendResult<T>> {
  const batches = inBatches(items, sqsLimits.batchMessages, (item) => messageBytes(messageOf(item)));
  const messageIds = new Map<T, string>();
  const result = await callEach(
    batches,
    messageOf,
    (Entries) =>
      sqs.send(new SendMessageBatchCommand({ QueueUrl: queueUrl, Entries }), { ...(abortSignal && { abortSignal }) }),
    {
      abortSignal,
      confirm(item, { MessageId }) {
        if (MessageId !== undefined) messageIds.set(item, MessageId);
      },
    },
  );
  return { ...result, messageIds };
}

/** Deletes received messages. Never throws: an item is done only if SQS confirmed its entry. */
export function deleteMessages<T extends Pick<Delay, 'receiptHandle'>>(
  sqs: SQSClient,
  queueUrl: string,
  items: readonly T[],
): Promise<BatchResult<T>> {
  const entryOf = ({ receiptHandle }: T) => ({ ReceiptHandle: receiptHandle });
  return callEach(inBatches(items), entryOf, (Entries) =>
    sqs.send(new DeleteMessageBatchCommand({ QueueUrl: queueUrl, Entries })),
  );
}

/**
 * Hides received messages for their delays. A delay lasts for one receive. Never throws: a message whose delay was not
 * set is visible again after the visibility time-out of its queue.
 */
export function delayMessages<T extends Delay>(
  sqs: SQSClient,
  queueUrl: string,
  delays: readonly T[],
  abortSignal?: AbortSignal,
): Promise<BatchResult<T>> {
  const entryOf = ({ receiptHandle, delaySeconds }: T) => ({
    ReceiptHandle: receiptHandle,
    VisibilityTimeout: delaySeconds,
  });
  return callEach(
    inBatches(delays),
    entryOf,
    (Entries) =>
      sqs.send(new ChangeMessageVisibilityBatchCommand({ QueueUrl: queueUrl, Entries }), {
        ...(abortSignal && { abortSignal }),
      }),
    { abortSignal },
  );
}

/** The size of a message as SQS counts it: its body, and the name, type and value of each attribute. */
function messageBytes({ MessageBody = '', MessageAttributes = {} }: OutgoingMessage): number {
  const attributes = Object.entries(MessageAttributes).flatMap(([name, { DataType = '', StringValue = '' }]) => [
    name,
    DataType,
    StringValue,
  ]);
  return [MessageBody, ...attributes].reduce((bytes, text) => bytes + Buffer.byteLength(text), 0);
}
