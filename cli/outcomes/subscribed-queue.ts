import {
  ListSubscriptionsByTopicCommand,
  SNSServiceException,
  SubscribeCommand,
  UnsubscribeCommand,
} from '@aws-sdk/client-sns';
import {
  CreateQueueCommand,
  DeleteQueueCommand,
  ListQueuesCommand,
  ListQueueTagsCommand,
  QueueDoesNotExist,
  TagQueueCommand,
} from '@aws-sdk/client-sqs';
import { randomUUID } from 'node:crypto';
import type { FilterPolicy } from '../../shared/outcomes/filter.ts';
import type { OutcomesTopic } from './connection.ts';

/** The tag of a queue that says when its command was last alive, in ISO 8601. */
const aliveTag = 'aliveAt';
const aliveEveryMs = 10 * 60_000;
/** After this time without a sign of life, the command was killed, and another one removes its queue. */
const abandonedAfterMs = 60 * 60_000;

/** Of events that nobody reads, SQS keeps no more than those of this time. */
const retentionSeconds = 300;

interface TemporaryQueue {
  readonly name: string;
  readonly url: string;
  /** Absent if it is unknown. */
  readonly subscriptionArn?: string | undefined;
}

/**
 * Subscribes a queue of its own to the topic, runs `work` on it, and removes both, however `work` ends. What cannot be
 * removed is reported.
 * @param work gets the URL of the queue.
 */
export async function onSubscribedQueue<T>(
  topic: OutcomesTopic,
  policy: FilterPolicy,
  work: (queueUrl: string) => Promise<T>,
): Promise<T> {
  const { sqs, sns, topicArn, context } = topic;
  const name = `${queuePrefix(topicArn)}${randomUUID().slice(0, 8)}`;
  const tagNow = () => ({ [aliveTag]: new Date(context.now()).toISOString() });
  const { QueueUrl: url = '' } = await sqs.send(
    new CreateQueueCommand({
      QueueName: name,
      Attributes: {
        MessageRetentionPeriod: String(retentionSeconds),
        SqsManagedSseEnabled: 'true',
        Policy: JSON.stringify(queuePolicy(topicArn, name)),
      },
      tags: tagNow(),
    }),
  );
  let subscriptionArn: string | undefined;
  // If this fails, the next time is soon enough.
  const signOfLife = setInterval(() => {
    sqs.send(new TagQueueCommand({ QueueUrl: url, Tags: tagNow() })).catch(() => undefined);
  }, aliveEveryMs);
  try {
    const subscribed = await sns.send(
      new SubscribeCommand({
        TopicArn: topicArn,
        Protocol: 'sqs',
        Endpoint: queueArn(topicArn, name),
        ReturnSubscriptionArn: true,
        Attributes: {
          RawMessageDelivery: 'true',
          ...(Object.keys(policy).length > 0 && { FilterPolicy: JSON.stringify(policy) }),
        },
      }),
    );
    subscriptionArn = subscribed.SubscriptionArn;
    return await work(url);
  } finally {
    clearInterval(signOfLife);
    await removeQueue(topic, { name, url, subscriptionArn }).catch((error: unknown) => {
      context.stderr.write(
        `The queue ${name} could not be removed (${messageOf(error)}). Another tail removes it, an hour from now or later.\n`,
      );
    });
  }
}

/** Removes the queues of commands that were killed. If that fails, it says so: nothing depends on it. */
export async function removeAbandonedQueues(topic: OutcomesTopic): Promise<void> {
  const { sqs, topicArn, context } = topic;
  try {
    const { QueueUrls: urls = [] } = await sqs.send(new ListQueuesCommand({ QueueNamePrefix: queuePrefix(topicArn) }));
    for (const url of urls) {
      const { Tags: tags = {} } = await sqs.send(new ListQueueTagsCommand({ QueueUrl: url }));
      // A queue without the tag is no queue of this command. The comparison is false for a tag that is no time.
      if (!(context.now() - Date.parse(tags[aliveTag] ?? '') > abandonedAfterMs)) continue;
      const name = url.slice(url.lastIndexOf('/') + 1);
      await removeQueue(topic, { name, url });
      context.stderr.write(`Removed ${name}, the queue of a tail that was killed.\n`);
    }
  } catch (error) {
    context.stderr.write(`Could not look for the queues of tails that were killed: ${messageOf(error)}\n`);
  }
}

/** The subscription goes first: without its queue, it would not be found again. */
async function removeQueue({ sqs, sns, topicArn }: OutcomesTopic, queue: TemporaryQueue): Promise<void> {
  // If SNS refuses to look for it, it has most likely refused the subscription, too.
  const find = () => findSubscription(sns, topicArn, queue.name).catch(ignoreRefusal);
  const SubscriptionArn = queue.subscriptionArn ?? (await find());
  if (SubscriptionArn !== undefined) await sns.send(new UnsubscribeCommand({ SubscriptionArn }));
  await sqs.send(new DeleteQueueCommand({ QueueUrl: queue.url })).catch((error: unknown) => {
    if (!(error instanceof QueueDoesNotExist)) throw error;
  });
}

function ignoreRefusal(error: unknown): undefined {
  if (!(error instanceof SNSServiceException && error.$fault === 'client')) throw error;
}

async function findSubscription(
  sns: OutcomesTopic['sns'],
  topicArn: string,
  name: string,
): Promise<string | undefined> {
  let nextToken: string | undefined;
  do {
    const page = await sns.send(new ListSubscriptionsByTopicCommand({ TopicArn: topicArn, NextToken: nextToken }));
    const found = page.Subscriptions?.find(({ Endpoint: endpoint }) => endpoint === queueArn(topicArn, name));
    if (found !== undefined) return found.SubscriptionArn;
    nextToken = page.NextToken;
  } while (nextToken !== undefined);
  return undefined;
}

const nameOf = (topicArn: string) => topicArn.slice(topicArn.lastIndexOf(':') + 1);

/** The name of a queue has at most 80 characters. */
const queuePrefix = (topicArn: string) => `${nameOf(topicArn).slice(0, 60)}-tail-`;

/** The queue is in the account and the region of the topic. */
const queueArn = (topicArn: string, name: string) => topicArn.replace(':sns:', ':sqs:').replace(/:[^:]*$/, `:${name}`);

/** Lets this topic, and nobody else, send to the queue. */
function queuePolicy(topicArn: string, name: string) {
  return {
    Version: '2012-10-17',
    Statement: [
      {
        Effect: 'Allow',
        Principal: { Service: 'sns.amazonaws.com' },
        Action: 'sqs:SendMessage',
        Resource: queueArn(topicArn, name),
        Condition: { ArnEquals: { 'aws:SourceArn': topicArn } },
      },
      {
        Effect: 'Deny',
        Principal: '*',
        Action: 'sqs:*',
        Resource: queueArn(topicArn, name),
        Condition: { Bool: { 'aws:SecureTransport': 'false' } },
      },
    ],
  };
}

function messageOf(error: unknown): string {
  return error instanceof Error ? `${error.name}: ${error.message}` : String(error);
}
