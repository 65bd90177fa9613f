import { describe, expect, it } from 'vitest';
import { usePackaged } from './packaged.ts';

const packaged = usePackaged('alarms');

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
});
