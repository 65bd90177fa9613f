import * as v from 'valibot';
import { describe, expect, it } from 'vitest';
import { deliverSettings, mappingSettings } from '../../shared/settings.ts';
import { eventSourceMappingLimits, queueLimits } from './limits.ts';
import { usePackaged } from './packaged.ts';

const packaged = usePackaged('alarms');
const ofType = (type: string) => packaged().ofType(type);

const queueShape = v.object({ VisibilityTimeout: v.number(), MessageRetentionPeriod: v.number() });
const mappingShape = v.object({
  EventSourceArn: v.object({ 'Fn::GetAtt': v.tuple([v.string(), v.literal('Arn')]) }),
  BatchSize: v.number(),
  MaximumBatchingWindowInSeconds: v.optional(v.number(), 0),
  ScalingConfig: v.object({ MaximumConcurrency: v.number() }),
  FunctionResponseTypes: v.tuple([v.literal('ReportBatchItemFailures')]),
});
/** The event source mappings, by queue. */
const mappings = () =>
  Object.fromEntries(
    Object.values(ofType('AWS::Lambda::EventSourceMapping')).map((properties) => {
      const { EventSourceArn, ...mapping } = v.parse(mappingShape, properties);
      return [EventSourceArn['Fn::GetAtt'][0], mapping];
    }),
  );

/** The largest value that a setting accepts. */
function maximumOf({ expected }: { readonly expected: string }): number {
  return Number(/to (\d+)$/.exec(expected)?.[1]);
}

describe('the queues', () => {
  it('have an event source mapping each, without a window, so that no push waits for others', () => {
    expect(mappings()).toEqual({
      PushesQueue: {
        BatchSize: 10,
        MaximumBatchingWindowInSeconds: 0,
        ScalingConfig: { MaximumConcurrency: 10 },
        FunctionResponseTypes: ['ReportBatchItemFailures'],
      },
      SweepsQueue: {
        BatchSize: 10,
        MaximumBatchingWindowInSeconds: 0,
        ScalingConfig: { MaximumConcurrency: 5 },
        FunctionResponseTypes: ['ReportBatchItemFailures'],
      },
      PrunesQueue: {
        BatchSize: 10,
        MaximumBatchingWindowInSeconds: 0,
        ScalingConfig: { MaximumConcurrency: 2 },
        FunctionResponseTypes: ['ReportBatchItemFailures'],
      },
    });
  });

  it('hide a batch for longer than its function can take, with the longest window that a deployment can choose', () => {
    const { visibilityTimeoutsPerFunctionTimeout } = eventSourceMappingLimits;
    const deliver = v.parse(
      v.object({ Timeout: v.number() }),
      ofType('AWS::Lambda::Function')['DeliverLambdaFunction'],
    );
    for (const queue of ['PushesQueue', 'SweepsQueue']) {
      const { VisibilityTimeout } = v.parse(queueShape, ofType('AWS::SQS::Queue')[queue]);
      for (const window of [mappingSettings.batchWindowSeconds, mappingSettings.sweepBatchWindowSeconds]) {
        expect(VisibilityTimeout).toBeGreaterThanOrEqual(
          visibilityTimeoutsPerFunctionTimeout * deliver.Timeout + maximumOf(window),
        );
      }
      expect(VisibilityTimeout).toBeLessThanOrEqual(queueLimits.visibilityTimeoutSeconds);
    }
  });

  it('keep a push for longer than the longest lifetime, and a dead letter for longer still', () => {
    const deadLetters = v.parse(
      v.object({ MessageRetentionPeriod: v.number() }),
      ofType('AWS::SQS::Queue')['UndeliverableQueue'],
    );
    for (const queue of ['PushesQueue', 'SweepsQueue']) {
      const { MessageRetentionPeriod } = v.parse(queueShape, ofType('AWS::SQS::Queue')[queue]);
      expect(maximumOf(deliverSettings.lifetimeSeconds)).toBeLessThan(MessageRetentionPeriod);
      expect(deadLetters.MessageRetentionPeriod).toBeGreaterThan(MessageRetentionPeriod);
    }
    expect(deadLetters.MessageRetentionPeriod).toBeLessThanOrEqual(queueLimits.retentionSeconds);
  });

  it('let `deliver` give a push up with a reason, long before SQS moves it without one', () => {
    const shape = v.object({ RedrivePolicy: v.object({ maxReceiveCount: v.number() }) });
    for (const queue of ['PushesQueue', 'SweepsQueue']) {
      const { RedrivePolicy } = v.parse(shape, ofType('AWS::SQS::Queue')[queue]);
      expect(RedrivePolicy.maxReceiveCount - maximumOf(deliverSettings.maxReceiveCount)).toBeGreaterThanOrEqual(100);
    }
  });

  it('have the same visibility, retention and redrive policy for pushes and for sweeps', () => {
    const { PushesQueue, SweepsQueue } = ofType('AWS::SQS::Queue');
    expect(SweepsQueue).toEqual({ ...PushesQueue, QueueName: 'pnm2-relay-prod-sweeps' });
  });

  it('are encrypted, and refuse requests without TLS', () => {
    const queues = ofType('AWS::SQS::Queue');
    for (const properties of Object.values(queues)) expect(properties).toMatchObject({ SqsManagedSseEnabled: true });
    // The topic may send to these two, so each has a policy of its own.
    const ofTopic = ['OutcomesUndeliveredQueue', 'PrunesQueue'];
    const names = Object.keys(queues).filter((name) => !ofTopic.includes(name));
    expect([ofType('AWS::SQS::QueuePolicy')['QueuesOverTlsOnly']]).toMatchObject([
      {
        Queues: names.map((Ref) => ({ Ref })),
        PolicyDocument: {
          Statement: [
            { Effect: 'Deny', Principal: '*', Resource: '*', Condition: { Bool: { 'aws:SecureTransport': 'false' } } },
          ],
        },
      },
    ]);
  });
});
