import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import * as v from 'valibot';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { faultsOfMappings } from '../../scripts/mapping-faults.ts';
import { readAcceptConfiguration } from '../../functions/accept/config.ts';
import { readDeliverConfiguration } from '../../functions/deliver/config.ts';
import { readSweepConfiguration } from '../../functions/sweep/config.ts';
import { eventSourceMappingLimits, httpApiLimits, lambdaLimits, sqsLimits } from '../../shared/aws/limits.ts';
import { packageStack, type Packaged } from './packaged.ts';

let packaged: Packaged;
beforeAll(async () => {
  packaged = await packageStack();
});
afterAll(() => packaged.remove());

const ofType = (type: string) => packaged.ofType(type);

const functionShape = v.object({
  Runtime: v.string(),
  Architectures: v.array(v.string()),
  Timeout: v.number(),
  Role: v.unknown(),
  Environment: v.object({ Variables: v.record(v.string(), v.union([v.string(), v.record(v.string(), v.unknown())])) }),
});
const functionOf = (name: string) => v.parse(functionShape, packaged.template.Resources[name]?.Properties);

/** What a function's environment is once the stack stands: a reference becomes a bucket's name or a queue's URL. */
const environmentOf = (name: string) =>
  Object.fromEntries(
    Object.entries(functionOf(name).Environment.Variables).map(([variable, value]) => [
      variable,
      typeof value === 'string'
        ? value
        : value['Ref'] === 'SweepsBucket'
          ? 'bucket'
          : 'https://sqs.us-east-1.amazonaws.com/123456789012/queue',
    ]),
  );

const mappingShape = v.object({
  EventSourceArn: v.object({ 'Fn::GetAtt': v.tuple([v.string(), v.literal('Arn')]) }),
  BatchSize: v.number(),
  MaximumBatchingWindowInSeconds: v.optional(v.number(), 0),
  ScalingConfig: v.object({ MaximumConcurrency: v.number() }),
  FunctionResponseTypes: v.tuple([v.literal('ReportBatchItemFailures')]),
});
/** The mappings by their queues' queues. */
const mappings = () =>
  Object.fromEntries(
    Object.values(ofType('AWS::Lambda::EventSourceMapping')).map((properties) => {
      const { EventSourceArn, ...mapping } = v.parse(mappingShape, properties);
      return [EventSourceArn['Fn::GetAtt'][0], mapping];
    }),
  );

