import { SendMessageBatchCommand, type SendMessageBatchRequestEntry, type SQSClient } from '@aws-sdk/client-sqs';
import { sqsLimits } from '../core/limits.ts';
import type { OutgoingMessage, Sent } from '../core/message.ts';
import { entryError } from './entry-error.ts';

/**
 * Sends any number of messages, as many at once as SQS takes.
 * @returns what became of each, in their order. Never throws.
 */
export async function sendMessages(
  sqs: SQSClient,
  queueUrl: string,
  messages: readonly OutgoingMessage[],
): Promise<Sent[]> {
  const batches = await Promise.all(
    inBatches(messages).map(async (batch): Promise<Sent[]> => {
      const Entries = batch.map(({ body, attributes }, index): SendMessageBatchRequestEntry => ({
        Id: String(index),
        MessageBody: body,
        MessageAttributes: { ...attributes },
      }));
      try {
        const { Successful = [], Failed = [] } = await sqs.send(
          new SendMessageBatchCommand({ QueueUrl: queueUrl, Entries }),
        );
        const sent = new Map(Successful.map(({ Id, MessageId }) => [Id, MessageId]));
        const failed = new Map(Failed.map((failure) => [failure.Id, failure]));
        return batch.map((_, index): Sent => {
          const messageId = sent.get(String(index));
          // What is in neither list was not confirmed, and so was not sent.
          return messageId === undefined
            ? { ok: false, error: entryError(failed.get(String(index))) }
            : { ok: true, messageId };
        });
      } catch (error) {
        return batch.map(() => ({ ok: false, error }));
      }
    }),
  );
  return batches.flat();
}

/** Cuts messages into batches within SQS's bounds of number and size, in their order. */
export function inBatches<M extends OutgoingMessage>(messages: readonly M[]): M[][] {
  const batches: M[][] = [];
  let batch: M[] = [];
  let batchBytes = 0;
  for (const message of messages) {
    const bytes = bytesOf(message);
    if (batch.length === sqsLimits.batchMessages || (batch.length > 0 && batchBytes + bytes > sqsLimits.messageBytes)) {
      batches.push(batch);
      batch = [];
      batchBytes = 0;
    }
    batch.push(message);
    batchBytes += bytes;
  }
  if (batch.length > 0) batches.push(batch);
  return batches;
}

/** The size that SQS reckons: the body, and name, type and value of each attribute. */
function bytesOf({ body, attributes }: OutgoingMessage): number {
  return Object.entries(attributes).reduce(
    (bytes, [name, { DataType, StringValue }]) => bytes + Buffer.byteLength(name + DataType + StringValue),
    Buffer.byteLength(body),
  );
}
