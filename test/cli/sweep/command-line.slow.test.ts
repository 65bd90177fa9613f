import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { listen, type Listening } from '../../../local/listen.ts';
import { startCloudFormation } from '../../support/cloudformation.ts';
import { startSweep } from '../../support/sweep.ts';
import { spawnCli } from '../../support/cli.ts';

const bucket = 'pnm2-relay-prod-sweepsbucket-1a2b3c';

let relay: Awaited<ReturnType<typeof startSweep>>;
let cloudFormation: Listening;
let denying: Listening;
let home: string;
let file: string;
beforeAll(async () => {
  relay = await startSweep({}, bucket);
  cloudFormation = await startCloudFormation({
    'pnm2-relay-prod': { SweepsBucketName: bucket, SweepTickMinutes: '5' },
    'pnm2-relay-stale': { SweepsBucketName: 'no-such-bucket' },
    other: { PushUrl: 'https://example.com/pnm2' },
  });
  // The answer of S3 to a caller that may not list the bucket.
  denying = await listen(
    createServer((incoming, response) => {
      incoming.resume();
      response
        .writeHead(403, { 'content-type': 'application/xml' })
        .end('<?xml version="1.0"?><Error><Code>AccessDenied</Code><Message>Access Denied</Message></Error>');
    }),
    0,
  );
  home = await mkdtemp(join(tmpdir(), 'pnm2-relay-'));
  file = join(home, 'nightly.csv');
  await writeFile(file, 'appid,token\na,t\na,u\n');
});
afterAll(async () => {
  await denying.stop();
  await cloudFormation.stop();
  await relay.stop();
  await rm(home, { recursive: true });
});

/** The environment of a machine that is not set up for AWS. */
const bare = () => ({ PATH: process.env['PATH'], HOME: home, TZ: 'UTC', AWS_EC2_METADATA_DISABLED: 'true' });
const aws = (s3Port = relay.port) => ({
  ...bare(),
  AWS_ACCESS_KEY_ID: 'test',
  AWS_SECRET_ACCESS_KEY: 'test',
  AWS_ENDPOINT_URL_CLOUDFORMATION: `http://127.0.0.1:${String(cloudFormation.port)}`,
  AWS_ENDPOINT_URL_S3: `http://127.0.0.1:${String(s3Port)}`,
});

describe('sweeps against AWS', () => {
  it('are in the bucket that the outputs of the stack name', async () => {
    const words = ['--stage', 'prod', '--window', '1h', '--start', '2100-01-02T03:00', '--yes'];
    const started = await spawnCli(['sweep', 'start', file, ...words], aws());
    expect(started).toMatchObject({ exitCode: 0, stderr: '2 rows read\n' });
    // A fifteenth of the five minutes between two ticks is left for enqueueing.
    expect(started.stdout).toContain('begins  2100-01-02T03:00:20Z, ');
    expect(started.stdout).toContain('ends    2100-01-02T04:00:00Z, ');
    const given = await spawnCli(['sweep', 'list', '--bucket', bucket, '--json'], aws());
    const beginsAt = '2100-01-02T03:01:00.000Z';
    expect(JSON.parse(given.stdout)).toMatchObject({
      plans: [{ name: 'nightly', state: 'waiting', window: 'PT1H', next: { beginsAt } }],
    });
    const ticks = ['sweep', 'status', '--bucket', bucket, '--tick-minutes', '5'];
    expect((await spawnCli(ticks, aws())).stdout).toContain('2100-01-02T03:00:20Z');
    const stopped = await spawnCli(['sweep', 'stop', 'nightly', '--stage', 'prod', '--yes'], aws());
    expect(stopped).toMatchObject({ exitCode: 0, stderr: '' });
  });

  it('can be previewed without credentials', async () => {
    const run = await spawnCli(['sweep', 'start', file, '--stage', 'prod', '--dry-run'], bare());
    expect(run).toMatchObject({ exitCode: 0, stderr: '2 rows read\n' });
  });

  it.each<[words: string[], error: string]>([
    [['--stage', 'dev'], 'There is no stack pnm2-relay-dev in us-east-1: check --stage or --stack, and --region.\n'],
    [
      ['--stack', 'other'],
      'The stack other has no output SweepsBucketName: deploy it again, or name the bucket with --bucket.\n',
    ],
    [['--stage', 'stale'], 'There is no such bucket in us-east-1: check --bucket, or --stage and --region.\n'],
    [['--bucket', 'none-of-it'], 'There is no such bucket in us-east-1: check --bucket, or --stage and --region.\n'],
  ])('report a wrong stack or bucket in one line: %j', async (words, stderr) => {
    expect(await spawnCli(['sweep', 'list', ...words], aws())).toEqual({ exitCode: 1, stdout: '', stderr });
    const start = ['sweep', 'start', file, '--yes', ...words];
    expect(await spawnCli(start, aws())).toEqual({ exitCode: 1, stdout: '', stderr });
  });

  it('report in one line that the credentials may not use the bucket', async () => {
    const { exitCode, stdout, stderr } = await spawnCli(['sweep', 'list', '--bucket', bucket], aws(denying.port));
    expect({ exitCode, stdout }).toEqual({ exitCode: 1, stdout: '' });
    expect(stderr).toMatch(/^AWS answered AccessDenied: these credentials may not .*--bucket\.\n$/);
  });

  it('report in one line that there are no credentials, or no local stack', async () => {
    const { stderr } = await spawnCli(['sweep', 'list', '--bucket', bucket], bare());
    expect(stderr).toMatch(/^No usable AWS credentials .*\n$/);
    const noStack = await spawnCli(['sweep', 'list', '--local'], { ...bare(), AWS_PORT: '1' });
    expect(noStack).toMatchObject({
      exitCode: 1,
      stderr: expect.stringMatching(/^Nothing answers at http:\/\/127\.0\.0\.1:1: .*npm start.*\n$/) as string,
    });
    const other = await spawnCli(['sweep', 'list', '--local'], { ...bare(), AWS_PORT: String(relay.port) });
    expect(other.stderr).toMatch(/has no such bucket: check that it is the S3 of npm start\.\n$/);
  });
});
