import { describe, expect, it, onTestFinished } from 'vitest';
import type { Check } from '../../../scripts/doctor/check.ts';
import { checkGateway } from '../../../scripts/doctor/configuration.ts';
import { examine, isReady, report } from '../../../scripts/doctor/doctor.ts';
import type { ParameterValues } from '../../../scripts/parameters.ts';
import { createApiKey } from '../../../shared/api-key.ts';
import { startAwsAccount, type StandInAccount } from '../../support/aws-account.ts';

const deployment = { stage: 'prod', region: 'eu-central-1', stackName: 'pnm2-relay-prod' };
const credentials = { accessKeyId: 'test', secretAccessKey: 'test' };
const withKey = { apiKeys: createApiKey('backend', []).entry };

async function examined(account: StandInAccount, values: ParameterValues = {}): Promise<readonly Check[]> {
  const { port, stop } = await startAwsAccount(account);
  onTestFinished(stop);
  const endpoint = `http://127.0.0.1:${String(port)}`;
  return examine(deployment, { ...withKey, ...values }, { region: deployment.region, endpoint, credentials });
}

async function checkOf(name: Check['name'], account: StandInAccount, values?: ParameterValues) {
  return (await examined(account, values)).filter((check) => check.name === name);
}

describe('the doctor', () => {
  it('finds nothing wrong with a large account and a key', async () => {
    const checks = await examined({});
    expect(checks).toEqual([
      { name: 'credentials', result: 'ok', detail: 'account 123456789012, arn:aws:iam::123456789012:user/ops' },
      { name: 'parameters', result: 'ok', detail: 'every value is within its bounds' },
      { name: 'keys', result: 'ok', detail: 'backend' },
      {
        name: 'concurrency',
        result: 'ok',
        detail:
          'the account allows 1000 concurrent executions to all stages and functions; deliver takes up to 15, sweep 1, which leaves 984 for accept',
      },
      { name: 'stack', result: 'ok', detail: 'there is no stack pnm2-relay-prod yet: it will be created' },
    ]);
    expect(isReady(checks)).toBe(true);
  });

  it('warns that there is no key, which is no obstacle', async () => {
    const checks = await examined({}, { apiKeys: '' });
    expect(checks.find(({ name }) => name === 'keys')).toMatchObject({
      result: 'warning',
      detail: 'there is no API key, so every push will be refused',
    });
    expect(isReady(checks)).toBe(true);
  });

  it('reports each faulty parameter, and checks the rest', async () => {
    const checks = await examined({}, { deliverInstances: '1', nosuch: '1', apiKeys: 'backend:secret' });
    expect(checks.filter(({ result }) => result === 'failure').map(({ detail }) => detail)).toEqual([
      expect.stringMatching(/^apiKeys: key 1 does not have the form/),
      'deliverInstances: must be a whole number of instances from 2 to 1000',
      'There is no parameter nosuch: docs/configuration.md lists the parameters',
    ]);
    expect(checks.map(({ name }) => name)).toContain('stack');
  });

  it('says what it could not check, and why', async () => {
    const refused = ['GetAccountSettings', 'DescribeStacks'];
    const checks = await examined({ refused });
    expect(checks.slice(-2)).toMatchObject([
      {
        name: 'concurrency',
        result: 'warning',
        detail:
          'not checked: AWS answered AccessDeniedException: User: ops is not authorized to perform: GetAccountSettings',
      },
      { name: 'stack', result: 'warning' },
    ]);
  });

  it('ends at credentials that AWS refuses', async () => {
    const checks = await examined({ refused: ['GetCallerIdentity'] });
    expect(checks.map(({ name, result }) => [name, result])).toEqual([
      ['credentials', 'failure'],
      ['parameters', 'ok'],
      ['keys', 'ok'],
    ]);
  });

  it('prints a table, and each remedy once', async () => {
    const lines = report(await examined({}, { concurrency: 0, batchRecords: 0 })).split('\n');
    expect(lines[0]).toBe('check        result   detail');
    expect(lines).toContain('parameters   failure  concurrency: must be a whole number of attempts from 1 to 900');
    expect(lines.filter((line) => line.startsWith('parameters: '))).toEqual([
      'parameters: Correct the values: docs/configuration.md describes each parameter.',
    ]);
  });
});