describe('the packaged template', () => {
  it('gives each function an environment that it can read', () => {
    expect(readAcceptConfiguration(environmentOf('AcceptLambdaFunction'))).toBeDefined();
    expect(readDeliverConfiguration(environmentOf('DeliverLambdaFunction'))).toMatchObject({
      gateway: { url: new URL('https://pnm.cloudsoftphone.com/pnm2') },
      queues: [{ name: 'pushes' }, { name: 'sweeps' }],
    });
    expect(readSweepConfiguration(environmentOf('SweepLambdaFunction'))).toMatchObject({ tickMs: 900_000, speed: 1 });
  });

  it('tells each function its stage, and the door its keys', () => {
    expect(environmentOf('AcceptLambdaFunction')).toMatchObject({ STAGE: 'dev', API_KEYS: '', OPEN_INTAKE: 'false' });
    expect(environmentOf('DeliverLambdaFunction')).toMatchObject({ STAGE: 'dev' });
    expect(environmentOf('SweepLambdaFunction')).toMatchObject({ STAGE: 'dev', SWEEPS_BUCKET: 'bucket' });
  });

  it('opens the door of the local stack, and of no other', async () => {
    const local = await packageStack('--stage', 'local');
    const { Environment } = v.parse(functionShape, local.template.Resources['AcceptLambdaFunction']?.Properties);
    await local.remove();
    expect(Environment.Variables).toMatchObject({ STAGE: 'local', OPEN_INTAKE: 'true' });
  });

  it('runs the functions on Node 24 and arm64, each with a role of its own', () => {
    const functions = Object.keys(ofType('AWS::Lambda::Function')).map(functionOf);
    expect(functions).toHaveLength(3);
    for (const { Runtime, Architectures } of functions) {
      expect({ Runtime, Architectures }).toEqual({ Runtime: 'nodejs24.x', Architectures: ['arm64'] });
    }
    expect(new Set(functions.map(({ Role }) => JSON.stringify(Role))).size).toBe(functions.length);
  });

  it('keeps within the limits of the platform', () => {
    const accept = functionOf('AcceptLambdaFunction');
    const deliver = functionOf('DeliverLambdaFunction');
    const deadLetters = v.parse(
      v.object({ MessageRetentionPeriod: v.number() }),
      ofType('AWS::SQS::Queue')['UndeliverableQueue'],
    );
    const { startReserveMs, policy } = readDeliverConfiguration(environmentOf('DeliverLambdaFunction'));
    const { visibilityTimeoutsPerFunctionTimeout, batchRecords, batchRecordsWithoutWindow } = eventSourceMappingLimits;
    expect(Object.keys(mappings())).toEqual(['PushesQueue', 'SweepsQueue']);
    for (const [logicalId, mapping] of Object.entries(mappings())) {
      const queue = v.parse(
        v.object({ VisibilityTimeout: v.number(), MessageRetentionPeriod: v.number() }),
        ofType('AWS::SQS::Queue')[logicalId],
      );
      expect(queue.VisibilityTimeout).toBeGreaterThanOrEqual(
        visibilityTimeoutsPerFunctionTimeout * deliver.Timeout + mapping.MaximumBatchingWindowInSeconds,
      );
      expect(queue.VisibilityTimeout).toBeLessThanOrEqual(sqsLimits.visibilityTimeoutSeconds);
      expect(deadLetters.MessageRetentionPeriod).toBeGreaterThan(queue.MessageRetentionPeriod);
      expect(policy.lifetimeSeconds).toBeLessThan(queue.MessageRetentionPeriod);
      expect(mapping.BatchSize).toBeLessThanOrEqual(batchRecords);
      if (mapping.BatchSize > batchRecordsWithoutWindow) {
        expect(mapping.MaximumBatchingWindowInSeconds).toBeGreaterThanOrEqual(1);
      }
      expect(mapping.ScalingConfig.MaximumConcurrency).toBeGreaterThanOrEqual(2);
    }
    expect(deadLetters.MessageRetentionPeriod).toBeLessThanOrEqual(sqsLimits.retentionSeconds);
    expect(accept.Timeout).toBeLessThan(httpApiLimits.integrationTimeoutSeconds);
    // Or no attempt could ever start.
    expect(startReserveMs).toBeLessThan(deliver.Timeout * 1000);
    expect(policy.backoffCapSeconds).toBeLessThanOrEqual(sqsLimits.visibilityTimeoutSeconds);
  });

  it('gives each queue a mapping of its own, the one of sweeps with large batches', () => {
    expect(mappings()).toEqual({
      PushesQueue: {
        BatchSize: 10,
        MaximumBatchingWindowInSeconds: 0,
        ScalingConfig: { MaximumConcurrency: 10 },
        FunctionResponseTypes: ['ReportBatchItemFailures'],
      },
      SweepsQueue: {
        BatchSize: 1000,
        MaximumBatchingWindowInSeconds: 1,
        ScalingConfig: { MaximumConcurrency: 5 },
        FunctionResponseTypes: ['ReportBatchItemFailures'],
      },
    });
  });

  it('gives both queues the same patience, and the same end', () => {
    const { PushesQueue, SweepsQueue } = ofType('AWS::SQS::Queue');
    expect(SweepsQueue).toEqual({ ...PushesQueue, QueueName: 'pnm2-relay-dev-sweeps' });
  });

  it('ticks by the clock, tries a tick again while it is fresh, and keeps the one that came to nothing', () => {
    const missedTicks = { 'Fn::GetAtt': ['MissedTicksQueue', 'Arn'] };
    expect(ofType('AWS::Scheduler::Schedule')).toEqual({
      SweepSchedule: {
        Name: 'pnm2-relay-dev-sweep',
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
    // Scheduler hands a tick over and is done: what becomes of it then is Lambda's to tell.
    expect(Object.values(ofType('AWS::Lambda::EventInvokeConfig'))).toMatchObject([
      {
        FunctionName: { Ref: 'SweepLambdaFunction' },
        MaximumEventAgeInSeconds: 600,
        MaximumRetryAttempts: 2,
        DestinationConfig: { OnFailure: { Destination: missedTicks } },
      },
    ]);
  });

  it('ends a tick before the next, and tries none again that ran out of time', () => {
    const sweep = functionOf('SweepLambdaFunction');
    const { tickMs } = readSweepConfiguration(environmentOf('SweepLambdaFunction'));
    expect(sweep.Timeout).toBeLessThan(lambdaLimits.timeoutSeconds);
    expect(sweep.Timeout * 1000).toBeLessThan(tickMs);
    expect(sweep.Timeout).toBeGreaterThan(600);
    expect(tickMs / 1000).toBeLessThanOrEqual(sqsLimits.delaySeconds);
  });

  it('encrypts every queue and refuses whoever comes without TLS', () => {
    const queues = ofType('AWS::SQS::Queue');
    for (const properties of Object.values(queues)) expect(properties).toMatchObject({ SqsManagedSseEnabled: true });
    expect(Object.values(ofType('AWS::SQS::QueuePolicy'))).toMatchObject([
      {
        Queues: Object.keys(queues).map((Ref) => ({ Ref })),
        PolicyDocument: {
          Statement: [{ Effect: 'Deny', Principal: '*', Condition: { Bool: { 'aws:SecureTransport': false } } }],
        },
      },
    ]);
  });

  it('keeps the lists of devices to itself: encrypted, private, over TLS, in no old version', () => {
    const { SweepsBucket } = ofType('AWS::S3::Bucket');
    expect(SweepsBucket).toEqual({
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
        ],
      },
    });
    expect(ofType('AWS::S3::BucketPolicy')['SweepsBucketOverTlsOnly']).toMatchObject({
      Bucket: { Ref: 'SweepsBucket' },
      PolicyDocument: {
        Statement: [
          {
            Effect: 'Deny',
            Principal: '*',
            Action: 's3:*',
            Resource: [{ 'Fn::GetAtt': ['SweepsBucket', 'Arn'] }, { 'Fn::Sub': '${SweepsBucket.Arn}/*' }],
            Condition: { Bool: { 'aws:SecureTransport': false } },
          },
        ],
      },
    });
  });

  it('keeps no log for ever', () => {
    const groups = Object.values(ofType('AWS::Logs::LogGroup'));
    expect(groups).toHaveLength(3);
    for (const properties of groups) expect(properties).toMatchObject({ RetentionInDays: 30 });
  });

  it('routes every method of /pnm2 to the door', () => {
    expect(Object.values(ofType('AWS::ApiGatewayV2::Route'))).toMatchObject([{ RouteKey: 'ANY /pnm2' }]);
    expect(Object.values(ofType('AWS::ApiGatewayV2::Integration'))).toMatchObject([{ PayloadFormatVersion: '2.0' }]);
  });

  it('throttles the only stage of the API', () => {
    expect(Object.values(ofType('AWS::ApiGatewayV2::Stage'))).toMatchObject([
      {
        StageName: '$default',
        DefaultRouteSettings: {
          ThrottlingRateLimit: 1000,
          ThrottlingBurstLimit: 2000,
          // They cost extra.
          DetailedMetricsEnabled: false,
        },
      },
    ]);
  });

  it('tells where things are', () => {
    expect(packaged.outputs()).toEqual(
      expect.arrayContaining(['PushUrl', 'SweepsBucketName', 'MissedTicksUrl', 'DashboardUrl']),
    );
    // The command line takes each of them for a queue, but for the dead letters' queue.
    expect(packaged.outputs().filter((name) => name.endsWith('QueueUrl'))).toEqual([
      'PushesQueueUrl',
      'SweepsQueueUrl',
      'UndeliverableQueueUrl',
    ]);
  });
});

describe('the validation of the template', () => {
  async function validate(template: unknown) {
    const path = join(packaged.folder, 'broken.json');
    await writeFile(path, JSON.stringify(template));
    return packaged.validate(path);
  }

  it('passes the template as it is', async () => {
    expect((await packaged.validate()).stdout).toContain('The packaged template is valid.');
  });

  it.each<[fault: string, logicalId: string, properties: Record<string, unknown>]>([
    ['a property that does not exist', 'PushesQueue', { VisibilityTimeOut: 180 }],
    ['a value of the wrong type', 'PushesQueue', { VisibilityTimeout: 'long' }],
    ['a value out of range', 'DeliverLambdaFunction', { Timeout: 901 }],
    ['a value outside an enumeration', 'DeliverLambdaFunction', { Runtime: 'nodejs24' }],
    ['a reference to nothing', 'AcceptLambdaFunction', { Role: { 'Fn::GetAtt': ['NoRole', 'Arn'] } }],
    ['a door open to everybody', 'AcceptLambdaFunction', { Environment: { Variables: { OPEN_INTAKE: 'true' } } }],
    ['a function that could not read its environment', 'DeliverLambdaFunction', { Environment: { Variables: {} } }],
  ])('fails on %s', async (_fault, logicalId, properties) => {
    const { template } = packaged;
    const resource = template.Resources[logicalId];
    const broken = {
      ...template,
      Resources: {
        ...template.Resources,
        [logicalId]: { ...resource, Properties: { ...resource?.Properties, ...properties } },
      },
    };
    await expect(validate(broken)).rejects.toMatchObject({ code: 1 });
  });

  it('fails on an address that alarms could not be written to', async () => {
    const { template } = packaged;
    const { AlarmEmail } = template.Resources;
    const broken = { ...AlarmEmail, Properties: { ...AlarmEmail?.Properties, Endpoint: 'notmail' } };
    await expect(
      validate({ ...template, Resources: { ...template.Resources, AlarmEmail: broken } }),
    ).rejects.toMatchObject({
      stderr: expect.stringContaining("alarmEmail must be an address with an @ in it, not 'notmail'") as string,
    });
  });

  it.each<[properties: Record<string, unknown>, fault: RegExp]>([
    [{ BatchSize: '100', MaximumBatchingWindowInSeconds: 0 }, /more than 10 needs a window of a second at least/],
    [{ BatchSize: 10_001, MaximumBatchingWindowInSeconds: 1 }, /the batch .* must be from 1 to 10000, not 10001/],
    [{ BatchSize: 10, MaximumBatchingWindowInSeconds: 301 }, /the window .* must be from 0 to 300, not 301/],
    [{ ScalingConfig: { MaximumConcurrency: 1 } }, /the instances .* must be from 2 to 1000, not 1/],
    [{ ScalingConfig: { MaximumConcurrency: '1001' } }, /the instances .* must be from 2 to 1000, not 1001/],
    [{ MaximumBatchingWindowInSeconds: 299 }, /PushesQueue must hide a push for 479 s at least/],
    [{ BatchSize: 'many' }, /Invalid/],
  ])('fails on an event source mapping that CloudFormation would refuse: %j', (properties, fault) => {
    const logicalId = 'DeliverEventSourceMappingSQSPushesQueue';
    const { Resources } = packaged.template;
    const mapping = Resources[logicalId];
    if (mapping === undefined) throw new Error('there is no such mapping');
    const broken = { ...mapping, Properties: { ...mapping.Properties, ...properties } };
    expect(faultsOfMappings(Resources)).toEqual([]);
    const faults = faultsOfMappings({ ...Resources, [logicalId]: broken });
    expect(faults).toContainEqual(expect.stringMatching(fault));
    expect(faults.every((line) => line.startsWith(`${logicalId}: `))).toBe(true);
  });

  it('fails on keys that no function could be given', async () => {
    const { template } = packaged;
    const accept = template.Resources['AcceptLambdaFunction'];
    const Variables = { ...functionOf('AcceptLambdaFunction').Environment.Variables, API_KEYS: 'x'.repeat(4096) };
    const AcceptLambdaFunction = { ...accept, Properties: { ...accept?.Properties, Environment: { Variables } } };
    const broken = { ...template, Resources: { ...template.Resources, AcceptLambdaFunction } };
    await expect(validate(broken)).rejects.toMatchObject({
      stderr: expect.stringContaining('an environment of more than 4 KB') as string,
    });
  });

  it.each([
    ['TICK_MINUTES', '20', 'SweepLambdaFunction TICK_MINUTES: must be'],
    ['SWEEP_SPEED', '60', 'sweepSpeed is for the local stack'],
    ['SWEEPS_BUCKET', 'Not_A_Bucket', 'SweepLambdaFunction SWEEPS_BUCKET: must be the name of a bucket'],
  ])('fails on a sweep whose %s is %s', async (variable, value, words) => {
    const { template } = packaged;
    const sweep = template.Resources['SweepLambdaFunction'];
    const Variables = { ...functionOf('SweepLambdaFunction').Environment.Variables, [variable]: value };
    const SweepLambdaFunction = { ...sweep, Properties: { ...sweep?.Properties, Environment: { Variables } } };
    const broken = { ...template, Resources: { ...template.Resources, SweepLambdaFunction } };
    await expect(validate(broken)).rejects.toMatchObject({ stderr: expect.stringContaining(words) as string });
  });

  it.each([
    ['AlarmsOn', { 'Fn::Or': [{ 'Fn::Equals': ['yes', 'true'] }, { Condition: 'AlarmEmailGiven' }] }],
    ['DashboardOn', { 'Fn::Equals': ['True', 'true'] }],
  ])('fails on a switch of %s that is neither true nor false', async (name, condition) => {
    const { template } = packaged;
    const broken = { ...template, Conditions: { ...template.Conditions, [name]: condition } };
    await expect(validate(broken)).rejects.toMatchObject({
      stderr: expect.stringContaining(`${name} must be switched by true or false`) as string,
    });
  });
});
