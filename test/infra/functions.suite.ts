import * as v from 'valibot';
import { describe, expect, it } from 'vitest';
import { readAcceptConfiguration } from '../../functions/accept/config.ts';
import { readDeliverConfiguration } from '../../functions/deliver/config.ts';
import { longestAttemptMs } from '../../functions/deliver/policy/time-limit.ts';
import { readDevicesConfiguration } from '../../functions/devices/config.ts';
import { readSweepConfiguration } from '../../functions/sweep/config.ts';
import { sqsLimits } from '../../shared/aws/limits.ts';
import { httpApiLimits, lambdaLimits, queueLimits } from './limits.ts';
import { usePackaged } from './packaged.ts';
import { reference } from './resources.ts';

const packaged = usePackaged('alarms');
const withAccessLog = usePackaged('alarmEmail');
const ofType = (type: string) => packaged().ofType(type);

const functionShape = v.object({
  Runtime: v.string(),
  Architectures: v.array(v.string()),
  Timeout: v.number(),
  Role: v.unknown(),
  Environment: v.object({ Variables: v.record(v.string(), v.union([v.string(), v.record(v.string(), v.unknown())])) }),
});
const functionOf = (name: string) => v.parse(functionShape, ofType('AWS::Lambda::Function')[name]);

const references: Readonly<Record<string, string>> = {
  SweepsBucket: 'bucket',
  DevicesTable: 'pnm2-relay-prod-devices',
  OutcomesTopic: 'arn:aws:sns:us-east-1:123456789012:outcomes',
};

/** The environment of a deployed function, where a reference is replaced: by the URL of a queue, unless it is another. */
const environmentOf = (name: string) =>
  Object.fromEntries(
    Object.entries(functionOf(name).Environment.Variables).map(([variable, value]) => [
      variable,
      typeof value === 'string'
        ? value
        : (references[String(value['Ref'])] ?? 'https://sqs.us-east-1.amazonaws.com/123456789012/queue'),
    ]),
  );

describe('the functions', () => {
  it('can read their environments', () => {
    expect(readAcceptConfiguration(environmentOf('AcceptLambdaFunction'))).toBeDefined();
    expect(readDeliverConfiguration(environmentOf('DeliverLambdaFunction'))).toMatchObject({
      gateway: { url: new URL('https://pnm.cloudsoftphone.com/pnm2') },
      queues: [{ name: 'pushes' }, { name: 'sweeps' }],
    });
    expect(readSweepConfiguration(environmentOf('SweepLambdaFunction'))).toMatchObject({ tickMs: 900_000, speed: 1 });
    // Without a secret, no report is taken.
    expect(readDevicesConfiguration(environmentOf('DevicesLambdaFunction'))).toMatchObject({ signing: [] });
  });

  it('know their stage, and accept its API keys', () => {
    expect(environmentOf('AcceptLambdaFunction')).toMatchObject({ STAGE: 'prod', API_KEYS: '', OPEN_INTAKE: 'false' });
    expect(environmentOf('DeliverLambdaFunction')).toMatchObject({ STAGE: 'prod' });
    expect(environmentOf('DevicesLambdaFunction')).toMatchObject({ STAGE: 'prod', OPEN_REPORTS: 'false' });
    expect(environmentOf('SweepLambdaFunction')).toMatchObject({ STAGE: 'prod', SWEEPS_BUCKET: 'bucket' });
  });

  it('run on Node 24 and arm64, each with its own role', () => {
    const functions = Object.keys(ofType('AWS::Lambda::Function')).map(functionOf);
    expect(functions).toHaveLength(4);
    for (const { Runtime, Architectures } of functions) {
      expect({ Runtime, Architectures }).toEqual({ Runtime: 'nodejs24.x', Architectures: ['arm64'] });
    }
    expect(new Set(functions.map(({ Role }) => JSON.stringify(Role))).size).toBe(functions.length);
  });

  it('time out within the limits of the platform', () => {
    const deliver = functionOf('DeliverLambdaFunction');
    const { afterAttemptsMs, policy } = readDeliverConfiguration(environmentOf('DeliverLambdaFunction'));
    for (const name of ['AcceptLambdaFunction', 'DevicesLambdaFunction']) {
      expect(functionOf(name).Timeout).toBeLessThan(httpApiLimits.integrationTimeoutSeconds);
    }
    // Otherwise no probe could start.
    expect(longestAttemptMs + afterAttemptsMs).toBeLessThan(deliver.Timeout * 1000);
    expect(policy.backoffCapSeconds).toBeLessThanOrEqual(queueLimits.visibilityTimeoutSeconds);
  });

  it('end a tick before the next one, and do not repeat a tick that timed out', () => {
    const sweep = functionOf('SweepLambdaFunction');
    const { tickMs } = readSweepConfiguration(environmentOf('SweepLambdaFunction'));
    expect(sweep.Timeout).toBeLessThan(lambdaLimits.timeoutSeconds);
    expect(sweep.Timeout * 1000).toBeLessThan(tickMs);
    // The maximum age of an event.
    expect(sweep.Timeout).toBeGreaterThan(600);
    expect(tickMs / 1000).toBeLessThanOrEqual(sqsLimits.delaySeconds);
  });

  it('are updated after deliver if they put pushes on its queues, so that it can read a new version of the message', () => {
    for (const writer of ['AcceptLambdaFunction', 'SweepLambdaFunction']) {
      expect(packaged().template.Resources[writer]?.DependsOn).toContain('DeliverLambdaFunction');
    }
  });

  it('keep their logs for a limited time', () => {
    const groups = Object.values(ofType('AWS::Logs::LogGroup'));
    expect(groups).toHaveLength(4);
    for (const properties of groups) expect(properties).toMatchObject({ RetentionInDays: 30 });
  });
});

