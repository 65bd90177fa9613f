import { ListSubscriptionsByTopicCommand, PublishCommand } from '@aws-sdk/client-sns';
import { describe, expect, it, onTestFinished } from 'vitest';
import { subscribeQueue } from '../../../local/sns/queue-subscription.ts';
import { snsClientOf } from '../../support/deliver.ts';
import { receive, startQueues } from '../../support/queues.ts';

describe('a queue that the local stack subscribes', () => {
  it('gets what passes its filter, once, although an earlier run has subscribed it with another filter', async () => {
    const queues = await startQueues();
    onTestFinished(queues.stop);
    const { topicArn, undeliverable: queue, sqs, server } = queues;
    const sns = snsClientOf(server.port);
    const filterOf = (reason: string) => ({
      FilterPolicy: JSON.stringify({ reason: [reason] }),
      RawMessageDelivery: 'true',
    });
    await subscribeQueue(sns, topicArn, queue.arn, filterOf('rejected'));
    await subscribeQueue(sns, topicArn, queue.arn, filterOf('unregistered'));
    for (const reason of ['rejected', 'unregistered']) {
      const MessageAttributes = { reason: { DataType: 'String', StringValue: reason } };
      await sns.send(new PublishCommand({ TopicArn: topicArn, Message: reason, MessageAttributes }));
    }
    expect((await receive(sqs, queue)).map(({ Body }) => Body)).toEqual(['unregistered']);
    const { Subscriptions = [] } = await sns.send(new ListSubscriptionsByTopicCommand({ TopicArn: topicArn }));
    // One of the tests' own queue is there too.
    expect(Subscriptions).toHaveLength(2);
  });
});
