import type { Message, SQSClient } from '@aws-sdk/client-sqs';
import type { SQSEvent } from 'aws-lambda';
import { once } from 'node:events';
import { Consumer } from 'sqs-consumer';
import * as v from 'valibot';
import { gather } from './gather.ts';
import type { LocalQueue } from './queues.ts';

export interface EventSourceMappingOptions {
  readonly sqs: SQSClient;
  readonly queue: LocalQueue;
  readonly batchRecords: number;
  /** How long a batch is gathered; a larger one than of ten needs it. */
  readonly batchWindowSeconds?: number;
  /** Batches under way at once. */
  readonly maximumConcurrency: number;
  /** Resolves to what the function answered; rejects where it failed. */
  readonly invoke: (event: SQSEvent) => Promise<unknown>;
  readonly onError: (error: Error) => void;
}

/** One receive takes no more; a larger batch is gathered from several. */
const receivedAtOnce = 10;

/**
 * Lambda begins with five pollers, each of which gathers a batch of its own:
 * https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-scaling.html
 */
const gatherers = 5;

/** Receivers of a gatherer: a batch has no more than ten from each, where Lambda would have up to 10,000. */
const receiversOfGatherer = 4;

/**
 * Feeds a function from a queue as Lambda does: what the function does not report is deleted, what it reports comes
 * back when its visibility ends.
 * https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-errorhandling.html
 * @returns how to stop it.
 */
export function startEventSourceMapping(options: EventSourceMappingOptions): () => Promise<void> {
  const { sqs, queue, batchRecords, batchWindowSeconds = 0, maximumConcurrency, invoke } = options;
  let stopping = false;
  // The polls that stopping cuts short end with an error each.
  const onError = (error: Error) => {
    if (!stopping) options.onError(error);
  };
  const handle = async (messages: Message[]) => settledMessages(messages, await invoke(sqsEvent(messages, queue)));
  const gatherBatches = () =>
    gather<Message>({
      batchItems: batchRecords,
      windowMs: batchWindowSeconds * 1000,
      maximumConcurrency: Math.max(1, Math.floor(maximumConcurrency / gatherers)),
      givers: receiversOfGatherer,
      // One failure of a batch is told once, and not by each of its receivers.
      handle: (messages) =>
        handle(messages).catch((error: unknown) => {
          onError(error instanceof Error ? error : new Error(String(error)));
          return [];
        }),
    });
  // Without a window a consumer polls, waits for its batch and polls again: as many as batches may be under way.
  const receivers =
    batchWindowSeconds > 0
      ? Array.from({ length: gatherers }, gatherBatches).flatMap((bring) =>
          Array.from({ length: receiversOfGatherer }, () => bring),
        )
      : Array.from({ length: maximumConcurrency }, () => handle);
  const consumers = receivers.map((handleReceived) => {
    const consumer = Consumer.create({
      sqs,
      queueUrl: queue.url,
      batchSize: Math.min(batchRecords, receivedAtOnce),
      messageSystemAttributeNames: ['All'],
      messageAttributeNames: ['All'],
      strictReturn: true,
      handleMessageBatch: handleReceived,
    });
    consumer.on('error', onError).on('processing_error', onError);
    consumer.start();
    return consumer;
  });
  return async () => {
    stopping = true;
    // Polls are cut short, and with them the deletes of batches under way: those messages come back, if the queue
    // outlives the mapping.
    await Promise.all(
      consumers.map(async (consumer) => {
        const stopped = once(consumer, 'stopped');
        consumer.stop({ abort: true });
        await stopped;
      }),
    );
  };
}

const batchResponse = v.object({
  batchItemFailures: v.nullish(v.array(v.object({ itemIdentifier: v.string() })), []),
});

/**
 * The messages that are done with. As on AWS, an answer that can't be understood (malformed, or with an id that was
 * not in the batch) means that all have failed, and an empty or absent one that none has.
 */
export function settledMessages(messages: Message[], answer: unknown): Message[] {
  const read = v.safeParse(batchResponse, answer ?? {});
  if (!read.success) return [];
  const failed = new Set(read.output.batchItemFailures.map(({ itemIdentifier }) => itemIdentifier));
  const known = new Set(messages.map(({ MessageId }) => MessageId));
  if (!failed.isSubsetOf(known)) return [];
  return messages.filter(({ MessageId }) => MessageId === undefined || !failed.has(MessageId));
}

function sqsEvent(messages: readonly Message[], queue: LocalQueue): SQSEvent {
  return {
    Records: messages.map((message) => ({
      messageId: message.MessageId ?? '',
      receiptHandle: message.ReceiptHandle ?? '',
      body: message.Body ?? '',
      attributes: {
        ApproximateReceiveCount: message.Attributes?.ApproximateReceiveCount ?? '1',
        SentTimestamp: message.Attributes?.SentTimestamp ?? '0',
        SenderId: message.Attributes?.SenderId ?? 'local',
        ApproximateFirstReceiveTimestamp: message.Attributes?.ApproximateFirstReceiveTimestamp ?? '0',
      },
      messageAttributes: Object.fromEntries(
        Object.entries(message.MessageAttributes ?? {}).map(([name, value]) => [
          name,
          {
            dataType: value.DataType ?? 'String',
            ...(value.StringValue !== undefined && { stringValue: value.StringValue }),
          },
        ]),
      ),
      md5OfBody: message.MD5OfBody ?? '',
      eventSource: 'aws:sqs',
      eventSourceARN: queue.arn,
      awsRegion: queue.arn.split(':')[3] ?? '',
    })),
  };
}
