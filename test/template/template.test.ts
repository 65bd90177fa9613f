import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import * as v from 'valibot';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readAcceptConfiguration } from '../../shared/configuration/accept.ts';
import { readDeliverConfiguration } from '../../shared/configuration/deliver.ts';
import { eventSourceMappingLimits, httpApiLimits, sqsLimits } from '../../shared/core/limits.ts';
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

/** What a function's environment is once the stack stands: a reference becomes some queue's URL. */
const environmentOf = (name: string) =>
  Object.fromEntries(
    Object.entries(functionOf(name).Environment.Variables).map(([variable, value]) => [
      variable,
      typeof value === 'string' ? value : 'https://sqs.us-east-1.amazonaws.com/123456789012/queue',
    ]),
  );

describe('the packaged template', () => {
  it('gives each function an environment that it can read', () => {
    expect(readAcceptConfiguration(environmentOf('AcceptLambdaFunction'))).toBeDefined();
    expect(readDeliverConfiguration(environmentOf('DeliverLambdaFunction'))).toMatchObject({
      gateway: { url: new URL('https://pnm.cloudsoftphone.com/pnm2') },
    });
  });

  it('tells each function its stage, and the door its keys', () => {
    expect(environmentOf('AcceptLambdaFunction')).toMatchObject({ STAGE: 'dev', API_KEYS: '', OPEN_DOOR: 'false' });
    expect(environmentOf('DeliverLambdaFunction')).toMatchObject({ STAGE: 'dev' });
  });

  it('opens the door of the local stack, and of no other', async () => {
    const local = await packageStack('--stage', 'local');
    const { Environment } = v.parse(functionShape, local.template.Resources['AcceptLambdaFunction']?.Properties);
    await local.remove();
    expect(Environment.Variables).toMatchObject({ STAGE: 'local', OPEN_DOOR: 'true' });
  });

  it('runs the functions on Node 24 and arm64, each with a role of its own', () => {
    const functions = Object.keys(ofType('AWS::Lambda::Function')).map(functionOf);
    expect(functions).toHaveLength(2);
    for (const { Runtime, Architectures } of functions) {
      expect({ Runtime, Architectures }).toEqual({ Runtime: 'nodejs24.x', Architectures: ['arm64'] });
    }
    expect(new Set(functions.map(({ Role }) => JSON.stringify(Role))).size).toBe(functions.length);
  });

  it('keeps within the limits of the platform', () => {
    const accept = functionOf('AcceptLambdaFunction');
    const deliver = functionOf('DeliverLambdaFunction');
    const queue = v.parse(
      v.object({ VisibilityTimeout: v.number(), MessageRetentionPeriod: v.number() }),
      ofType('AWS::SQS::Queue')['PushesQueue'],
    );
    const deadLetters = v.parse(
      v.object({ MessageRetentionPeriod: v.number() }),
      ofType('AWS::SQS::Queue')['UndeliverableQueue'],
    );
    const mapping = v.parse(
      v.object({ BatchSize: v.number(), MaximumBatchingWindowInSeconds: v.optional(v.number(), 0) }),
      Object.values(ofType('AWS::Lambda::EventSourceMapping'))[0],
    );
    const { visibilityTimeoutsPerFunctionTimeout, batchRecords, batchRecordsWithoutWindow } = eventSourceMappingLimits;
    expect(queue.VisibilityTimeout).toBeGreaterThanOrEqual(
      visibilityTimeoutsPerFunctionTimeout * deliver.Timeout + mapping.MaximumBatchingWindowInSeconds,
    );
    expect(queue.VisibilityTimeout).toBeLessThanOrEqual(sqsLimits.visibilityTimeoutSeconds);
    expect(deadLetters.MessageRetentionPeriod).toBeGreaterThan(queue.MessageRetentionPeriod);
    expect(deadLetters.MessageRetentionPeriod).toBeLessThanOrEqual(sqsLimits.retentionSeconds);
    expect(mapping.BatchSize).toBeLessThanOrEqual(batchRecords);
    if (mapping.BatchSize > batchRecordsWithoutWindow) {
      expect(mapping.MaximumBatchingWindowInSeconds).toBeGreaterThanOrEqual(1);
    }
    expect(accept.Timeout).toBeLessThan(httpApiLimits.integrationTimeoutSeconds);
    const { startReserveMs, policy } = readDeliverConfiguration(environmentOf('DeliverLambdaFunction'));
    // Or no attempt could ever start.
    expect(startReserveMs).toBeLessThan(deliver.Timeout * 1000);
    expect(policy.backoffCapSeconds).toBeLessThanOrEqual(sqsLimits.visibilityTimeoutSeconds);
    expect(policy.lifetimeSeconds).toBeLessThan(queue.MessageRetentionPeriod);
  });

  it('takes the failures of a batch one by one', () => {
    expect(Object.values(ofType('AWS::Lambda::EventSourceMapping'))).toMatchObject([
      { FunctionResponseTypes: ['ReportBatchItemFailures'] },
    ]);
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

  it('keeps no log for ever', () => {
    const groups = Object.values(ofType('AWS::Logs::LogGroup'));
    expect(groups).toHaveLength(2);
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
      expect.arrayContaining(['PushUrl', 'PushesQueueUrl', 'UndeliverableQueueUrl', 'DashboardUrl']),
    );
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
    ['a door open to everybody', 'AcceptLambdaFunction', { Environment: { Variables: { OPEN_DOOR: 'true' } } }],
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
