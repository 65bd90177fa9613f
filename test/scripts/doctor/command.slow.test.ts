import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Listening } from '../../../local/listen.ts';
import { startAwsAccount } from '../../support/aws-account.ts';

const root = fileURLToPath(new URL('../../..', import.meta.url));

let account: Listening;
let home: string;
beforeAll(async () => {
  account = await startAwsAccount({ concurrency: 10 });
  home = await mkdtemp(join(tmpdir(), 'pnm2-relay-'));
});
afterAll(async () => {
  await account.stop();
  await rm(home, { recursive: true });
});

/** A machine without any AWS settings. */
const bare = () => ({ PATH: process.env['PATH'], HOME: home, AWS_EC2_METADATA_DISABLED: 'true' });
const aws = () => ({
  ...bare(),
  ...{ AWS_ACCESS_KEY_ID: 'test', AWS_SECRET_ACCESS_KEY: 'test' },
  AWS_ENDPOINT_URL: `http://127.0.0.1:${String(account.port)}`,
});

function npmRun(script: string, options: readonly string[], env: NodeJS.ProcessEnv) {
  return new Promise<{ readonly exitCode: unknown; readonly stdout: string }>((resolve) => {
    execFile('npm', ['run', '--silent', script, '--', ...options], { cwd: root, env }, (error, stdout) => {
      resolve({ exitCode: error?.code ?? 0, stdout });
    });
  });
}

describe('npm run doctor', () => {
  it('takes the options of a deployment, and prints only JSON with --json', async () => {
    const options = ['--json', '--stage', 'prod', '--region', 'eu-central-1', '--param', 'sweepInstances=3'];
    const { exitCode, stdout } = await npmRun('doctor', options, aws());
    expect(exitCode).toBe(1);
    expect(JSON.parse(stdout)).toMatchObject({
      ...{ stage: 'prod', region: 'eu-central-1', stackName: 'pnm2-relay-prod', ready: false },
      checks: [
        { name: 'credentials', result: 'ok' },
        { name: 'parameters', result: 'ok' },
        { name: 'gateway', result: 'ok', detail: 'deliver posts form to https://pnm.cloudsoftphone.com/pnm2' },
        { name: 'keys', result: 'warning' },
        {
          name: 'concurrency',
          result: 'failure',
          detail: expect.stringContaining('deliver takes up to 13,') as string,
        },
        { name: 'stack', result: 'ok' },
      ],
    });
  });

  it('exits with 0 where it only warns', async () => {
    const options = ['--param', 'deliverInstances=2', '--param', 'sweepInstances=2'];
    const { exitCode, stdout } = await npmRun('doctor', options, aws());
    expect(exitCode).toBe(0);
    expect(stdout).toMatch(/^concurrency +warning /m);
  });

  it('says what to do without credentials, and reports the parameters that the framework would refuse', async () => {
    const { exitCode, stdout } = await npmRun('doctor', ['--param', 'deliverInstances=1'], bare());
    expect(exitCode).toBe(1);
    expect(stdout).toMatch(/^credentials +failure +there are no AWS credentials$/m);
    expect(stdout).toMatch(/^credentials: Set AWS_PROFILE, or AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY/m);
    expect(stdout).toMatch(/^parameters +failure +deliverInstances: must be /m);
  });
});

describe('npm run deploy', () => {
  it('asks the doctor first, and ends at a failure', async () => {
    const { exitCode, stdout } = await npmRun('deploy', ['--stage', 'prod'], aws());
    expect(exitCode).toBe(1);
    expect(stdout).toMatch(/^concurrency +failure /m);
    expect(stdout).not.toContain('The packaged template is valid.');
  });
});
