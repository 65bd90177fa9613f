import { describe, expect, it } from 'vitest';
import { usePackaged } from './packaged.ts';

const packaged = usePackaged('alarms');
const withRecovery = usePackaged('alarmEmail');

describe('the table of the registry', () => {
  const table = (of = packaged) => of().ofType('AWS::DynamoDB::Table')['DevicesTable'];
  const key = (hash: string, range: string) => [
    { AttributeName: hash, KeyType: 'HASH' },
    { AttributeName: range, KeyType: 'RANGE' },
  ];

  it('is billed by request, and deletes what has expired', () => {
    expect(table()).toMatchObject({
      TableName: 'pnm2-relay-prod-devices',
      BillingMode: 'PAY_PER_REQUEST',
      KeySchema: key('account', 'key'),
      TimeToLiveSpecification: { AttributeName: 'expiresAt', Enabled: true },
    });
  });

  it('has indexes of keys alone, so that a report that changes no key writes to none', () => {
    const Projection = { ProjectionType: 'KEYS_ONLY' };
    expect(table()?.['GlobalSecondaryIndexes']).toEqual([
      { IndexName: 'byDevice', KeySchema: key('device', 'account'), Projection },
      { IndexName: 'bySelector', KeySchema: key('selector', 'account'), Projection },
    ]);
  });

  it('is encrypted with the key of DynamoDB, which costs nothing', () => {
    expect(table()).not.toHaveProperty('SSESpecification');
  });

  it('can be restored to a point in time only if a deployment chooses it', () => {
    const recovery = (enabled: boolean | string) => ({
      PointInTimeRecoverySpecification: { PointInTimeRecoveryEnabled: enabled },
    });
    expect(table()).toMatchObject(recovery('false'));
    expect(table(withRecovery)).toMatchObject(recovery('true'));
  });

  it('outlives the stack, unless its creation failed', () => {
    expect(packaged().template.Resources['DevicesTable']).toMatchObject({
      DeletionPolicy: 'RetainExceptOnCreate',
      UpdateReplacePolicy: 'Retain',
    });
  });
});

describe('the queue `prunes` of the registry', () => {
  const queue = { 'Fn::GetAtt': ['PrunesQueue', 'Arn'] };

  it('gets the events of unregistered devices alone, as they are', () => {
    expect(packaged().ofType('AWS::SNS::Subscription')['Prunes']).toEqual({
      TopicArn: { Ref: 'OutcomesTopic' },
      Protocol: 'sqs',
      Endpoint: queue,
      FilterPolicy: { reason: ['unregistered'] },
      RawMessageDelivery: true,
      RedrivePolicy: { deadLetterTargetArn: { 'Fn::GetAtt': ['OutcomesUndeliveredQueue', 'Arn'] } },
    });
    expect(packaged().template.Resources['Prunes']?.DependsOn).toEqual(['PrunesQueuePolicy']);
  });

  it('may be filled by the topic alone, over TLS', () => {
    const ofTopic = { ArnEquals: { 'aws:SourceArn': { Ref: 'OutcomesTopic' } } };
    expect(packaged().ofType('AWS::SQS::QueuePolicy')['PrunesQueuePolicy']).toMatchObject({
      Queues: [{ Ref: 'PrunesQueue' }],
      PolicyDocument: {
        Statement: [
          { Effect: 'Allow', Action: 'sqs:SendMessage', Resource: queue, Condition: ofTopic },
          {
            ...{ Effect: 'Deny', Principal: '*', Action: 'sqs:*', Resource: queue },
            Condition: { Bool: { 'aws:SecureTransport': 'false' } },
          },
        ],
      },
    });
  });
});