describe('the API', () => {
  it('routes every method of a path to its function', () => {
    const routeShape = v.object({
      RouteKey: v.string(),
      Target: v.object({ 'Fn::Join': v.tuple([v.literal('/'), v.tuple([v.literal('integrations'), reference])]) }),
    });
    const routes = Object.values(ofType('AWS::ApiGatewayV2::Route')).map((route) => v.parse(routeShape, route));
    expect(routes.map(({ RouteKey, Target }) => [RouteKey, Target['Fn::Join'][1][1]])).toEqual([
      ['ANY /pnm2', 'HttpApiIntegrationAccept'],
      ['ANY /pnm2/send', 'HttpApiIntegrationAccept'],
      ['ANY /devices/report', 'HttpApiIntegrationDevices'],
      ['ANY /devices/remove', 'HttpApiIntegrationDevices'],
    ]);
    const functionOfRoute = (name: string) => ({
      PayloadFormatVersion: '2.0',
      IntegrationUri: { 'Fn::GetAtt': [name, 'Arn'] },
    });
    expect(ofType('AWS::ApiGatewayV2::Integration')).toMatchObject({
      HttpApiIntegrationAccept: functionOfRoute('AcceptLambdaFunction'),
      HttpApiIntegrationDevices: functionOfRoute('DevicesLambdaFunction'),
    });
  });

  it('throttles its only stage', () => {
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
});

describe('the access log of the API', () => {
  const shape = v.object({
    AccessLogSettings: v.object({
      'Fn::If': v.tuple([v.literal('AccessLogOn'), v.object({ Format: v.string() }), v.unknown()]),
    }),
  });

  it('is off by default', () => {
    expect(ofType('AWS::Logs::LogGroup')).not.toHaveProperty('AccessLogGroup');
    expect(packaged().template.Conditions['AccessLogOn']).toEqual({ 'Fn::Equals': ['false', 'true'] });
  });

  it('has a log group of its own, which keeps it for a limited time', () => {
    expect(withAccessLog().ofType('AWS::Logs::LogGroup')['AccessLogGroup']).toMatchObject({
      LogGroupName: '/aws/vendedlogs/pnm2-relay-prod-api',
      RetentionInDays: '7',
    });
  });

  it('is JSON, and has no path, query string, header or body', () => {
    const stage = withAccessLog().ofType('AWS::ApiGatewayV2::Stage')['HttpApiStage'];
    const line: unknown = JSON.parse(v.parse(shape, stage).AccessLogSettings['Fn::If'][1].Format);
    expect(line).toEqual({
      requestId: '$context.requestId',
      time: '$context.requestTime',
      ip: '$context.identity.sourceIp',
      method: '$context.httpMethod',
      route: '$context.routeKey',
      status: '$context.status',
      bytes: '$context.responseLength',
      ms: '$context.responseLatency',
      acceptStatus: '$context.integrationStatus',
      acceptMs: '$context.integrationLatency',
      error: '$context.error.responseType',
    });
  });
});

describe('the outputs', () => {
  it('name the addresses, the queues, the bucket, the table and the dashboards', () => {
    expect(packaged().outputs()).toEqual(
      expect.arrayContaining([
        ...['PushUrl', 'DevicesUrl', 'SweepsBucketName', 'DevicesTableName', 'MissedTicksUrl'],
        ...['DashboardUrl', 'SweepsDashboardUrl', 'RegistryDashboardUrl'],
      ]),
    );
    // The command line takes each of these for a queue, except the one of dead letters.
    expect(
      packaged()
        .outputs()
        .filter((name) => name.endsWith('QueueUrl')),
    ).toEqual(['PushesQueueUrl', 'SweepsQueueUrl', 'UndeliverableQueueUrl']);
  });
});
