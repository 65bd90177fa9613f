import {
  ChangeMessageVisibilityBatchCommand,
  ChangeMessageVisibilityCommand,
  DeleteMessageBatchCommand,
  DeleteMessageCommand,
  GetQueueAttributesCommand,
  ReceiveMessageCommand,
  SendMessageBatchCommand,
  SendMessageCommand,
  type BatchResultErrorEntry,
  type Message,
  type SendMessageBatchRequestEntry,
  type SQSClient,
} from '@aws-sdk/client-sqs';
import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import type { S3Client } from '@aws-sdk/client-s3';
import type { SNSClient } from '@aws-sdk/client-sns';
import type { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { CallError } from '../kernel/process.ts';

/** What the questions are asked of: the models, the embedded services, or AWS. */
export interface Subject {
  readonly sqs: Pick<SQSClient, 'send'>;
  readonly sns: Pick<SNSClient, 'send'>;
  /** @returns the ARN. */
  readonly createTopic: () => Promise<string>;
  readonly createQueue: (settings: QueueSettings) => Promise<QueueAddress>;
  readonly dynamoDb: Pick<DynamoDBClient, 'send'>;
  readonly documents: Pick<DynamoDBDocumentClient, 'send'>;
  /** @returns the name of a table like that of the devices, which all questions share. */
  readonly openTable: () => Promise<string>;
  readonly s3: Pick<S3Client, 'send'>;
  /** @returns the name of a bucket, which all questions share. */
  readonly openBucket: () => Promise<string>;
  /** Milliseconds, by its clock. */
  readonly now: () => number;
  readonly sleep: (ms: number) => Promise<void>;
}

export interface QueueSettings {
  readonly visibilitySeconds: number;
  readonly redrive?: { readonly maxReceiveCount: number; readonly target: QueueAddress };
}

export interface QueueAddress {
  readonly url: string;
  readonly arn: string;
}

export interface Question {
  readonly title: string;
  readonly ask: (subject: Subject) => Promise<string>;
  /** The answer that AWS documents; several where it leaves it open. */
  readonly aws: string | readonly string[];
  /** Where AWS documents it. */
  readonly source: string;
  /** The answer of the embedded service, if it is another one. */
  readonly embedded?: string;
}

type Outgoing = Omit<SendMessageBatchRequestEntry, 'Id'>;

export interface Receiving {
  readonly most?: number;
  /** Long polling: until a message comes, for at most this long. */
  readonly waitSeconds?: number;
  readonly visibilitySeconds?: number;
}

/** A queue of its own for a question. */
export async function openQueue(subject: Subject, settings: QueueSettings = { visibilitySeconds: 30 }) {
  const { sqs } = subject;
  const address = await subject.createQueue(settings);
  const QueueUrl = address.url;
  const receive = (receiving: Receiving = {}): Promise<Message[]> => {
    const { most = 10, waitSeconds = 10, visibilitySeconds } = receiving;
    const command = new ReceiveMessageCommand({
      QueueUrl,
      MaxNumberOfMessages: most,
      WaitTimeSeconds: waitSeconds,
      MessageAttributeNames: ['All'],
      MessageSystemAttributeNames: ['All'],
      ...(visibilitySeconds !== undefined && { VisibilityTimeout: visibilitySeconds }),
    });
    const received = sqs.send(command).then(({ Messages = [] }) => Messages);
    // A question that is interrupted while it does something else no longer waits for it.
    received.catch(() => undefined);
    return received;
  };
  return {
    address,
    receive,
    async receiveOne(receiving: Receiving = {}): Promise<ReceivedMessage> {
      const [message] = await receive({ ...receiving, most: 1 });
      if (message?.ReceiptHandle === undefined) throw new Error('no message came');
      return { ...message, ReceiptHandle: message.ReceiptHandle };
    },
    async send(message: string | Outgoing): Promise<string> {
      const outgoing = typeof message === 'string' ? { MessageBody: message } : message;
      const { MessageId = '' } = await sqs.send(new SendMessageCommand({ QueueUrl, ...outgoing }));
      return MessageId;
    },
    sendBatch: (Entries: SendMessageBatchRequestEntry[]) =>
      sqs.send(new SendMessageBatchCommand({ QueueUrl, Entries })),
    delete: (ReceiptHandle: string) => sqs.send(new DeleteMessageCommand({ QueueUrl, ReceiptHandle })),
    deleteBatch: (handles: Readonly<Record<string, string>>) =>
      sqs.send(
        new DeleteMessageBatchCommand({
          QueueUrl,
          Entries: Object.entries(handles).map(([Id, ReceiptHandle]) => ({ Id, ReceiptHandle })),
        }),
      ),
    change: (ReceiptHandle: string, VisibilityTimeout: number) =>
      sqs.send(new ChangeMessageVisibilityCommand({ QueueUrl, ReceiptHandle, VisibilityTimeout })),
    changeBatch: (changes: Readonly<Record<string, readonly [handle: string, seconds: number]>>) =>
      sqs.send(
        new ChangeMessageVisibilityBatchCommand({
          QueueUrl,
          Entries: Object.entries(changes).map(([Id, [ReceiptHandle, VisibilityTimeout]]) => ({
            ...{ Id, ReceiptHandle, VisibilityTimeout },
          })),
        }),
      ),
    /** The messages of the queue, visible and in flight. */
    async count(): Promise<number> {
      const names = ['ApproximateNumberOfMessages', 'ApproximateNumberOfMessagesNotVisible'] as const;
      const { Attributes = {} } = await sqs.send(
        new GetQueueAttributesCommand({ QueueUrl, AttributeNames: [...names] }),
      );
      return names.reduce((sum, name) => sum + Number(Attributes[name]), 0);
    },
  };
}

export type ReceivedMessage = Message & { readonly ReceiptHandle: string };

/** `accepted`, or why not. With the code of the refusal where AWS documents it. */
export async function verdictOn(call: Promise<unknown>, withCode = false): Promise<string> {
  try {
    await call;
    return 'accepted';
  } catch (error) {
    const code = refusalCode(error);
    if (code === undefined) throw error;
    return withCode ? `refused: ${code}` : 'refused';
  }
}

/** Errors that say nothing about the request. */
const unrelated =
  /^(AccessDenied|AuthorizationError|RequestThrottled|RequestLimitExceeded|ProvisionedThroughputExceeded|Throttl)/;

/** The code of an error that is the sender's fault. */
function refusalCode(error: unknown): string | undefined {
  if (!(error instanceof Error) || unrelated.test(error.name)) return undefined;
  const isSendersFault = '$fault' in error ? error.$fault === 'client' : error instanceof CallError;
  // SNS has the names of the errors with a suffix, SQS some with a prefix.
  return isSendersFault ? error.name.replace('AWS.SimpleQueueService.', '').replace(/Exception$/, '') : undefined;
}

interface BatchAnswer {
  readonly Successful?: readonly { readonly Id?: string | undefined }[] | undefined;
  readonly Failed?: readonly BatchResultErrorEntry[] | undefined;
}

/** Such as `done: a; refused: b`. */
export function outcomeOf({ Successful = [], Failed = [] }: BatchAnswer): string {
  const idsOf = (entries: readonly { readonly Id?: string | undefined }[]) =>
    entries
      .map(({ Id = '' }) => Id)
      .toSorted()
      .join(' ') || 'none';
  const isSendersFault = Failed.every(({ SenderFault }) => SenderFault === true);
  return `done: ${idsOf(Successful)}; refused: ${idsOf(Failed)}${isSendersFault ? '' : ' (fault of the service)'}`;
}

/** Whether something took its time. Clocks and the network are not exact. */
export function lasted(sinceMs: number, untilMs: number, seconds: number): string {
  return untilMs - sinceMs >= seconds * 1000 - 50
    ? `after ${String(seconds)} s`
    : `before ${String(seconds)} s are over`;
}

export function documentOf(path: string): string {
  return `https://docs.aws.amazon.com/AWSSimpleQueueService/latest/${path}`;
}

/** A queue of its own for a question, with one message that was sent and received. */
export async function openQueueWithReceived(subject: Subject, settings?: QueueSettings) {
  const queue = await openQueue(subject, settings);
  await queue.send('a');
  const { ReceiptHandle } = await queue.receiveOne();
  return { queue, ReceiptHandle };
}
