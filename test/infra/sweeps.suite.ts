import { describe, expect, it } from 'vitest';
import { maxWindowMs } from '../../shared/sweeps/plan.ts';
import { usePackaged } from './packaged.ts';

const packaged = usePackaged('alarms');
const ofType = (type: string) => packaged().ofType(type);

/** A run reads its snapshot for as long as its window. */
const snapshotDays = Math.ceil(maxWindowMs / 86_400_000) + 4;

describe('the schedule of sweeps', () => {
  const missedTicks = { 'Fn::GetAtt': ['MissedTicksQueue', 'Arn'] };

  it('ticks by the clock, retries a tick for ten minutes, and keeps one that failed', () => {
    expect(ofType('AWS::Scheduler::Schedule')).toEqual({
      SweepSchedule: {
        Name: 'pnm2-relay-prod-sweep',
        Description: expect.any(String) as string,
        ScheduleExpression: 'cron(0/15 * * * ? *)',
        FlexibleTimeWindow: { Mode: 'OFF' },
        State: 'ENABLED',
        Target: {
          Arn: { 'Fn::GetAtt': ['SweepLambdaFunction', 'Arn'] },
          RoleArn: { 'Fn::GetAtt': ['SweepScheduleRole', 'Arn'] },
          Input: '{"scheduledTime":"<aws.scheduler.scheduled-time>"}',
          RetryPolicy: { MaximumRetryAttempts: 3, MaximumEventAgeInSeconds: 600 },
          DeadLetterConfig: { Arn: missedTicks },
        },
      },
    });
  });

  it('keeps a tick that failed inside the function, which Scheduler does not see', () => {
    expect(Object.values(ofType('AWS::Lambda::EventInvokeConfig'))).toMatchObject([
      {
        FunctionName: { Ref: 'SweepLambdaFunction' },
        MaximumEventAgeInSeconds: 600,
        MaximumRetryAttempts: 2,
        DestinationConfig: { OnFailure: { Destination: missedTicks } },
      },
    ]);
  });
});

describe('the bucket of sweeps', () => {
  it('is encrypted and private, and keeps no old versions of a device list', () => {
    expect(ofType('AWS::S3::Bucket')['SweepsBucket']).toEqual({
      BucketEncryption: {
        ServerSideEncryptionConfiguration: [{ ServerSideEncryptionByDefault: { SSEAlgorithm: 'AES256' } }],
      },
      PublicAccessBlockConfiguration: {
        BlockPublicAcls: true,
        BlockPublicPolicy: true,
        IgnorePublicAcls: true,
        RestrictPublicBuckets: true,
      },
      OwnershipControls: { Rules: [{ ObjectOwnership: 'BucketOwnerEnforced' }] },
      LifecycleConfiguration: {
        Rules: [
          { Id: 'unfinished-uploads', Status: 'Enabled', AbortIncompleteMultipartUpload: { DaysAfterInitiation: 1 } },
          { Id: 'left-snapshots', Status: 'Enabled', Prefix: 'snapshots/', ExpirationInDays: snapshotDays },
        ],
      },
    });
  });

  it('refuses requests without TLS', () => {
    expect(ofType('AWS::S3::BucketPolicy')['SweepsBucketOverTlsOnly']).toMatchObject({
      Bucket: { Ref: 'SweepsBucket' },
      PolicyDocument: {
        Statement: [
          {
            Effect: 'Deny',
            Principal: '*',
            Action: 's3:*',
            Resource: [{ 'Fn::GetAtt': ['SweepsBucket', 'Arn'] }, { 'Fn::Sub': '${SweepsBucket.Arn}/*' }],
            Condition: { Bool: { 'aws:SecureTransport': 'false' } },
          },
        ],
      },
    });
  });
});
