import * as v from 'valibot';
import { describe, expect, it } from 'vitest';
import { bucketOf, mappingsOf, queuesOf, schedulesOf, subscriptionsOf, templateShape } from '../../local/template.ts';

const arn = (name: string) => ({ 'Fn::GetAtt': [name, 'Arn'] });
const schedule = (properties: object = {}) => ({
  Type: 'AWS::Scheduler::Schedule',
  Properties: {
    ScheduleExpression: 'cron(0/5 * * * ? *)',
    Target: { Arn: arn('SweepLambdaFunction'), Input: '{}' },
    ...properties,
  },
});
const queue = (Properties: object) => ({ Type: 'AWS::SQS::Queue', Properties });
const mapping = { arn: arn('SweepsQueue'), functionResponseType: 'ReportBatchItemFailures' };
const templateWith = (Resources: object) =>
  v.parse(templateShape, {
    functions: {
      deliver: { name: 'relay-local-deliver', events: [{ sqs: { ...mapping, maximumBatchingWindow: '1' } }] },
      sweep: {
        name: 'relay-local-sweep',
        events: [{ schedule: 'rate(1 day)' }],
        environment: { SWEEPS_BUCKET: 'sweeps', TICK_MINUTES: 5 },
      },
    },
    resources: { Resources },
  });

describe('the local stack reads serverless.yml', () => {
  it('finds each schedule and the function that it invokes', () => {
    expect(schedulesOf(templateWith({ Clock: schedule(), Other: { Type: 'AWS::SQS::Queue' } }))).toEqual([
      { functionName: 'relay-local-sweep', everyMinutes: 5, input: '{}' },
    ]);
  });

  it('refuses a schedule that it cannot run', () => {
    const rate = schedule({ ScheduleExpression: 'rate(5 minutes)' });
    expect(() => schedulesOf(templateWith({ Clock: rate }))).toThrow('cron(0/N * * * ? *)');
    const target = schedule({ Target: { Arn: arn('NoneLambdaFunction'), Input: '{}' } });
    expect(() => schedulesOf(templateWith({ Clock: target }))).toThrow('NoneLambdaFunction');
  });

  it('finds the bucket in the environment of the functions', () => {
    expect(bucketOf(templateWith({}))).toBe('sweeps');
  });

  it('finds each mapping, with its window and the defaults of Lambda', () => {
    expect(mappingsOf(templateWith({}))).toEqual([
      {
        functionName: 'relay-local-deliver',
        arn: 'SweepsQueue',
        batchSize: 10,
        maximumBatchingWindow: 1,
        maximumConcurrency: 5,
        functionResponseType: 'ReportBatchItemFailures',
      },
    ]);
  });

  it('finds the queues that subscribe to the topic, without the subscribers that a deployment chooses', () => {
    const subscription = (properties: object, others: object = {}) => ({
      Type: 'AWS::SNS::Subscription',
      Properties: { Protocol: 'sqs', RawMessageDelivery: true, FilterPolicy: { reason: ['rejected'] }, ...properties },
      ...others,
    });
    const chosen = subscription({ Endpoint: 'arn:aws:sqs:::crm' }, { Condition: 'OutcomesQueueGiven' });
    const own = subscription({ Endpoint: arn('Prunes') });
    expect(subscriptionsOf(templateWith({ chosen, own, other: queue({}) }))).toEqual([
      { queue: 'Prunes', filter: { reason: ['rejected'] } },
    ]);
    const enveloped = subscription({ Endpoint: arn('Prunes'), RawMessageDelivery: false });
    expect(() => subscriptionsOf(templateWith({ enveloped }))).toThrow('Expected true');
  });

  it('finds each queue, with the defaults of SQS', () => {
    const RedrivePolicy = { deadLetterTargetArn: arn('Dead'), maxReceiveCount: '3' };
    const queues = { Pushes: queue({ QueueName: 'pushes', RedrivePolicy }), Dead: queue({ QueueName: 'dead' }) };
    const defaults = { VisibilityTimeout: 30, MessageRetentionPeriod: 345_600 };
    expect(queuesOf(templateWith({ ...queues, Other: { Type: 'AWS::SNS::Topic' } }))).toEqual([
      {
        ...{ logicalId: 'Pushes', QueueName: 'pushes', ...defaults },
        RedrivePolicy: { deadLetterTargetArn: 'Dead', maxReceiveCount: 3 },
      },
      { logicalId: 'Dead', QueueName: 'dead', ...defaults },
    ]);
  });
});
