import * as v from 'valibot';
import { describe, expect, it } from 'vitest';
import { announcedService, bucketsOf, mappingsOf, schedulesOf } from '../../local/service.ts';

const arn = (name: string) => ({ 'Fn::GetAtt': [name, 'Arn'] });
const schedule = (properties: object = {}) => ({
  Type: 'AWS::Scheduler::Schedule',
  Properties: {
    ScheduleExpression: 'cron(0/5 * * * ? *)',
    Target: { Arn: arn('SweepLambdaFunction'), Input: '{}' },
    ...properties,
  },
});
const mapping = { arn: arn('SweepsQueue'), functionResponseType: 'ReportBatchItemFailures' };
const service = (Resources: object) =>
  v.parse(announcedService, {
    functions: {
      deliver: { name: 'relay-local-deliver', events: [{ sqs: { ...mapping, maximumBatchingWindow: '1' } }] },
      sweep: { name: 'relay-local-sweep', events: [], environment: { SWEEPS_BUCKET: 'sweeps', TICK_MINUTES: 5 } },
    },
    resources: { Resources },
  });

describe('what the local stack plays of serverless.yml', () => {
  it('is each schedule, with the function that it invokes', () => {
    expect(schedulesOf(service({ Clock: schedule(), Other: { Type: 'AWS::SQS::Queue' } }))).toEqual([
      { functionName: 'relay-local-sweep', everyMinutes: 5, input: '{}' },
    ]);
  });

  it('is no schedule that it would play wrongly', () => {
    expect(() => schedulesOf(service({ Clock: schedule({ ScheduleExpression: 'rate(5 minutes)' }) }))).toThrow(
      'only every so many minutes',
    );
    const target = { Arn: arn('NoneLambdaFunction'), Input: '{}' };
    expect(() => schedulesOf(service({ Clock: schedule({ Target: target }) }))).toThrow('NoneLambdaFunction');
  });

  it('is each bucket that a function is given', () => {
    expect(bucketsOf(service({}))).toEqual(['sweeps']);
  });

  it('is each mapping with its window, and with the defaults of Lambda', () => {
    expect(mappingsOf(service({}))).toEqual([
      {
        functionName: 'relay-local-deliver',
        queueLogicalId: 'SweepsQueue',
        batchRecords: 10,
        batchWindowSeconds: 1,
        maximumConcurrency: 5,
      },
    ]);
  });
});
