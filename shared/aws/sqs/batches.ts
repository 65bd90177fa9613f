import {
  ChangeMessageVisibilityBatchCommand,
  DeleteMessageBatchCommand,
  SendMessageBatchCommand,
  type BatchResultErrorEntry,
  type SendMessageBatchRequestEntry,
  type SQSClient,
} from '@aws-sdk/client-sqs';
import pMap from 'p-map';
import { sqsLimits } from '../limits.ts';

export type OutgoingMessage = Omit<SendMessageBatchRequestEntry, 'Id'>;

/** How long a received message stays hidden before it becomes visible again. */
export interface Delay {
  readonly receiptHandle: string;
  readonly delaySeconds: number;
}

/** The result of one or more batch calls to SQS. Every item is in exactly one of the two lists. */
export interface BatchResult<T> {
  readonly done: readonly T[];
  readonly failed: readonly BatchFailure<T>[];
}

/** Sent messages, each with the id that SQS gave it. */
export interface SendResult<T> extends BatchResult<T> {
  readonly messageIds: ReadonlyMap<T, string>;
}

/** An item that SQS did not confirm. */
export interface BatchFailure<T> {
  readonly item: T;
  /**
   * `entry`: SQS refused this item and did nothing with it. `call`: the whole call failed, and SQS may have processed
   * the item nevertheless.
   */
  readonly scope: 'entry' | 'call';
  readonly error: Error;
}

const callsAtOnce = 8;

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
    (item, { MessageId }) => {
      if (MessageId !== undefined) messageIds.set(item, MessageId);
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
  return callEach(inBatches(delays), entryOf, (Entries) =>
    sqs.send(new ChangeMessageVisibilityBatchCommand({ QueueUrl: queueUrl, Entries }), {
      ...(abortSignal && { abortSignal }),
    }),
  );
}

/**
 * Divides a list into batches of at most `size` items that one call may send, in the order of the list. An item that is
 * too large gets a batch of its own, so that SQS refuses no other item with it.
 */
export function inBatches<T>(
  items: readonly T[],
  size: number = sqsLimits.batchMessages,
  bytesOf: (item: T) => number = () => 0,
): T[][] {
  const batches: T[][] = [];
  let batch: T[] = [];
  let bytes = 0;
  for (const item of items) {
    const itemBytes = bytesOf(item);
    if (batch.length > 0 && (batch.length === size || bytes + itemBytes > sqsLimits.messageBytes)) {
      batches.push(batch);
      batch = [];
      bytes = 0;
    }
    batch.push(item);
    bytes += itemBytes;
  }
  if (batch.length > 0) batches.push(batch);
  return batches;
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

interface BatchAnswer<S> {
  readonly Successful?: readonly S[] | undefined;
  readonly Failed?: readonly BatchResultErrorEntry[] | undefined;
}

/**
 * @param call sends the entries of one batch. The id of an entry is the index of its item.
 * @param confirm gets each item that is done, with what SQS says of it.
 */
async function callEach<T, E extends object, S extends { readonly Id: string | undefined }>(
  batches: readonly (readonly T[])[],
  entryOf: (item: T) => E,
  call: (entries: (E & { readonly Id: string })[]) => Promise<BatchAnswer<S>>,
  confirm?: (item: T, entry: S) => void,
): Promise<BatchResult<T>> {
  const done: T[] = [];
  const failed: BatchFailure<T>[] = [];
  const callOne = async (batch: readonly T[]) => {
    const entries = batch.map((item, index) => ({ ...entryOf(item), Id: String(index) }));
    const answer = await call(entries).catch((error: unknown) =>
      error instanceof Error ? error : new Error(String(error)),
    );
    if (answer instanceof Error) {
      failed.push(...batch.map((item) => ({ item, scope: 'call' as const, error: answer })));
      return;
    }
    const successful = new Map(answer.Successful?.map((entry) => [entry.Id, entry]));
    for (const [index, item] of batch.entries()) {
      const id = String(index);
      const entry = successful.get(id);
      if (entry !== undefined) {
        done.push(item);
        confirm?.(item, entry);
      } else failed.push({ item, scope: 'entry', error: entryError(answer.Failed?.find(({ Id }) => Id === id)) });
    }
  };
  await pMap(batches, callOne, { concurrency: callsAtOnce });
  return { done, failed };
}

/** @param entry the failure of one entry; `undefined` if the answer does not mention the entry. */
function entryError(entry: BatchResultErrorEntry | undefined): Error {
  const error = new Error(entry?.Message ?? 'the answer of SQS does not mention this entry');
  error.name = entry?.Code ?? 'Unconfirmed';
  return error;
}
