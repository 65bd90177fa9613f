import {
  ListSubscriptionsByTopicCommand,
  SubscribeCommand,
  UnsubscribeCommand,
  type SNSClient,
} from '@aws-sdk/client-sns';

/** Subscribes a queue to a topic. A subscription that an earlier run has left in `DATA_DIR` may have other attributes. */
export async function subscribeQueue(
  sns: SNSClient,
  topicArn: string,
  queueArn: string,
  Attributes: Readonly<Record<string, string>>,
): Promise<void> {
  await unsubscribeQueue(sns, topicArn, queueArn.slice(queueArn.lastIndexOf(':') + 1));
  await sns.send(new SubscribeCommand({ TopicArn: topicArn, Protocol: 'sqs', Endpoint: queueArn, Attributes }));
}

/** Removes the subscriptions of a queue. */
export async function unsubscribeQueue(sns: SNSClient, topicArn: string, queueName: string): Promise<void> {
  const { Subscriptions = [] } = await sns.send(new ListSubscriptionsByTopicCommand({ TopicArn: topicArn }));
  for (const { Endpoint, SubscriptionArn } of Subscriptions) {
    if (Endpoint?.endsWith(`:${queueName}`)) await sns.send(new UnsubscribeCommand({ SubscriptionArn }));
  }
}
