import {
  ChangeMessageVisibilityBatchCommand,
  SendMessageBatchCommand,
  SendMessageCommand,
  type BatchResultErrorEntry,
  type SQSClient,
} from '@aws-sdk/client-sqs';
import type { Chance } from '../kernel/chance.ts';
import type { Process, Route } from '../kernel/process.ts';
import { callLimits } from '../../../shared/aws/client-options.ts';
import type { QueuedMessage, SqsQueue } from './sqs-queue.ts';

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
  readonly entryFailure: () => number;
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
    if (queue === undefined) throw new Error('The specified queue does not exist.');
    return queue;
  };

  /** Performs each entry of a batch, or refuses it. */
  const inEntries = <E extends { readonly Id: string | undefined }, S>(
    entries: readonly E[] = [],
    perform: (entry: E) => S | undefined,
  ) => {
    const Successful: S[] = [];
    const Failed: BatchResultErrorEntry[] = [];
    for (const entry of entries) {
      const done = chance.hits(entryFailure()) ? undefined : perform(entry);
      if (done === undefined) Failed.push({ Id: entry.Id, Code: 'InternalError', SenderFault: false });
      else Successful.push(done);
    }
    return { Successful, Failed };
  };

  const effectOf = (command: unknown): (() => object) => {
    if (command instanceof SendMessageCommand) {
      const { QueueUrl, MessageBody = '', MessageGroupId, MessageAttributes, DelaySeconds } = command.input;
      const queue = queueOf(QueueUrl);
      const options = { groupId: MessageGroupId, attributes: MessageAttributes, delaySeconds: DelaySeconds };
      return () => {
        const message = queue.send(MessageBody, options);
        observer.onSend(queue, message, process);
        return { MessageId: message.id };
      };
    }
    if (command instanceof SendMessageBatchCommand) {
      const { QueueUrl, Entries } = command.input;
      const queue = queueOf(QueueUrl);
      return () =>
        inEntries(Entries, ({ Id, MessageBody = '', MessageGroupId, MessageAttributes, DelaySeconds }) => {
          const options = { groupId: MessageGroupId, attributes: MessageAttributes, delaySeconds: DelaySeconds };
          const message = queue.send(MessageBody, options);
          observer.onSend(queue, message, process);
          return { Id, MessageId: message.id };
        });
    }
    if (command instanceof ChangeMessageVisibilityBatchCommand) {
      const { QueueUrl, Entries } = command.input;
      const queue = queueOf(QueueUrl);
      return () =>
        inEntries(Entries, ({ Id, ReceiptHandle = '', VisibilityTimeout = 0 }) => {
          const message = queue.changeVisibility(ReceiptHandle, VisibilityTimeout);
          if (message === undefined) return undefined;
          observer.onDelay(message, VisibilityTimeout, process);
          return { Id };
        });
    }
    throw new Error('the model of SQS does not know this command');
  };

  const send = (command: unknown, options?: { readonly abortSignal?: AbortSignal }) =>
    withRetries(process, route, effectOf(command), options?.abortSignal);
  // The functions use nothing else of the client, whose type has private members.
  return { send } as unknown as SQSClient;
}

/** The standard retries of the SDK: https://docs.aws.amazon.com/sdkref/latest/guide/feature-retry-behavior.html */
export async function withRetries<T>(
  process: Process,
  route: Route,
  effect: () => T,
  abortSignal?: AbortSignal,
): Promise<T> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await process.call(route, effect, abortSignal);
    } catch (error) {
      const isRetried = error instanceof Error && (error.name === 'TimeoutError' || error.name === 'InternalError');
      if (attempt >= callLimits.maxAttempts || !isRetried || abortSignal?.aborted === true) throw error;
      await process.sleep(100 * 2 ** attempt);
    }
  }
}