describe('the gateway', () => {
  const gatewayUrl = 'https://relay:secret@pnm.example.com/pnm2';
  const check = (values: ParameterValues) => checkGateway({ gatewayUrl, ...values });
  const posts = (what: string) => `deliver posts ${what}`;

  it.each<[ParameterValues, string]>([
    [{}, 'form to https://pnm.example.com/pnm2'],
    [{ gatewayFormat: 'json' }, 'json to https://pnm.example.com/pnm2/send'],
  ])('is named as pushes are posted to it, without a password: %j', (values, what) => {
    expect(check(values)).toEqual([{ name: 'gateway', result: 'ok', detail: posts(what) }]);
  });

  it('that reads JSON only should not get forms', () => {
    const detail =
      'form to https://pnm.example.com/pnm2/send, which is the path of the newer gateway: it reads JSON only';
    expect(check({ gatewayUrl: `${gatewayUrl}/send` })).toEqual([
      {
        ...{ name: 'gateway', result: 'warning', detail: posts(detail) },
        remedy: 'Deploy with --param gatewayFormat=json',
      },
    ]);
  });

  it('that requires a Selector should not get what the intake accepts without', () => {
    expect(check({ gatewayFormat: 'json', selectorRequired: 'false' })).toMatchObject([
      { result: 'warning', remedy: 'Deploy with --param selectorRequired=true' },
    ]);
    expect(check({ gatewayFormat: 'form', selectorRequired: 'false' })).toMatchObject([{ result: 'ok' }]);
  });

  it('is not checked if its parameters are faulty', async () => {
    expect(check({ gatewayFormat: 'xml' })).toEqual([]);
    expect(await checkOf('gateway', {}, { gatewayUrl: 'pnm.example.com' })).toEqual([]);
  });
});

describe('the concurrency of an account', () => {
  const quota =
    'aws service-quotas request-service-quota-increase --region eu-central-1 --service-code lambda --quota-code L-B99A9384 --desired-value 1000';

  it('of 10 fails with the defaults, and proposes what fits', async () => {
    expect(await checkOf('concurrency', { concurrency: 10 })).toEqual([
      {
        name: 'concurrency',
        result: 'failure',
        detail:
          'the account allows 10 concurrent executions to all stages and functions; deliver takes up to 15, sweep 1, which leaves none for accept',
        remedy: `Deploy with --param deliverInstances=2 --param sweepInstances=2 until you have more, and request more: ${quota}`,
      },
    ]);
  });

  it('of 10 is enough for a start with what was proposed', async () => {
    expect(await checkOf('concurrency', { concurrency: 10 }, { deliverInstances: '2', sweepInstances: 2 })).toEqual([
      {
        name: 'concurrency',
        result: 'warning',
        detail:
          'the account allows 10 concurrent executions to all stages and functions; deliver takes up to 4, sweep 1, which leaves 5 for accept: enough for about 500 pushes a second, but throttleRate allows 1000',
        remedy: `Request more: ${quota}`,
      },
    ]);
  });

  it.each([50, 1000])('of %i is enough for the defaults', async (concurrency) => {
    expect(await checkOf('concurrency', { concurrency })).toMatchObject([{ result: 'ok' }]);
  });

  it('counts what other functions have reserved', async () => {
    const [check] = await checkOf('concurrency', { concurrency: 1000, unreserved: 20 });
    expect(check).toMatchObject({ result: 'failure' });
    expect(check?.detail).toContain('reserves all but 20 for other functions');
  });

  it.each([
    [10, { deliverInstances: 10, sweepInstances: 5 }],
    [12, { deliverInstances: 2, sweepInstances: 5 }],
    [50, { deliverInstances: 60, sweepInstances: 5 }],
    [100, { deliverInstances: 60, sweepInstances: 60 }],
  ])('of %i fits the proposal that it leads to', async (concurrency, values) => {
    const [refused] = await checkOf('concurrency', { concurrency }, values);
    expect(refused?.result).toBe('failure');
    const proposed = Object.fromEntries(
      [...(refused?.remedy ?? '').matchAll(/--param (\w+)=(\d+)/g)].map(([, name = '', value = '']) => [name, value]),
    );
    expect(Object.keys(proposed)).toEqual(['deliverInstances', 'sweepInstances']);
    expect(await checkOf('concurrency', { concurrency }, proposed)).not.toMatchObject([{ result: 'failure' }]);
  });

  it('has no proposal where even the fewest instances leave too few', async () => {
    const [check] = await checkOf('concurrency', { concurrency: 10, unreserved: 9 });
    expect(check).toMatchObject({ result: 'failure', remedy: `First request more: ${quota}` });
  });
});

