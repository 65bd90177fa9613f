import * as v from 'valibot';
import { those, type AwsRule } from './aws-rule.ts';
import type { Template } from './packaged.ts';
import { all, permits, reference } from './resources.ts';

const snsGuide = 'https://docs.aws.amazon.com/sns/latest/dg';
const cloudWatchGuide = 'https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring';

function isOfStack(template: Template, queue: string): boolean {
  return all(template, 'AWS::SQS::Queue').some(([name]) => name === queue);
}

/** Whether the policy of a queue permits SNS to send for a topic. */
function mayFill(template: Template, topic: string, queue: string): boolean {
  return all(template, 'AWS::SQS::QueuePolicy')
    .filter(([, { Queues }]) => Queues.includes(queue))
    .flatMap(([, { PolicyDocument }]) => PolicyDocument.Statement)
    .some(({ Effect, Action, Principal, Condition }) => {
      const source = Condition['ArnEquals']?.['aws:SourceArn'];
      return (
        Effect === 'Allow' &&
        Action.includes('sqs:SendMessage') &&
        typeof Principal === 'object' &&
        Principal['Service'] === 'sns.amazonaws.com' &&
        v.is(reference, source) &&
        v.parse(reference, source) === topic
      );
    });
}

/** The rules of topics and their subscribers. */
export const topicRules: readonly AwsRule[] = [
  {
    says: 'the topic of an alarm permits CloudWatch to publish, for this account',
    source: `${cloudWatchGuide}/Notify_Users_Alarm_Changes.html`,
    breaches: those('AWS::CloudWatch::Alarm', ({ AlarmActions }, template) =>
      AlarmActions.some((topic) =>
        all(template, 'AWS::SNS::TopicPolicy')
          .filter(([, { Topics }]) => Topics.includes(topic))
          .flatMap(([, { PolicyDocument }]) => PolicyDocument.Statement)
          .every(
            ({ Effect, Action, Principal, Condition }) =>
              Effect !== 'Allow' ||
              !Action.includes('sns:Publish') ||
              typeof Principal !== 'object' ||
              Principal['Service'] !== 'cloudwatch.amazonaws.com' ||
              Condition['StringEquals']?.['aws:SourceAccount'] === undefined,
          ),
      ),
    ),
  },
  {
    says: "the topic of alarms does not use SNS's own key, which CloudWatch cannot use",
    source: `${cloudWatchGuide}/Notify_Users_Alarm_Changes.html`,
    breaches: those('AWS::SNS::Topic', ({ KmsMasterKeyId }) => KmsMasterKeyId?.includes('alias/aws/sns') === true),
  },
  {
    says: 'a filter has up to 5 attributes, and up to 150 combinations of values',
    source: `${snsGuide}/subscription-filter-policy-constraints.html`,
    breaches: those('AWS::SNS::Subscription', ({ FilterPolicy }) => {
      const sizes = Object.values(FilterPolicy).map(({ length }) => length);
      const combinations = sizes.reduce((product, size) => product * size, 1);
      return sizes.length > 5 || combinations < 1 || combinations > 150;
    }),
  },
  {
    says: 'what a subscriber does not take goes to a standard queue, whose policy permits SNS to send for this topic',
    source: `${snsGuide}/sns-configure-dead-letter-queue.html`,
    breaches: those('AWS::SNS::Subscription', ({ TopicArn, RedrivePolicy }, template) => {
      if (RedrivePolicy === undefined) return false;
      const queue = RedrivePolicy.deadLetterTargetArn;
      return !isOfStack(template, queue) || !mayFill(template, TopicArn, queue);
    }),
  },
  {
    says: 'a queue of the stack that subscribes has a policy that permits SNS to send to it',
    source: `${snsGuide}/subscribe-sqs-queue-to-sns-topic.html`,
    breaches: those('AWS::SNS::Subscription', ({ TopicArn, Endpoint }, template) => {
      return isOfStack(template, Endpoint) && !mayFill(template, TopicArn, Endpoint);
    }),
  },
  {
    says: 'the retries of an https subscriber take an hour at the most, and no other subscriber has any of its own',
    source: `${snsGuide}/sns-message-delivery-retries.html`,
    breaches: those('AWS::SNS::Subscription', ({ Protocol, DeliveryPolicy }) => {
      if (DeliveryPolicy === undefined) return false;
      const { minDelayTarget, maxDelayTarget, numRetries } = DeliveryPolicy.healthyRetryPolicy;
      return Protocol !== 'https' || minDelayTarget > maxDelayTarget || numRetries * maxDelayTarget > 3600;
    }),
  },
  {
    says: 'only a queue or an address gets events without their envelope',
    source: `${snsGuide}/sns-large-payload-raw-message-delivery.html`,
    breaches: those('AWS::SNS::Subscription', ({ Protocol, RawMessageDelivery }) => {
      return RawMessageDelivery && !['sqs', 'https', 'http', 'firehose'].includes(Protocol);
    }),
  },
  {
    says: 'the role of a function that publishes on a topic with a key may use this key',
    source: `${snsGuide}/sns-key-management.html`,
    breaches: (template) =>
      all(template, 'AWS::SNS::Topic')
        .filter(([name, { KmsMasterKeyId }]) => {
          if (KmsMasterKeyId === undefined) return false;
          return all(template, 'AWS::IAM::Role').some(
            ([role]) =>
              permits(template, role, 'sns:Publish', name) &&
              ['kms:GenerateDataKey', 'kms:Decrypt'].some((action) => !permits(template, role, action, KmsMasterKeyId)),
          );
        })
        .map(([name]) => name),
  },
];
