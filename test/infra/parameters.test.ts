import { describe, expect, it } from 'vitest';
import { faultsOfParameters, type ParameterValues } from '../../scripts/parameters.ts';
import { createApiKey } from '../../shared/api-key.ts';

const faultsOf = (values: ParameterValues) => faultsOfParameters('prod', values);

describe('the parameters of a deployment', () => {
  it('are accepted as text, as a number, and as a reference to a resource', () => {
    const values = {
      ...{ alarms: 'true', alarmEmail: 'a@b', concurrency: 5, batchRecords: '100', batchWindowSeconds: 1 },
      ...{ apiKeys: createApiKey('backend', []).entry, pushesQueueUrl: { Ref: 'PushesQueue' }, openIntake: 'false' },
    };
    expect(faultsOf(values)).toEqual([]);
  });

  it.each([
    ['batchRecord', 'There is no parameter batchRecord: did you mean batchRecords?'],
    ['apikeys', 'There is no parameter apikeys: did you mean apiKeys?'],
    ['stage', 'There is no parameter stage: docs/configuration.md lists the parameters'],
    ['constructor', 'There is no parameter constructor: docs/configuration.md lists the parameters'],
  ])('are refused by an unknown name: %s', (name, fault) => {
    expect(faultsOf({ [name]: '1' })).toEqual([fault]);
  });

  it.each([
    ['concurrency', '901', 'concurrency: must be a whole number of attempts from 1 to 900'],
    ['attemptTimeoutMs', '1e3', 'attemptTimeoutMs: must be a whole number of milliseconds from 10 to 20000'],
    ['gatewayUrl', 'pnm.example.com', 'gatewayUrl: must be an http or https address'],
    ['tickMinutes', 20, /^tickMinutes: must be one of 1, 2, 3, 4, 5, 6, 10, 12, 15: a divisor of an hour/],
    ['sweepsBucket', 'Not_A_Bucket', 'sweepsBucket: must be the name of a bucket'],
    ['batchRecords', 'many', 'batchRecords: must be a whole number of pushes from 1 to 10000'],
    ['batchRecords', 0, 'batchRecords: must be a whole number of pushes from 1 to 10000'],
    ['sweepBatchRecords', 10_001, 'sweepBatchRecords: must be a whole number of pushes from 1 to 10000'],
    ['batchWindowSeconds', 61, 'batchWindowSeconds: must be a whole number of seconds from 0 to 60'],
    ['deliverInstances', 1, 'deliverInstances: must be a whole number of instances from 2 to 1000'],
    ['sweepInstances', '1001', 'sweepInstances: must be a whole number of instances from 2 to 1000'],
    ['logRetentionDays', 31, /^logRetentionDays: must be one of 1, 3, 5, /],
    ['alarms', 'yes', 'alarms: must be true or false'],
    ['dashboard', 'True', 'dashboard: must be true or false'],
    ['alarmEmail', 'notmail', 'alarmEmail: must be an e-mail address'],
    ['outcomesEmail', 'crm', 'outcomesEmail: must be an e-mail address'],
    ['outcomesUrl', 'http://crm.example.com', 'outcomesUrl: must be an https address'],
    ['outcomesUrl', 'crm.example.com', 'outcomesUrl: must be an https address'],
    ['outcomesQueueArn', 'crm', 'outcomesQueueArn: must be the ARN of a standard SQS queue'],
    [
      'outcomesQueueArn',
      'arn:aws:sqs:eu-central-1:123456789012:crm.fifo',
      'outcomesQueueArn: must be the ARN of a standard SQS queue',
    ],
    ['outcomesTopicKeyArn', 'alias/aws/sns', 'outcomesTopicKeyArn: must be the ARN of a KMS key'],
    ['apiKeys', ';', 'apiKeys: has no entry: add one of `npm run key`, or remove it'],
    ['apiKeys', 'backend:secret', /^apiKeys: key 1 does not have the form NAME:SHA256(?!.*secret)/],
  ])('are refused by a wrong value: %s=%s', (name, value, fault) => {
    expect(faultsOf({ [name]: value })).toEqual([
      typeof fault === 'string' ? fault : (expect.stringMatching(fault) as string),
    ]);
  });

  it.each([
    ['openIntake', 'true', 'openIntake is for the local stack: configure API keys with apiKeys'],
    ['sweepSpeed', '60', /^sweepSpeed is for the local stack: remove it/],
  ])('are refused where they are for the local stack: %s', (name, value, fault) => {
    expect(faultsOf({ [name]: value })).toEqual([
      typeof fault === 'string' ? fault : (expect.stringMatching(fault) as string),
    ]);
  });

  it('are refused for the stage of the local stack, whose intake is open', () => {
    expect(faultsOfParameters('local', { openIntake: 'true' })).toEqual([
      '--stage local is the local stack of `npm start`: choose another stage to deploy.',
    ]);
  });

  it('are refused where a batch above 10 has no window', () => {
    const values = { batchRecords: '100', batchWindowSeconds: '0', sweepBatchRecords: 11, sweepBatchWindowSeconds: 0 };
    expect(faultsOf(values)).toEqual([
      'batchRecords above 10 needs batchWindowSeconds of at least 1',
      'sweepBatchRecords above 10 needs sweepBatchWindowSeconds of at least 1',
    ]);
    expect(faultsOf({ ...values, batchRecords: 10, sweepBatchWindowSeconds: 1 })).toEqual([]);
  });

  it('are refused where the longest delay is below the first one', () => {
    const values = { backoffBaseSeconds: 10, backoffCapSeconds: '5' };
    expect(faultsOf(values)).toEqual(['backoffCapSeconds: must be at least backoffBaseSeconds, which is 10']);
    expect(faultsOf({ ...values, backoffCapSeconds: 10 })).toEqual([]);
  });

  it('are refused where the time limit of an attempt is below that of its connection', () => {
    const values = { connectTimeoutMs: 6000, attemptTimeoutMs: '5000' };
    expect(faultsOf(values)).toEqual(['attemptTimeoutMs: must be at least connectTimeoutMs, which is 6000']);
    expect(faultsOf({ ...values, attemptTimeoutMs: 6000 })).toEqual([]);
  });

  it('are refused where a filter is faulty, or without its subscriber', () => {
    const values = { outcomesUrl: 'https://crm.example.com', outcomesUrlFilter: 'reason=unregistered;client=crm' };
    expect(faultsOf(values)).toEqual([]);
    expect(faultsOf({ ...values, outcomesUrlFilter: 'raeson=expired' })).toEqual([
      expect.stringMatching(/^outcomesUrlFilter: "raeson" is not an attribute/) as string,
    ]);
    expect(faultsOf({ ...values, outcomesUrl: '' })).toEqual(['outcomesUrlFilter needs outcomesUrl']);
    expect(faultsOf({ outcomesEmailFilter: 'queue=sweeps', outcomesQueueFilter: 'queue=sweeps' })).toEqual([
      'outcomesEmailFilter needs outcomesEmail',
      'outcomesQueueFilter needs outcomesQueueArn',
    ]);
  });

  it('have all their faults reported at once', () => {
    expect(faultsOf({ nosuch: 1, concurrency: 0, batchRecords: 11, batchWindowSeconds: 0 })).toHaveLength(3);
  });
});
