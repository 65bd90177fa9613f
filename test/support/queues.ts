import { ReceiveMessageCommand, SQSClient, type Message } from '@aws-sdk/client-sqs';
import type { FauxqsServer } from 'fauxqs';
import { createQueues, startEmbeddedAws, type LocalQueue } from '../../local/embedded-aws.ts';

/** SQS in the process, with the relay's queues. */
export interface TestQueues {
  readonly server: FauxqsServer;
  readonly sqs: SQSClient;
  readonly pushes: LocalQueue;
  readonly undeliverable: LocalQueue;
  /** Gets the outcome counts of sweeps. */
  readonly outcomeCounts: LocalQueue;
  /** Gets what is published on the topic of `topicArn`, without an envelope. */
  readonly outcomes: LocalQueue;
  readonly topicArn: string;
  readonly stop: () => Promise<void>;
}

export interface TestQueuesOptions {
  readonly visibilityTimeoutSeconds?: number;
  readonly maxReceiveCount?: number;
  /** What stands before `pushes` and `undeliverable` in the queues' names. */
  readonly namePrefix?: string;
  /** Keeps the queues. */
  readonly dataDir?: string;
}

export async function startQueues(options: TestQueuesOptions = {}): Promise<TestQueues> {
  const { visibilityTimeoutSeconds = 180, maxReceiveCount = 1000, namePrefix = '', dataDir } = options;
  const server = await startEmbeddedAws(0, dataDir);
  const common = { VisibilityTimeout: visibilityTimeoutSeconds, MessageRetentionPeriod: 345_600 };
  const sqs = sqsClientOf(`http://127.0.0.1:${String(server.port)}`);
  const queueOf = await createQueues(server, sqs, [
    { ...common, logicalId: 'outcomes', QueueName: `${namePrefix}outcomes` },
    { ...common, logicalId: 'outcomeCounts', QueueName: `${namePrefix}outcome-counts` },
    { ...common, logicalId: 'undeliverable', QueueName: `${namePrefix}undeliverable` },
    {
      ...common,
      logicalId: 'pushes',
      QueueName: `${namePrefix}pushes`,
      RedrivePolicy: { deadLetterTargetArn: 'undeliverable', maxReceiveCount },
    },
  ]);
  const { topicArn } = server.createTopic(`${namePrefix}outcomes`);
  const raw = { RawMessageDelivery: 'true' };
  server.subscribe({ topic: `${namePrefix}outcomes`, queue: queueOf('outcomes').queueName, attributes: raw });
  const stop = async () => {
    sqs.destroy();
    await server.stop();
  };
  const queues = {
    pushes: queueOf('pushes'),
    undeliverable: queueOf('undeliverable'),
    outcomeCounts: queueOf('outcomeCounts'),
    outcomes: queueOf('outcomes'),
  };
  return { server, sqs, ...queues, topicArn, stop };
}

export function sqsClientOf(endpoint: string): SQSClient {
  const credentials = { accessKeyId: 'test', secretAccessKey: 'test' };
  return new SQSClient({ endpoint, region: 'us-east-1', credentials, maxAttempts: 1 });
}

/** Receives what is in a queue, at most ten messages; they stay hidden for the queue's visibility time-out. */
export async function receive(sqs: SQSClient, queue: LocalQueue, waitSeconds = 0): Promise<Message[]> {
  const { Messages } = await sqs.send(
    new ReceiveMessageCommand({
      QueueUrl: queue.url,
      MaxNumberOfMessages: 10,
      WaitTimeSeconds: waitSeconds,
      MessageAttributeNames: ['All'],
      MessageSystemAttributeNames: ['All'],
    }),
  );
  return Messages ?? [];
}
