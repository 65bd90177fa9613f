import { describe, expect, it } from 'vitest';
import { usePackaged } from './packaged.ts';

const packaged = usePackaged('alarms');
const withEmail = usePackaged('alarmEmail');
const alarms = () => packaged().ofType('AWS::CloudWatch::Alarm');

describe('the topic of the alarms', () => {
  it('accepts messages from CloudWatch about this stack, over TLS', () => {
    expect([packaged().ofType('AWS::SNS::TopicPolicy')['AlarmTopicPolicy']]).toMatchObject([
      {
        Topics: [{ Ref: 'AlarmTopic' }],
        PolicyDocument: {
          Statement: [
            {
              Effect: 'Allow',
              Principal: { Service: 'cloudwatch.amazonaws.com' },
              Action: 'sns:Publish',
              Resource: { Ref: 'AlarmTopic' },
              Condition: {
                StringEquals: { 'aws:SourceAccount': { Ref: 'AWS::AccountId' } },
                ArnLike: {
                  'aws:SourceArn': {
                    'Fn::Sub':
                      'arn:${AWS::Partition}:cloudwatch:${AWS::Region}:${AWS::AccountId}:alarm:pnm2-relay-prod-*',
                  },
                },
              },
            },
            {
              Effect: 'Deny',
              Principal: '*',
              Action: 'sns:Publish',
              Resource: { Ref: 'AlarmTopic' },
              Condition: { Bool: { 'aws:SecureTransport': 'false' } },
            },
          ],
        },
      },
    ]);
  });

  it('is encrypted with the given key, or with none', () => {
    expect(packaged().ofType('AWS::SNS::Topic')).toMatchObject({
      AlarmTopic: {
        KmsMasterKeyId: {
          'Fn::If': ['AlarmTopicKeyGiven', 'arn:aws:kms:eu-central-1:1:key/k', { Ref: 'AWS::NoValue' }],
        },
      },
    });
    expect(packaged().template.Conditions['AlarmTopicKeyGiven']).toEqual({
      'Fn::Not': [{ 'Fn::Equals': ['arn:aws:kms:eu-central-1:1:key/k', ''] }],
    });
  });

  it('has no subscription without an address', () => {
    expect(packaged().ofType('AWS::SNS::Subscription')['AlarmEmail']).toBeUndefined();
  });

  it('has a subscription for an address, which alone switches the alarms on', () => {
    expect(withEmail().ofType('AWS::SNS::Subscription')).toMatchObject({
      AlarmEmail: { TopicArn: { Ref: 'AlarmTopic' }, Protocol: 'email', Endpoint: 'ops@example.com' },
    });
    expect(Object.keys(withEmail().ofType('AWS::CloudWatch::Alarm'))).toEqual(
      expect.arrayContaining(Object.keys(alarms())),
    );
    expect(withEmail().outputs()).toContain('AlarmTopicArn');
  });
});
