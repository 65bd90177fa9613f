import {
  ChangeMessageVisibilityCommand,
  DeleteMessageBatchCommand,
  DeleteMessageCommand,
  GetQueueAttributesCommand,
  ReceiveMessageCommand,
  type BatchResultErrorEntry,
  type Message,
} from '@aws-sdk/client-sqs';
import { sqsLimits } from '../../../shared/aws/limits.ts';
import { readDevicesTable } from '../../support/devices-table.ts';
import { createChances } from '../kernel/chance.ts';
import { CallError, createProcess, type Process, type Route } from '../kernel/process.ts';
import { createScheduler, type Scheduler } from '../kernel/scheduler.ts';
import { createDynamoDbModel } from '../models/dynamodb-client.ts';
import { createTable } from '../models/dynamodb-table.ts';
import { createBucket, createS3Client } from '../models/s3-client.ts';
import { createSnsClient } from '../models/sns.ts';
import { createSqsClient } from '../models/sqs-client.ts';
import { createQueue, type Receipt, type SqsQueue } from '../models/sqs-queue.ts';
import type { Question, Subject } from './subject.ts';

/** The longest that a question may take, by the virtual clock. */
const limitMs = 600_000;
const epochMs = Date.UTC(2026, 0, 1);

/** Asks the models, on a virtual clock. */
export async function askModel({ ask }: Question): Promise<string> {
  const scheduler = createScheduler();
  const chanceFor = createChances(1);
  const process = createProcess({
    ...{ id: 0, scheduler, epochMs, chance: chanceFor('process') },
    deathProbability: () => 0,
    onDeath: () => undefined,
  });
  const route: Route = { requestMs: () => 1, answerMs: () => 1, fate: () => 'well', timeoutMs: 3000 };
  const queues: SqsQueue[] = [];
  let messages = 0;
  const subject: Subject = {
    sqs: createClient(process, route, queues, chanceFor),
    createQueue({ visibilitySeconds, redrive }) {
      const target = redrive && queues.find(({ arn }) => arn === redrive.target.arn);
      const queue = createQueue(
        {
          ...{ name: `queue-${String(queues.length)}`, scheduler, epochMs, visibilitySeconds },
          chance: chanceFor(`queue ${String(queues.length)}`),
          retentionSeconds: 345_600,
          maxInFlight: sqsLimits.inFlightMessages,
          ...(target && { redrive: { maxReceiveCount: redrive.maxReceiveCount, target } }),
        },
        () => messages++,
      );
      queues.push(queue);
      return Promise.resolve(queue);
    },
    sns: createSnsClient(process, {
      ...{ route, chance: chanceFor('SNS entries'), entryFailure: () => 0 },
      onPublish: () => undefined,
    }),
    createTopic: () => Promise.resolve('arn:aws:sns:us-east-1:123456789012:outcomes'),
    ...createTableSubject(process, route, scheduler, chanceFor),
    s3: createS3Client(process, {
      ...{ bucket: createBucket(scheduler, epochMs), route, chance: chanceFor('S3') },
      ...{ conflict: () => 0, cutBody: () => 0, onPut: () => undefined, onDelete: () => undefined },
    }),
    openBucket: () => Promise.resolve('sweeps'),
    now: process.now,
    sleep: process.sleep,
  };
  const asked = ask(subject);
  const isLate = scheduler.run(limitMs).then(() => Promise.reject(new Error('the answer never comes')));
  return Promise.race([asked, isLate]);
}

/** A table of which reads that need not be consistent are often behind. */
function createTableSubject(
  process: Process,
  route: Route,
  scheduler: Scheduler,
  chanceFor: ReturnType<typeof createChances>,
): Pick<Subject, 'dynamoDb' | 'documents' | 'openTable'> {
  const table = createTable({
    ...{ definition: readDevicesTable('devices'), scheduler, epochMs, chance: chanceFor('table') },
    trouble: () => ({ throttled: 0, stale: 0.5 }),
  });
  const { client, documents } = createDynamoDbModel(process, { tables: [table], route, chance: chanceFor('DynamoDB') });
  return { dynamoDb: client, documents, openTable: () => Promise.resolve(table.name) };
}

