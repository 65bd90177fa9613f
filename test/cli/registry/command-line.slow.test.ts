import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Listening } from '../../../local/listen.ts';
import { spawnCli } from '../../support/cli.ts';
import { startCloudFormation } from '../../support/cloudformation.ts';
import { devicesTable, registeredDevice, startRegistry, type TestRegistry } from '../../support/registry.ts';
import { temporaryDirectory } from '../../support/temporary-directory.ts';

let registry: TestRegistry;
let cloudFormation: Listening;
beforeAll(async () => {
  registry = await startRegistry();
  await registry.registry.put(registeredDevice({ lastSeenMs: Date.now() }), 180);
  cloudFormation = await startCloudFormation({
    'pnm2-relay-prod': {
      ...{ DevicesTableName: devicesTable, DevicesUrl: 'https://push.example.com/devices' },
      ...{ DevicesPerAccount: '5', DeviceDays: '30' },
    },
    'pnm2-relay-stale': { DevicesTableName: 'no-such-table' },
    'pnm2-relay-old': { PushUrl: 'https://example.com/pnm2' },
  });
});
afterAll(async () => {
  await cloudFormation.stop();
  await registry.stop();
});

const bare = () => ({ PATH: process.env['PATH'], HOME: temporaryDirectory(), AWS_EC2_METADATA_DISABLED: 'true' });
const aws = () => ({
  ...bare(),
  AWS_ACCESS_KEY_ID: 'test',
  AWS_SECRET_ACCESS_KEY: 'test',
  AWS_ENDPOINT_URL_CLOUDFORMATION: `http://127.0.0.1:${String(cloudFormation.port)}`,
  AWS_ENDPOINT_URL_DYNAMODB: registry.environment.AWS_ENDPOINT_URL_DYNAMODB,
});

describe('the registry of a deployment', () => {
  it('is in the table that the outputs of the stack name, or that is given', async () => {
    for (const words of [
      ['--stage', 'prod'],
      ['--stack', 'pnm2-relay-prod'],
      ['--table', devicesTable],
    ]) {
      const shown = await spawnCli(['registry', 'show', '--account', 'alice', '--json', ...words], aws());
      expect(shown).toMatchObject({ exitCode: 0, stderr: '' });
      expect(JSON.parse(shown.stdout)).toMatchObject({ devices: [{ account: 'alice', appId: 'com.example.app' }] });
    }
  });

  it('has its limits in the outputs, also if the table is given, and an import keeps to them', async () => {
    const path = join(temporaryDirectory(), 'devices.csv');
    const old = new Date(Date.now() - 31 * 86_400_000).toISOString();
    const importTo = (stage: string, devices: number) => {
      const rows = Array.from({ length: devices }, (_, index) => `S:1,app,imported-${String(index)},,carol\n`);
      writeFileSync(path, `selector,appid,token,lastseen,account\n${rows.join('')}S:1,app,old,${old},carol\n`);
      return spawnCli(['registry', 'import', path, '--table', devicesTable, '--stage', stage], aws());
    };
    const { stdout } = await importTo('prod', 5);
    expect(stdout).toMatch(/written +5\n(.+\n)+expired +1\n/);
    expect((await importTo('prod', 6)).stderr).toContain('1 device beyond the 5 of an account: ');
    expect(await importTo('none', 6)).toEqual({
      ...{ exitCode: 1, stdout: '' },
      stderr: 'There is no stack pnm2-relay-none in us-east-1: check --stage or --stack, and --region.\n',
    });
  });

  it('has its address in the outputs', async () => {
    const xml = await spawnCli(['registry', 'account-xml', '--stage', 'prod'], aws());
    expect(xml.stdout).toContain('https://push.example.com/devices/report?account=ACCOUNT&amp;sig=SIG');
  });

  it.each([
    [
      ['list', '--stage', 'old'],
      'The stack pnm2-relay-old has no output DevicesTableName: deploy it again, or name the table with --table.',
    ],
    [
      ['sign', '--account', 'alice', '--stage', 'old'],
      'The stack pnm2-relay-old has no output DevicesUrl: deploy it again, or pass the address with --url.',
    ],
    [['list', '--stage', 'stale'], 'There is no such table in us-east-1: check --table, or --stage and --region.'],
    [
      ['list', '--stage', 'none'],
      'There is no stack pnm2-relay-none in us-east-1: check --stage or --stack, and --region.',
    ],
  ])('explains %j in one line', async (words, error) => {
    expect(await spawnCli(['registry', ...words], aws())).toEqual({ exitCode: 1, stdout: '', stderr: `${error}\n` });
  });

  it('needs credentials', async () => {
    for (const [words, error] of [
      [['list', '--table', devicesTable], /^No usable AWS credentials .*\n$/],
      [['account-xml'], /^No usable AWS credentials: pass the address of the relay with --url, .*\n$/],
    ] as const) {
      const { exitCode, stderr } = await spawnCli(['registry', ...words], bare());
      expect({ exitCode, stderr }).toEqual({ exitCode: 1, stderr: expect.stringMatching(error) as string });
    }
  });

  it('says that nothing answers without a local stack', async () => {
    const { exitCode, stderr } = await spawnCli(['registry', 'list', '--local'], { ...bare(), AWS_PORT: '1' });
    expect({ exitCode, stderr }).toEqual({
      exitCode: 1,
      stderr: expect.stringContaining('start the local stack with npm start') as string,
    });
  });
});
