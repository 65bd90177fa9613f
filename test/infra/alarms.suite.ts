import { readFile } from 'node:fs/promises';
import { runInNewContext } from 'node:vm';
import * as v from 'valibot';
import { describe, expect, it } from 'vitest';
import { decide } from '../../functions/deliver/policy/decision.ts';
import { metrics, type MetricName } from '../../shared/aws/metrics.ts';
import { usePackaged } from './packaged.ts';

const alarmShape = v.object({
  AlarmName: v.string(),
  AlarmDescription: v.string(),
  // A text if it was given with `--param`.
  Threshold: v.pipe(v.union([v.number(), v.string()]), v.transform(Number)),
  TreatMissingData: v.literal('notBreaching'),
  AlarmActions: v.tuple([v.object({ Ref: v.literal('AlarmTopic') })]),
  OKActions: v.tuple([v.object({ Ref: v.literal('AlarmTopic') })]),
});

const packaged = usePackaged('alarms');
const withEmail = usePackaged('alarmEmail');
const bare = usePackaged('bare');

const alarms = () => packaged().ofType('AWS::CloudWatch::Alarm');
const mathShape = v.object({
  Metrics: v.array(
    v.object({
      MetricStat: v.optional(
        v.object({
          Metric: v.object({
            MetricName: v.string(),
            Dimensions: v.array(v.object({ Value: v.union([v.string(), v.object({ Ref: v.string() })]) })),
          }),
        }),
      ),
    }),
  ),
});
const queriesOf = (name: string) => v.parse(mathShape, alarms()[name]).Metrics;
const getAtt = (name: string, attribute: string) => ({ 'Fn::GetAtt': [name, attribute] });