/** The calls of the functions, and those of the event source mapping, which asks the model of the queue without a client. */
function createClient(
  process: Process,
  route: Route,
  queues: readonly SqsQueue[],
  chanceFor: ReturnType<typeof createChances>,
): Subject['sqs'] {
  const ofFunctions = createSqsClient(process, {
    ...{ queues, route, chance: chanceFor('entries'), entryFailure: () => 0 },
    observer: { onSend: () => undefined, onDelay: () => undefined },
  });
  const polls = new Map<SqsQueue, ReturnType<typeof createLongPoll>>();
  const longPollOf = (queue: SqsQueue) => {
    const poll = polls.get(queue) ?? createLongPoll(process, queue);
    polls.set(queue, poll);
    return poll;
  };
  const queueOf = (url: string | undefined) => {
    const queue = queues.find((one) => one.url === url);
    if (queue === undefined) throw new Error(`There is no queue ${String(url)}.`);
    return queue;
  };
  const call = <T>(effect: () => T) => process.call(route, effect);

  const send = async (command: unknown): Promise<object> => {
    if (command instanceof ReceiveMessageCommand) {
      const { QueueUrl, MaxNumberOfMessages = 1, VisibilityTimeout, WaitTimeSeconds = 0 } = command.input;
      const queue = queueOf(QueueUrl);
      const receive = () => queue.receive(MaxNumberOfMessages, VisibilityTimeout);
      const receipts = await call(receive);
      const isWaiting = receipts.length === 0 && WaitTimeSeconds > 0;
      const received = isWaiting ? await longPollOf(queue)(receive, WaitTimeSeconds * 1000) : receipts;
      return { Messages: received.map(messageOf) };
    }
    if (command instanceof DeleteMessageCommand) {
      const { QueueUrl, ReceiptHandle = '' } = command.input;
      return call(() => queueOf(QueueUrl).delete(ReceiptHandle));
    }
    if (command instanceof DeleteMessageBatchCommand) {
      const { QueueUrl, Entries = [] } = command.input;
      return call(() => deleteEach(queueOf(QueueUrl), Entries));
    }
    if (command instanceof ChangeMessageVisibilityCommand) {
      const { QueueUrl, ReceiptHandle = '', VisibilityTimeout = 0 } = command.input;
      return call(() => queueOf(QueueUrl).changeVisibility(ReceiptHandle, VisibilityTimeout));
    }
    if (command instanceof GetQueueAttributesCommand) {
      const { visible, inFlight } = await call(() => queueOf(command.input.QueueUrl).counts());
      const Attributes = {
        ApproximateNumberOfMessages: String(visible),
        ApproximateNumberOfMessagesNotVisible: String(inFlight),
      };
      return { Attributes };
    }
    return (ofFunctions.send as (command: unknown) => Promise<object>)(command);
  };
  // The questions use nothing else of the client, whose methods have an overload per command.
  return { send };
}

/** Waits until a queue has messages. The queue calls back once, so all receives that wait share one callback. */
function createLongPoll(process: Process, queue: SqsQueue) {
  const waiting = new Set<() => void>();
  let isWatched = false;
  const watch = () => {
    if (isWatched || waiting.size === 0) return;
    isWatched = true;
    queue.whenVisible(() => {
      isWatched = false;
      for (const look of [...waiting]) look();
      watch();
    });
  };
  return (receive: () => Receipt[], ms: number): Promise<Receipt[]> =>
    process.wait((resolve) => {
      const look = () => {
        const receipts = receive();
        if (receipts.length > 0) end(receipts);
      };
      const end = (receipts: Receipt[]) => {
        if (waiting.delete(look)) resolve(receipts);
      };
      waiting.add(look);
      watch();
      void process.sleep(ms).then(() => {
        end([]);
      });
    });
}

function deleteEach(
  queue: SqsQueue,
  entries: readonly { Id?: string | undefined; ReceiptHandle?: string | undefined }[],
) {
  const Successful: object[] = [];
  const Failed: BatchResultErrorEntry[] = [];
  for (const { Id, ReceiptHandle = '' } of entries) {
    try {
      queue.delete(ReceiptHandle);
      Successful.push({ Id });
    } catch (error) {
      if (!(error instanceof CallError)) throw error;
      Failed.push({ Id, Code: error.name, SenderFault: true });
    }
  }
  return { Successful, Failed };
}

function messageOf({ message, receiptHandle, receiveCount }: Receipt): Message {
  return {
    MessageId: message.id,
    ReceiptHandle: receiptHandle,
    Body: message.body,
    MessageAttributes: message.attributes,
    Attributes: {
      ApproximateReceiveCount: String(receiveCount),
      SentTimestamp: String(message.sentAt),
      ApproximateFirstReceiveTimestamp: String(message.firstReceivedAt),
      ...(message.group.id !== '' && { MessageGroupId: message.group.id }),
    },
  };
}
