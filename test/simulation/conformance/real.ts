import { CreateTopicCommand, DeleteTopicCommand, SNSClient, type CreateTopicCommandOutput } from '@aws-sdk/client-sns';
import {
  CreateQueueCommand,
  DeleteQueueCommand,
  GetQueueAttributesCommand,
  ListQueuesCommand,
  QueueDoesNotExist,
  SQSClient,
} from '@aws-sdk/client-sqs';
import { randomBytes } from 'node:crypto';
import { setTimeout } from 'node:timers/promises';
import pMap from 'p-map';
import { startEmbeddedAws } from '../../../local/embedded-aws.ts';
import { startEmbeddedDynamoDb } from '../../../local/embedded-dynamodb.ts';
import type { ClientConfig } from './client-config.ts';
import { connectToBucket } from './real-bucket.ts';
import { connectToTable } from './real-table.ts';
import type { QueueSettings, Subject } from './subject.ts';

export interface RealSubject extends Subject {
  /** Deletes all that it created. @returns the names of what it could not delete. */
  readonly close: () => Promise<string[]>;
}

/** The services of the local stack. */
export async function startEmbeddedServices(): Promise<RealSubject> {
  const [server, dynamoDb] = await Promise.all([startEmbeddedAws(0), startEmbeddedDynamoDb()]);
  const common = { region: 'us-east-1', credentials: { accessKeyId: 'test', secretAccessKey: 'test' } };
  const subject = connectToServices(
    { ...common, endpoint: `http://127.0.0.1:${String(server.port)}` },
    { ...common, endpoint: dynamoDb.url },
  );
  return {
    ...subject,
    async close() {
      const left = await subject.close();
      await Promise.all([server.stop(), dynamoDb.stop()]);
      return left;
    },
  };
}

/** The services of AWS. */
export function connectToAws() {
  return connectToServices({}, {}, awsSettleMs);
}

/** https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_CreateQueue.html */
const awsSettleMs = 1000;

/**
 * The services over the network. Queues, topics, the table and the bucket have a random name.
 * @param settleMs how long a new queue needs until it can be used.
 */
function connectToServices(
  config: ClientConfig,
  dynamoDbConfig: ClientConfig,
  settleMs = 0,
): RealSubject & { readonly namePrefix: string } {
  const common = {
    // More than the longest poll.
    requestHandler: { connectionTimeout: 5000, requestTimeout: 30_000, throwOnRequestTimeout: true },
    maxAttempts: 2,
  };
  const options = { ...common, ...config };
  // The embedded SQS returns URLs that do not resolve.
  const sqs = new SQSClient({ ...options, useQueueUrlAsEndpoint: false });
  const sns = new SNSClient(options);
  const namePrefix = `pnm2-relay-conform-${randomBytes(4).toString('hex')}-`;
  const { close: closeTable, ...table } = connectToTable({ ...common, ...dynamoDbConfig }, `${namePrefix}devices`);
  const { close: closeBucket, ...bucket } = connectToBucket(options, `${namePrefix}sweeps`);
  const names: string[] = [];
  const topics: { readonly Name: string; readonly creation: Promise<CreateTopicCommandOutput> }[] = [];
  const creations: Promise<{ readonly url: string }>[] = [];
  let isClosed = false;

  const create = async (QueueName: string, { visibilitySeconds, redrive }: QueueSettings) => {
    const policy = redrive && {
      deadLetterTargetArn: redrive.target.arn,
      maxReceiveCount: redrive.maxReceiveCount,
    };
    const Attributes = {
      VisibilityTimeout: String(visibilitySeconds),
      ...(policy && { RedrivePolicy: JSON.stringify(policy) }),
    };
    const { QueueUrl: url = '' } = await sqs.send(new CreateQueueCommand({ QueueName, Attributes }));
    const get = new GetQueueAttributesCommand({ QueueUrl: url, AttributeNames: ['QueueArn'] });
    const { Attributes: { QueueArn: arn = '' } = {} } = await sqs.send(get);
    return { url, arn };
  };

  return {
    sqs,
    sns,
    ...table,
    ...bucket,
    namePrefix,
    now: Date.now,
    sleep: (ms) => setTimeout(ms),
    async createQueue(settings) {
      if (isClosed) throw new Error('interrupted');
      const name = `${namePrefix}${String(names.length)}`;
      names.push(name);
      const creation = create(name, settings);
      creations.push(creation);
      const address = await creation;
      await setTimeout(settleMs);
      return address;
    },
    async createTopic() {
      if (isClosed) throw new Error('interrupted');
      const Name = `${namePrefix}${String(topics.length)}`;
      const creation = sns.send(new CreateTopicCommand({ Name }));
      topics.push({ Name, creation });
      const { TopicArn = '' } = await creation;
      return TopicArn;
    },
    async close() {
      isClosed = true;
      const created = await Promise.allSettled(creations);
      const urls = new Set(created.flatMap((one) => (one.status === 'fulfilled' ? [one.value.url] : [])));
      // A queue can exist although the answer to its creation was lost.
      if (created.some(({ status }) => status === 'rejected')) {
        const list = sqs.send(new ListQueuesCommand({ QueueNamePrefix: namePrefix, MaxResults: 1000 }));
        const { QueueUrls = [] } = await list.catch(() => ({ QueueUrls: [] }));
        for (const url of QueueUrls) urls.add(url);
      }
      const left: string[] = [];
      const deleteQueue = async (QueueUrl: string) => {
        try {
          await sqs.send(new DeleteQueueCommand({ QueueUrl }), { abortSignal: AbortSignal.timeout(20_000) });
        } catch (error) {
          if (!(error instanceof QueueDoesNotExist)) left.push(QueueUrl.slice(QueueUrl.lastIndexOf('/') + 1));
        }
      };
      const deleteTopic = async ({ Name, creation }: (typeof topics)[number]) => {
        try {
          // A topic can exist although the answer to its creation was lost. A second creation then only returns its ARN.
          const { TopicArn } = await creation.catch(() => sns.send(new CreateTopicCommand({ Name })));
          await sns.send(new DeleteTopicCommand({ TopicArn }), { abortSignal: AbortSignal.timeout(20_000) });
        } catch {
          left.push(Name);
        }
      };
      const others = Promise.all([closeTable(), closeBucket()]);
      await pMap(urls, deleteQueue, { concurrency: 8 });
      await pMap(topics, deleteTopic, { concurrency: 8 });
      left.push(...(await others).flat());
      sqs.destroy();
      sns.destroy();
      return left;
    },
  };
}