describe('the alarms', () => {
  it('are absent unless they are switched on', () => {
    expect(bare().ofType('AWS::CloudWatch::Alarm')).toEqual({});
    expect(Object.keys(bare().ofType('AWS::SNS::Topic'))).toEqual(['OutcomesTopic']);
    expect(Object.keys(bare().ofType('AWS::SNS::TopicPolicy'))).toEqual(['OutcomesTopicPolicy']);
    expect(bare().ofType('AWS::SNS::Subscription')['AlarmEmail']).toBeUndefined();
    expect(bare().outputs()).not.toContain('AlarmTopicArn');
  });

  it('watch these metrics, with these thresholds', () => {
    const greater = { ComparisonOperator: 'GreaterThanThreshold', EvaluationPeriods: 1 };
    const sqs = { ...greater, Namespace: 'AWS/SQS', Statistic: 'Maximum' };
    const lambda = { ...greater, Namespace: 'AWS/Lambda', Statistic: 'Sum', Period: 300, Threshold: 0 };
    const of = (name: string, value: unknown) => ({ Dimensions: [{ Name: name, Value: value }] });
    const accept = of('FunctionName', { Ref: 'AcceptLambdaFunction' });
    const deliver = of('FunctionName', { Ref: 'DeliverLambdaFunction' });
    const sweep = of('FunctionName', { Ref: 'SweepLambdaFunction' });
    const devices = of('FunctionName', { Ref: 'DevicesLambdaFunction' });
    const ours = (MetricName: MetricName, ...Dimensions: { Name: string; Value: string }[]) => ({
      ReturnData: false,
      MetricStat: { Metric: { Namespace: 'pnm2-relay', MetricName, Dimensions }, Period: 300, Stat: 'Sum' },
    });
    const stage = { Name: 'Stage', Value: 'prod' };
    const own = (name: MetricName, queue = 'pushes') => ours(name, stage, { Name: 'Queue', Value: queue });
    const ofStage = (name: MetricName) => ours(name, stage);
    const expected = {
      DeadLettersAlarm: {
        ...greater,
        Threshold: 0,
        Metrics: [
          { Expression: 'SUM(FILL(METRICS("dead"), 0))' },
          { Id: 'deadRejectedPushes', ...own('DeadLetteredRejected') },
          { Id: 'deadExpiredPushes', ...own('DeadLetteredExpired') },
          { Id: 'deadMalformedPushes', ...own('DeadLetteredMalformed') },
          { Id: 'deadExhaustedPushes', ...own('DeadLetteredExhausted') },
          { Id: 'deadRejectedSweeps', ...own('DeadLetteredRejected', 'sweeps') },
          { Id: 'deadExpiredSweeps', ...own('DeadLetteredExpired', 'sweeps') },
          { Id: 'deadMalformedSweeps', ...own('DeadLetteredMalformed', 'sweeps') },
          { Id: 'deadExhaustedSweeps', ...own('DeadLetteredExhausted', 'sweeps') },
        ],
      },
      OldestPushAlarm: {
        ...sqs,
        ...of('QueueName', getAtt('PushesQueue', 'QueueName')),
        MetricName: 'ApproximateAgeOfOldestMessage',
        Period: 60,
        Threshold: 300,
      },
      AcceptErrorsAlarm: { ...lambda, ...accept, MetricName: 'Errors' },
      AcceptThrottlesAlarm: { ...lambda, ...accept, MetricName: 'Throttles' },
      DeliverErrorsAlarm: { ...lambda, ...deliver, MetricName: 'Errors' },
      DeliverThrottlesAlarm: { ...lambda, ...deliver, MetricName: 'Throttles' },
      SweepErrorsAlarm: { ...lambda, ...sweep, MetricName: 'Errors' },
      SweepThrottlesAlarm: { ...lambda, ...sweep, MetricName: 'Throttles' },
      DevicesErrorsAlarm: { ...lambda, ...devices, MetricName: 'Errors' },
      DevicesThrottlesAlarm: { ...lambda, ...devices, MetricName: 'Throttles' },
      RefusedReportsAlarm: {
        ...greater,
        Threshold: 100,
        Metrics: [
          { Expression: 'SUM(FILL(METRICS(), 0))' },
          { Id: 'refused', ...ofStage('ReportsRefused') },
          { Id: 'unavailable', ...ofStage('ReportsUnavailable') },
        ],
      },
      MissedTicksAlarm: {
        ...sqs,
        ...of('QueueName', getAtt('MissedTicksQueue', 'QueueName')),
        MetricName: 'ApproximateNumberOfMessagesVisible',
        Period: 300,
        Threshold: 0,
      },
      OutcomesUndeliveredAlarm: {
        ...sqs,
        ...of('QueueName', getAtt('OutcomesUndeliveredQueue', 'QueueName')),
        MetricName: 'ApproximateNumberOfMessagesVisible',
        Period: 300,
        Threshold: 0,
      },
      OutcomesUnpublishedAlarm: {
        ...greater,
        Threshold: 0,
        Metrics: [
          { Expression: 'SUM(FILL(METRICS(), 0))' },
          { Id: 'pushes', ...own('EventsNotPublished') },
          { Id: 'sweeps', ...own('EventsNotPublished', 'sweeps') },
        ],
      },
      ServerErrorsAlarm: {
        ...greater,
        Threshold: 0,
        Metrics: [
          {
            Expression:
              'FILL(queue, 0) + FILL(registry, 0) + IF(FILL(answers, 0) > FILL(reports, 0), FILL(answers, 0) - FILL(reports, 0), 0)',
          },
          {
            Id: 'answers',
            MetricStat: {
              Metric: { ...of('ApiId', { Ref: 'HttpApi' }), Namespace: 'AWS/ApiGateway', MetricName: '5xx' },
              Period: 300,
              Stat: 'Sum',
            },
          },
          { Id: 'reports', ...ofStage('ReportsUnavailable') },
          { Id: 'queue', ...ofStage('RefusedQueueUnavailable') },
          { Id: 'registry', ...ofStage('RefusedRegistryUnavailable') },
        ],
      },
      GatewayFailuresAlarm: {
        ...greater,
        Threshold: 50,
        Metrics: [
          { Expression: 'IF(attempts >= 40, 100 * FILL(failures, 0) / attempts, 0)' },
          { Id: 'attempts', ...own('Attempts') },
          { Id: 'failures', ...own('GatewayFailures') },
        ],
      },
      GatewayAddressAlarm: {
        ...greater,
        Threshold: 0,
        Metrics: [
          { Expression: 'SUM(FILL(METRICS(), 0))' },
          { Id: 'pushes', ...own('AddressSuspected' satisfies keyof typeof metrics) },
          { Id: 'sweeps', ...own('AddressSuspected' satisfies keyof typeof metrics, 'sweeps') },
        ],
      },
    };
    expect(Object.keys(alarms()).sort()).toEqual(Object.keys(expected).sort());
    expect(alarms()).toMatchObject(expected);
  });

  it('count every reason of a dead letter but `unregistered`, on both queues', () => {
    const counted = queriesOf('DeadLettersAlarm').flatMap(({ MetricStat }) => MetricStat?.Metric ?? []);
    const reasons = Object.keys(metrics).filter((name) => /^DeadLettered(?!Unregistered)/.test(name));
    const expected = reasons.flatMap((name) => ['pushes', 'sweeps'].map((queue) => [name, queue]));
    const names = counted.map(({ MetricName, Dimensions }) => [MetricName, Dimensions[1]?.Value]);
    expect(names.sort()).toEqual(expected.sort());
  });

  it('are raised about unregistered devices only if a deployment sets their share', () => {
    expect(alarms()['UnregisteredAlarm']).toBeUndefined();
    expect(withEmail().ofType('AWS::CloudWatch::Alarm')['UnregisteredAlarm']).toMatchObject({
      Threshold: '20',
      Metrics: [
        { Expression: 'IF(ended >= 40, 100 * unregistered / ended, 0)' },
        { Id: 'ended', ReturnData: false, Expression: 'SUM(FILL(METRICS(), 0))' },
        { Id: 'unregistered', ReturnData: false, Expression: 'SUM(FILL(METRICS("dead"), 0))' },
        { MetricStat: { Metric: { MetricName: 'DeadLetteredUnregistered' }, Period: 300, Stat: 'Sum' } },
        { MetricStat: { Metric: { MetricName: 'DeadLetteredUnregistered' }, Period: 300, Stat: 'Sum' } },
        { MetricStat: { Metric: { MetricName: 'Delivered' }, Period: 300, Stat: 'Sum' } },
        { MetricStat: { Metric: { MetricName: 'Delivered' }, Period: 300, Stat: 'Sum' } },
      ],
    });
  });

  it.each([
    ['one report that DynamoDB did not take', { answers: 1, reports: 1 }, false],
    ['such a report whose answer counts in the next period', { answers: 0, reports: 1 }, false],
    ['a push of a batch that SQS did not take', { answers: 0, queue: 1 }, true],
    ['a push of a batch for which DynamoDB did not tell the devices', { answers: 0, registry: 1 }, true],
    ['an error of `accept` beside such reports', { answers: 3, reports: 2 }, true],
    ['a push that SQS did not take beside such reports', { answers: 1, reports: 2, queue: 1 }, true],
  ])('tell errors of pushes from reports, of which apps send another: %s', (_what, values, isRaised) => {
    const { Threshold, Metrics } = v.parse(
      v.object({ Threshold: v.number(), Metrics: v.looseTuple([v.object({ Expression: v.string() })]) }),
      alarms()['ServerErrorsAlarm'],
    );
    const functions = {
      FILL: (value: number | undefined, fallback: number) => value ?? fallback,
      IF: (condition: boolean, yes: number, no: number) => (condition ? yes : no),
    };
    const absent = { answers: undefined, reports: undefined, queue: undefined, registry: undefined };
    const errors: unknown = runInNewContext(Metrics[0].Expression, { ...functions, ...absent, ...values });
    expect(Number(errors) > Threshold).toBe(isRaised);
  });

  it('cost what the documentation says, for each metric of an alarm', async () => {
    const charged = Object.values(alarms())
      .map((alarm) =>
        v.is(mathShape, alarm) ? alarm.Metrics.filter(({ MetricStat }) => MetricStat !== undefined).length : 1,
      )
      .reduce((sum, count) => sum + count, 0);
    const dollars = `${(charged * 0.1).toFixed(2)} $ a month`;
    for (const path of ['serverless.yml', 'docs/configuration.md', 'docs/operations.md']) {
      expect(await readFile(new URL(`../../${path}`, import.meta.url), 'utf8')).toContain(dollars);
    }
  });

  it('report their start and end to the topic, and name the section of the documentation that says what to do', async () => {
    const operations = await readFile(new URL('../../docs/operations.md', import.meta.url), 'utf8');
    for (const alarm of Object.values(withEmail().ofType('AWS::CloudWatch::Alarm'))) {
      const { AlarmName, AlarmDescription } = v.parse(alarmShape, alarm);
      const section = AlarmName.replace('pnm2-relay-prod-', '');
      expect(AlarmDescription).toContain(`See docs/operations.md, "${section}".`);
      expect(operations.split('\n')).toContain(`### ${section}`);
    }
  });

  it('stay silent about the gateway when a single push fails again and again', () => {
    const policy = { backoffBaseSeconds: 2, backoffCapSeconds: 900, lifetimeSeconds: 86_400, maxReceiveCount: 900 };
    // The shortest delays: the gateway asks for none, and the jitter is 0.
    const outcome = { kind: 'throttled', status: 503, words: () => '', retryAfterMs: 0 } as const;
    const circumstances = { expiresInMs: Infinity, isAddressSuspected: false, isAddressConfirmed: true, chance: 0 };
    let attempts = 0;
    for (let ageMs = 0; ageMs < 300_000; attempts++) {
      const decision = decide(outcome, { receiveCount: attempts + 1, ageMs, ...circumstances }, policy);
      if (decision.kind !== 'retry') throw new Error(decision.kind);
      ageMs += decision.delaySeconds * 1000;
    }
    expect(attempts).toBe(18);
    const { Threshold } = v.parse(alarmShape, alarms()['GatewayFailuresAlarm']);
    expect((100 * attempts) / 40).toBeLessThanOrEqual(Threshold);
  });
});
