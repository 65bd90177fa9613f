import {
  ChangeMessageVisibilityBatchCommand,
  DeleteMessageBatchCommand,
  ReceiveMessageCommand,
  SendMessageBatchCommand,
  SendMessageCommand,
  type BatchResultErrorEntry,
  type SendMessageBatchRequestEntry,
  type SQSClient,
} from '@aws-sdk/client-sqs';
import type { Chance } from '../kernel/chance.ts';
import { CallError, type Process, type Route } from '../kernel/process.ts';
import { callLimits } from '../../../shared/aws/client-options.ts';
import type { QueuedMessage, SqsQueue } from './sqs-queue.ts';
import { checkBatch, checkMessage } from './sqs-requests.ts';

/** What the calls of processes do to the queues, for the history. */
export interface SqsObserver {
  readonly onSend: (queue: SqsQueue, message: QueuedMessage, process: Process) => void;
  readonly onDelay: (message: QueuedMessage, seconds: number, process: Process) => void;
}

export interface SqsService {
  readonly queues: readonly SqsQueue[];
  readonly route: Route;
  readonly chance: Chance;
  /** The probability that an entry of a batch is refused. */
  readonly entryFailure: (queue: SqsQueue) => number;
  readonly observer: SqsObserver;
}

/**
 * The client of SQS in one process: like that of the SDK, it makes up to three attempts of a call. It knows the calls that
 * the functions make.
 */
export function createSqsClient(process: Process, service: SqsService): SQSClient {
  const { queues, route, chance, entryFailure, observer } = service;
  const queueOf = (url: string | undefined): SqsQueue => {
    const queue = queues.find((one) => one.url === url);
    if (queue === undefined) throw new CallError('QueueDoesNotExist', 'The specified queue does not exist.');
    return queue;
  };

  /** Performs each entry of a batch, or refuses it. */
  const inEntries = <E extends { readonly Id: string | undefined }>(
    queue: SqsQueue,
    entries: readonly E[],
    perform: (entry: E) => object,
  ) => {
    const Successful: object[] = [];
    const Failed: BatchResultErrorEntry[] = [];
    for (const entry of entries) {
      const { Id } = entry;
      if (chance.hits(entryFailure(queue))) {
        Failed.push({ Id, Code: 'InternalError', SenderFault: false });
        continue;
      }
      try {
        Successful.push({ Id, ...perform(entry) });
      } catch (error) {
        if (!(error instanceof CallError)) throw error;
        Failed.push({ Id, Code: error.name, Message: error.message, SenderFault: true });
      }
    }
    return { Successful, Failed };
  };

  const sendTo = (queue: SqsQueue, entry: Omit<SendMessageBatchRequestEntry, 'Id'>) => {
    checkMessage(entry);
    const { MessageBody = '', MessageGroupId, MessageAttributes, DelaySeconds } = entry;
    const options = { groupId: MessageGroupId, attributes: MessageAttributes, delaySeconds: DelaySeconds };
    const message = queue.send(MessageBody, options);
    observer.onSend(queue, message, process);
    return { MessageId: message.id };
  };

  const perform = (command: unknown): object => {
    if (command instanceof SendMessageCommand) return sendTo(queueOf(command.input.QueueUrl), command.input);
    if (command instanceof SendMessageBatchCommand) {
      const { QueueUrl, Entries = [] } = command.input;
      const queue = queueOf(QueueUrl);
      checkBatch(Entries);
      return inEntries(queue, Entries, (entry) => sendTo(queue, entry));
    }
    if (command instanceof ChangeMessageVisibilityBatchCommand) {
      const { QueueUrl, Entries = [] } = command.input;
      const queue = queueOf(QueueUrl);
      checkBatch(Entries.map(({ Id }) => ({ Id })));
      return inEntries(queue, Entries, ({ ReceiptHandle = '', VisibilityTimeout = 0 }) => {
        const message = queue.changeVisibility(ReceiptHandle, VisibilityTimeout);
        observer.onDelay(message, VisibilityTimeout, process);
        return {};
      });
    }
    if (command instanceof DeleteMessageBatchCommand) {
      const { QueueUrl, Entries = [] } = command.input;
      const queue = queueOf(QueueUrl);
      checkBatch(Entries.map(({ Id }) => ({ Id })));
      return inEntries(queue, Entries, ({ ReceiptHandle = '' }) => {
        queue.delete(ReceiptHandle);
        return {};
      });
    }
    throw new Error('the model of SQS does not know this command');
  };

  const receive = async ({ input }: ReceiveMessageCommand) => {
    const { QueueUrl, MaxNumberOfMessages = 1, VisibilityTimeout, WaitTimeSeconds = 0 } = input;
    const effect = () => queueOf(QueueUrl).receive(MaxNumberOfMessages, VisibilityTimeout);
    const first = await withRetries(process, route, effect);
    if (first.length === 0) await process.sleep(WaitTimeSeconds * 1000);
    const received = first.length === 0 && WaitTimeSeconds > 0 ? await withRetries(process, route, effect) : first;
    return {
      Messages: received.map(({ message: { id, body, sentAt }, receiptHandle }) => ({
        ...{ MessageId: id, Body: body, ReceiptHandle: receiptHandle },
        Attributes: { SentTimestamp: String(sentAt) },
      })),
    };
  };

  const send = (command: unknown, options?: { readonly abortSignal?: AbortSignal }) =>
    command instanceof ReceiveMessageCommand
      ? receive(command)
      : withRetries(process, route, () => perform(command), options?.abortSignal);
  // The functions use nothing else of the client, whose type has private members.
  return { send } as unknown as SQSClient;
}

/** The errors that say nothing of the request. */
const retried = new Set(['TimeoutError', 'InternalError', 'ProvisionedThroughputExceededException']);

const mostPauseMs = 20_000;

/** The standard retries of the SDK: https://docs.aws.amazon.com/sdkref/latest/guide/feature-retry-behavior.html */
export async function withRetries<T>(
  process: Process,
  route: Route,
  effect: () => T,
  abortSignal?: AbortSignal,
  maxAttempts: number = callLimits.maxAttempts,
): Promise<T> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await process.call(route, effect, abortSignal);
    } catch (error) {
      const isRetried = error instanceof Error && retried.has(error.name);
      if (attempt >= maxAttempts || !isRetried || abortSignal?.aborted === true) throw error;
      await process.sleep(Math.min(mostPauseMs, 100 * 2 ** attempt));
    }
  }
}
