import { describe, expect, it } from 'vitest';
import { usePackaged } from './packaged.ts';

const packaged = usePackaged('alarms');
const bare = usePackaged('bare');

describe('the topic of the outcomes', () => {
  it('takes events over TLS only', () => {
    expect(packaged().ofType('AWS::SNS::TopicPolicy')['OutcomesTopicPolicy']).toMatchObject({
      Topics: [{ Ref: 'OutcomesTopic' }],
      PolicyDocument: {
        Statement: [
          {
            Effect: 'Deny',
            Principal: '*',
            Action: 'sns:Publish',
            Resource: { Ref: 'OutcomesTopic' },
            Condition: { Bool: { 'aws:SecureTransport': 'false' } },
          },
        ],
      },
    });
  });

  it('is encrypted with the given key, or with none', () => {
    const { OutcomesTopic } = packaged().ofType('AWS::SNS::Topic');
    const key = 'arn:aws:kms:eu-central-1:123456789012:key/o';
    expect(OutcomesTopic).toMatchObject({
      KmsMasterKeyId: { 'Fn::If': ['OutcomesTopicKeyGiven', key, { Ref: 'AWS::NoValue' }] },
    });
    const given = (text: string) => ({ 'Fn::Not': [{ 'Fn::Equals': [text, ''] }] });
    expect(packaged().template.Conditions['OutcomesTopicKeyGiven']).toEqual(given(key));
    expect(bare().template.Conditions['OutcomesTopicKeyGiven']).toEqual(given(''));
  });

  it('signs with SHA-256', () => {
    expect(packaged().ofType('AWS::SNS::Topic')).toMatchObject({ OutcomesTopic: { SignatureVersion: '2' } });
  });

  it('is an output, for subscribers of your own', () => {
    expect(bare().outputs()).toEqual(expect.arrayContaining(['OutcomesTopicArn', 'OutcomesUndeliveredUrl']));
  });
});

describe('the subscribers of the outcomes', () => {
  it('are absent unless they are given, except for the queue `prunes` of the registry', () => {
    expect(Object.keys(bare().ofType('AWS::SNS::Subscription'))).toEqual(['Prunes']);
  });

  it('are given by parameters, each with its filter and with a queue for what it does not take', () => {
    const subscription = {
      TopicArn: { Ref: 'OutcomesTopic' },
      RedrivePolicy: { deadLetterTargetArn: { 'Fn::GetAtt': ['OutcomesUndeliveredQueue', 'Arn'] } },
    };
    expect(packaged().ofType('AWS::SNS::Subscription')).toEqual({
      Prunes: expect.anything() as unknown,
      OutcomesEmail: {
        ...subscription,
        Protocol: 'email',
        Endpoint: 'crm@example.com',
        FilterPolicy: { Ref: 'AWS::NoValue' },
      },
      OutcomesUrl: {
        ...subscription,
        Protocol: 'https',
        Endpoint: 'https://crm.example.com/hook',
        FilterPolicy: { reason: ['unregistered'], client: ['crm', 'backend'] },
        DeliveryPolicy: {
          healthyRetryPolicy: {
            ...{ minDelayTarget: 10, maxDelayTarget: 300, numRetries: 12 },
            backoffFunction: 'exponential',
          },
        },
      },
      OutcomesQueue: {
        ...subscription,
        Protocol: 'sqs',
        Endpoint: 'arn:aws:sqs:eu-central-1:123456789012:crm',
        FilterPolicy: { queue: ['sweeps'] },
        RawMessageDelivery: true,
      },
    });
  });

  it('leave what they do not take on a queue that only this topic may fill, over TLS', () => {
    expect(packaged().ofType('AWS::SQS::Queue')['OutcomesUndeliveredQueue']).toEqual({
      QueueName: 'pnm2-relay-prod-outcomes-undelivered',
      SqsManagedSseEnabled: true,
      MessageRetentionPeriod: 1_209_600,
    });
    const queue = { 'Fn::GetAtt': ['OutcomesUndeliveredQueue', 'Arn'] };
    expect(packaged().ofType('AWS::SQS::QueuePolicy')['OutcomesUndeliveredQueuePolicy']).toMatchObject({
      Queues: [{ Ref: 'OutcomesUndeliveredQueue' }],
      PolicyDocument: {
        Statement: [
          {
            Effect: 'Allow',
            Principal: { Service: 'sns.amazonaws.com' },
            Action: 'sqs:SendMessage',
            Resource: queue,
            Condition: { ArnEquals: { 'aws:SourceArn': { Ref: 'OutcomesTopic' } } },
          },
          {
            Effect: 'Deny',
            Principal: '*',
            Resource: queue,
            Condition: { Bool: { 'aws:SecureTransport': 'false' } },
          },
        ],
      },
    });
  });
});
