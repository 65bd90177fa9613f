import { ReceiveMessageCommand, type Message, type SQSClient } from '@aws-sdk/client-sqs';
import type { SQSEvent } from 'aws-lambda';
import { setTimeout as delay } from 'node:timers/promises';
import * as v from 'valibot';
import { sqsLimits } from '../shared/aws/limits.ts';
import { deleteMessages } from '../shared/aws/sqs/batches.ts';
import type { LocalQueue } from './embedded-aws.ts';

export interface EventSourceMappingOptions {
  readonly sqs: SQSClient;
  readonly queue: LocalQueue;
  readonly batchSize: number;
  /** How many seconds a poller gathers a batch after its first message. With 0, a batch is what one receive returns. */
  readonly maximumBatchingWindow: number;
  readonly maximumConcurrency: number;
  /** Resolves to the answer of the function; rejects if the function fails. */
  readonly invoke: (event: SQSEvent) => Promise<unknown>;
  readonly onError: (error: Error) => void;
}

/** The longest that SQS lets a receive wait for a message. */
const longPollSeconds = 20;

/**
 * Invokes a function with batches of a queue as Lambda does: it deletes the messages that the function does not report
 * as failed; the others become visible again when their visibility time-out ends.
 * https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-errorhandling.html
 * @returns a function that stops it. The messages of a batch that is still being handled then come back.
 */
export function startEventSourceMapping(options: EventSourceMappingOptions): () => void {
  const { sqs, queue, batchSize, maximumBatchingWindow, maximumConcurrency, invoke } = options;
  const stopping = new AbortController();
  const onError = (error: unknown) => {
    // A stop aborts the polls.
    if (!stopping.signal.aborted) options.onError(error instanceof Error ? error : new Error(String(error)));
  };

  const receive = async (most: number, waitSeconds: number): Promise<Message[]> => {
    const command = new ReceiveMessageCommand({
      QueueUrl: queue.url,
      MaxNumberOfMessages: Math.min(most, sqsLimits.batchMessages),
      WaitTimeSeconds: waitSeconds,
      MessageSystemAttributeNames: ['All'],
      MessageAttributeNames: ['All'],
    });
    return (await sqs.send(command, { abortSignal: stopping.signal })).Messages ?? [];
  };

  const gatherBatch = async (): Promise<Message[]> => {
    const messages = await receive(batchSize, longPollSeconds);
    const endsAt = performance.now() + maximumBatchingWindow * 1000;
    for (;;) {
      const leftSeconds = Math.ceil((endsAt - performance.now()) / 1000);
      if (messages.length === 0 || messages.length >= batchSize || leftSeconds <= 0) return messages;
      messages.push(...(await receive(batchSize - messages.length, leftSeconds)));
    }
  };

  const handleBatch = async (messages: readonly Message[]) => {
    const answer = await invoke(sqsEvent(messages, queue));
    const settled = settledOf(messages, ({ MessageId = '' }) => MessageId, answer);
    const receipts = settled.map(({ ReceiptHandle }) => ({ receiptHandle: ReceiptHandle ?? '' }));
    const { failed } = await deleteMessages(sqs, queue.url, receipts);
    if (failed[0] !== undefined) throw failed[0].error;
  };

  const poll = async () => {
    while (!stopping.signal.aborted) {
      try {
        const messages = await gatherBatch();
        if (messages.length > 0) await handleBatch(messages).catch(onError);
      } catch (error) {
        onError(error);
        // SQS does not answer.
        await delay(1000, undefined, { ref: false });
      }
    }
  };
  for (let pollers = 0; pollers < maximumConcurrency; pollers += 1) void poll();
  return () => {
    stopping.abort();
  };
}

const batchResponse = v.object({
  batchItemFailures: v.nullish(v.array(v.object({ itemIdentifier: v.string() })), []),
});

/**
 * The messages of a batch that Lambda deletes after an answer. An answer that is malformed or has an unknown id means
 * that all messages failed; an empty or absent one means that none did.
 */
export function settledOf<T>(messages: readonly T[], idOf: (message: T) => string, answer: unknown): T[] {
  const read = v.safeParse(batchResponse, answer ?? {});
  if (!read.success) return [];
  const failed = new Set(read.output.batchItemFailures.map(({ itemIdentifier }) => itemIdentifier));
  if (!failed.isSubsetOf(new Set(messages.map(idOf)))) return [];
  return messages.filter((message) => !failed.has(idOf(message)));
}

function sqsEvent(messages: readonly Message[], queue: LocalQueue): SQSEvent {
  return {
    Records: messages.map(({ MessageId, ReceiptHandle, Body, Attributes, MessageAttributes, MD5OfBody }) => ({
      messageId: MessageId ?? '',
      receiptHandle: ReceiptHandle ?? '',
      body: Body ?? '',
      attributes: {
        ApproximateReceiveCount: Attributes?.ApproximateReceiveCount ?? '1',
        SentTimestamp: Attributes?.SentTimestamp ?? '0',
        SenderId: Attributes?.SenderId ?? 'local',
        ApproximateFirstReceiveTimestamp: Attributes?.ApproximateFirstReceiveTimestamp ?? '0',
      },
      messageAttributes: Object.fromEntries(
        Object.entries(MessageAttributes ?? {}).map(([name, { DataType, StringValue }]) => [
          name,
          { dataType: DataType ?? 'String', ...(StringValue !== undefined && { stringValue: StringValue }) },
        ]),
      ),
      md5OfBody: MD5OfBody ?? '',
      eventSource: 'aws:sqs',
      eventSourceARN: queue.arn,
      awsRegion: queue.arn.split(':')[3] ?? '',
    })),
  };
}