describe('the stack and its bucket', () => {
  const stackIn = (status: string, objects?: number): StandInAccount => ({
    stacks: { 'pnm2-relay-prod': status },
    buckets: { 'relay-sweeps': objects },
  });
  const results = async (account: StandInAccount) =>
    (await examined(account)).filter(({ name }) => name === 'stack' || name === 'bucket');

  it('can be updated, whatever the bucket has', async () => {
    expect(await results(stackIn('UPDATE_COMPLETE', 3))).toEqual([
      { name: 'stack', result: 'ok', detail: 'the stack pnm2-relay-prod is in the state UPDATE_COMPLETE' },
      { name: 'bucket', result: 'ok', detail: 'relay-sweeps has objects; empty it before you remove the stack' },
    ]);
    expect(await results(stackIn('CREATE_COMPLETE', 0))).toMatchObject([{ result: 'ok' }, { result: 'ok' }]);
  });

  it('must be removed after a failed creation, which a bucket with objects blocks', async () => {
    expect(await results(stackIn('ROLLBACK_FAILED', 3))).toEqual([
      {
        name: 'stack',
        result: 'failure',
        detail: 'the stack pnm2-relay-prod is in the state ROLLBACK_FAILED',
        remedy: 'It cannot be updated: remove it with npx serverless remove --stage prod --region eu-central-1',
      },
      {
        name: 'bucket',
        result: 'failure',
        detail: 'the bucket relay-sweeps has objects, so the stack cannot be removed',
        remedy: 'Save what you need of it, and empty it with aws s3 rm s3://relay-sweeps --recursive',
      },
    ]);
  });

  it.each([
    ['UPDATE_IN_PROGRESS', /^Wait/],
    ['UPDATE_ROLLBACK_FAILED', /continue-update-rollback --region eu-central-1 --stack-name pnm2-relay-prod$/],
    ['DELETE_FAILED', /npx serverless remove/],
  ])('cannot be deployed in the state %s', async (status, remedy) => {
    const [stack] = await results(stackIn(status, 0));
    expect(stack).toMatchObject({ result: 'failure', remedy: expect.stringMatching(remedy) as string });
  });

  it('is created where it is only in review', async () => {
    expect(await results({ stacks: { 'pnm2-relay-prod': 'REVIEW_IN_PROGRESS' } })).toMatchObject([{ result: 'ok' }]);
  });

  it('has lost its bucket where that was deleted by hand', async () => {
    expect((await results(stackIn('UPDATE_COMPLETE')))[1]).toMatchObject({
      result: 'failure',
      detail: 'the stack has the bucket relay-sweeps, which does not exist any more',
      // Not the removal of the stack, whose queues hold accepted pushes.
      remedy: expect.stringMatching(/^Create it again with aws s3 mb s3:\/\/relay-sweeps --region \S+; /) as string,
    });
  });
});

describe('the table of the registry', () => {
  const updated = { stacks: { 'pnm2-relay-prod': 'UPDATE_COMPLETE' } };

  it.each<[string, StandInAccount]>([
    ['without a stack', { table: 'left' }],
    ['with a stack that has none', { ...updated, table: 'left' }],
  ])('that a removed stack has left stands against a deployment %s', async (_which, account) => {
    expect(await checkOf('table', account)).toEqual([
      {
        name: 'table',
        result: 'failure',
        detail:
          'the table pnm2-relay-prod-devices is not in the stack: a removed stack has left it, and CloudFormation would say that it exists already',
        remedy:
          'Delete it with aws dynamodb delete-table --region eu-central-1 --table-name pnm2-relay-prod-devices; to keep its devices, see docs/operations.md, "Remove", first',
      },
    ]);
  });

  it.each<[string, StandInAccount]>([
    ['that the stack has', { ...updated, table: 'of the stack' }],
    ['that does not exist yet', updated],
  ])('%s is not mentioned', async (_which, account) => {
    expect(await checkOf('table', account)).toEqual([]);
  });

  it('is not checked without the permission', async () => {
    expect(await checkOf('table', { refused: ['DescribeTable'] })).toMatchObject([
      { result: 'warning', detail: expect.stringContaining('not authorized to perform: DescribeTable') as string },
    ]);
  });
});
