import {
  ChangeMessageVisibilityBatchCommand,
  DeleteMessageBatchCommand,
  SendMessageBatchCommand,
  type BatchResultErrorEntry,
  type SQSClient,
} from '@aws-sdk/client-sqs';
import pMap from 'p-map';
import { sqsLimits } from '../limits.ts';
import type { BatchFailure, BatchResult, Delay, OutgoingMessage } from '../message.ts';

/** The number of concurrent calls. */
const callsAtOnce = 8;

/**
 * Sends messages, in as few calls as the limits of SQS allow. Never throws: an item is done only if SQS confirmed its
 * entry.
 */
export function sendMessages<T>(
  sqs: SQSClient,
  queueUrl: string,
  items: readonly T[],
  messageOf: (item: T) => OutgoingMessage,
  abortSignal?: AbortSignal,
): Promise<BatchResult<T>> {
  const batches = inSendableBatches(items, (item) => messageBytes(messageOf(item)));
  return callEach(batches, (batch) => {
    const Entries = batch.map((item, index) => {
      const { body, attributes, groupId, delaySeconds } = messageOf(item);
      return {
        Id: String(index),
        MessageBody: body,
        MessageAttributes: { ...attributes },
        ...(groupId !== undefined && { MessageGroupId: groupId }),
        ...(delaySeconds !== undefined && { DelaySeconds: delaySeconds }),
      };
    });
    return sqs.send(new SendMessageBatchCommand({ QueueUrl: queueUrl, Entries }), optionsOf(abortSignal));
  });
}

/** Deletes received messages. Never throws: an item is done only if SQS confirmed its entry. */
export function deleteMessages<T extends { readonly receiptHandle: string }>(
  sqs: SQSClient,
  queueUrl: string,
  items: readonly T[],
): Promise<BatchResult<T>> {
  return callEach(inBatches(items, sqsLimits.batchMessages), (batch) => {
    const Entries = batch.map(({ receiptHandle }, index) => ({ Id: String(index), ReceiptHandle: receiptHandle }));
    return sqs.send(new DeleteMessageBatchCommand({ QueueUrl: queueUrl, Entries }));
  });
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
  return callEach(inBatches(delays, sqsLimits.batchMessages), (batch) => {
    const Entries = batch.map(({ receiptHandle, delaySeconds }, index) => ({
      Id: String(index),
      ReceiptHandle: receiptHandle,
      VisibilityTimeout: delaySeconds,
    }));
    return sqs.send(new ChangeMessageVisibilityBatchCommand({ QueueUrl: queueUrl, Entries }), optionsOf(abortSignal));
  });
}

/** Divides a list into batches of at most `size` items, in the order of the list. */
export function inBatches<T>(items: readonly T[], size: number): T[][] {
  return Array.from({ length: Math.ceil(items.length / size) }, (_, index) =>
    items.slice(index * size, (index + 1) * size),
  );
}

/**
 * Divides a list into batches that one call may send, in the order of the list. An item that is too large gets a batch
 * of its own, so that SQS refuses no other item with it.
 */
export function inSendableBatches<T>(items: readonly T[], bytesOf: (item: T) => number): T[][] {
  const { batchMessages, messageBytes: batchBytes } = sqsLimits;
  const batches: T[][] = [];
  let batch: T[] = [];
  let bytes = 0;
  for (const item of items) {
    const itemBytes = bytesOf(item);
    if (batch.length > 0 && (batch.length === batchMessages || bytes + itemBytes > batchBytes)) {
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

function optionsOf(abortSignal: AbortSignal | undefined) {
  return abortSignal === undefined ? {} : { abortSignal };
}

/** The size of a message as SQS counts it: its body, and the name, type and value of each attribute. */
function messageBytes({ body, attributes }: OutgoingMessage): number {
  let bytes = Buffer.byteLength(body);
  for (const [name, { DataType, StringValue }] of Object.entries(attributes)) {
    bytes += Buffer.byteLength(name) + Buffer.byteLength(DataType) + Buffer.byteLength(StringValue);
  }
  return bytes;
}

interface BatchAnswer {
  readonly Successful?: readonly { readonly Id: string | undefined }[] | undefined;
  readonly Failed?: readonly BatchResultErrorEntry[] | undefined;
}

/** @param call sends one batch, whose entries have their index in the batch as id. */
async function callEach<T>(
  batches: readonly (readonly T[])[],
  call: (batch: readonly T[]) => Promise<BatchAnswer>,
): Promise<BatchResult<T>> {
  const done: T[] = [];
  const failed: BatchFailure<T>[] = [];
  const callOne = async (batch: readonly T[]) => {
    const answer = await call(batch).catch((error: unknown) => asError(error));
    if (answer instanceof Error) {
      failed.push(...batch.map((item) => ({ item, scope: 'call' as const, error: answer })));
      return;
    }
    const successful = new Set(answer.Successful?.map(({ Id }) => Id));
    for (const [index, item] of batch.entries()) {
      const id = String(index);
      if (successful.has(id)) done.push(item);
      else failed.push({ item, scope: 'entry', error: entryError(answer.Failed?.find(({ Id }) => Id === id)) });
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

function asError(error: unknown): Error {
  return error instanceof Error ? error : new Error(String(error));
}
