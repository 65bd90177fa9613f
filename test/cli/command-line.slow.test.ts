import { PurgeQueueCommand } from '@aws-sdk/client-sqs';
import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, beforeEach, describe, expect, it, onTestFinished, vi } from 'vitest';
import type { Listening } from '../../local/listen.ts';
import type { LocalQueue } from '../../local/embedded-aws.ts';
import { deadLettersWith, deadLetterWith, putDeadLetters } from '../support/dead-letters.ts';
import { startCloudFormation } from '../support/cloudformation.ts';
import { patience } from '../support/patience.ts';
import { startQueues, type TestQueues } from '../support/queues.ts';
import { startSqsProxy, type Fate } from '../support/sqs-proxy.ts';
import { spawnCli, startCli } from '../support/cli.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));

let queues: TestQueues;
let cloudFormation: Listening;
let home: string;
beforeAll(async () => {
  queues = await startQueues({ namePrefix: 'pnm2-relay-local-' });
  cloudFormation = await startCloudFormation({
    'pnm2-relay-prod': { PushesQueueUrl: queues.pushes.url, UndeliverableQueueUrl: queues.undeliverable.url },
    other: { PushUrl: 'https://example.com/pnm2' },
  });
  home = await mkdtemp(join(tmpdir(), 'pnm2-relay-'));
});
afterAll(async () => {
  await cloudFormation.stop();
  await queues.stop();
  await rm(home, { recursive: true });
});
beforeEach(async () => {
  for (const { url } of [queues.pushes, queues.undeliverable]) {
    await queues.sqs.send(new PurgeQueueCommand({ QueueUrl: url }));
  }
});

function inside({ queueName }: LocalQueue) {
  const messages = queues.server.inspectQueue(queueName)?.messages;
  return { ready: messages?.ready.length, inflight: messages?.inflight.length };
}

/** A machine without any AWS settings. */
const bare = () => ({ PATH: process.env['PATH'], HOME: home, AWS_EC2_METADATA_DISABLED: 'true' });
const local = () => ({ ...bare(), AWS_PORT: String(queues.server.port) });
const credentials = { AWS_ACCESS_KEY_ID: 'test', AWS_SECRET_ACCESS_KEY: 'test' };
const aws = () => ({
  ...{ ...bare(), ...credentials },
  AWS_ENDPOINT_URL_CLOUDFORMATION: `http://127.0.0.1:${String(cloudFormation.port)}`,
  AWS_ENDPOINT_URL_SQS: `http://127.0.0.1:${String(queues.server.port)}`,
});

describe('the CLI in a pipe', () => {
  it('prints only JSON on stdout, and a plain line on stderr', async () => {
    await putDeadLetters(queues, [deadLetterWith(), deadLetterWith()]);
    const { exitCode, stdout, stderr } = await spawnCli(['dead-letters', 'list', '--local', '--json'], local());
    expect(exitCode).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({ scanned: 2 });
    expect(stderr).toBe('2 dead letters read\n');
  });

  it('redrives and discards', async () => {
    const [one, two] = [deadLetterWith(), deadLetterWith()];
    await putDeadLetters(queues, [one, two]);
    const redriven = await spawnCli(['dead-letters', 'redrive', '--id', one.pushId, '--local'], local());
    expect(redriven).toMatchObject({ exitCode: 0, stdout: '1 of 2 dead letters redriven: 1 to pushes.\n' });
    const refused = await spawnCli(['dead-letters', 'discard', '--all', '--local'], local());
    expect(refused).toMatchObject({ exitCode: 1, stdout: '' });
    const discarded = await spawnCli(['dead-letters', 'discard', '--all', '--yes', '--local'], local());
    expect(discarded).toMatchObject({ exitCode: 0, stdout: '1 of 1 dead letter discarded.\n' });
    expect([inside(queues.pushes).ready, inside(queues.undeliverable).ready]).toEqual([1, 0]);
  });

  it('makes the messages that it holds visible again when it is interrupted, and exits with 130', async () => {
    // Enough messages that the reading does not end before the interruption, which may arrive late.
    await putDeadLetters(queues, deadLettersWith(500));
    const interrupted = Promise.withResolvers<undefined>();
    let receives = 0;
    const proxy = await startSqsProxy(queues.server.port, async (action): Promise<Fate> => {
      if (action === 'ReceiveMessage' && (receives += 1) > 3) await interrupted.promise;
      return 'pass';
    });
    onTestFinished(() => proxy.stop());
    const child = startCli(['dead-letters', 'list', '--local'], { ...bare(), AWS_PORT: String(proxy.port) });
    const output = Promise.all([text(child.stdout), text(child.stderr)]);
    const exited = once(child, 'exit');
    await vi.waitUntil(() => inside(queues.undeliverable).inflight === 30, patience);
    child.kill('SIGINT');
    interrupted.resolve(undefined);
    expect(await exited).toEqual([130, null]);
    const [stdout, stderr] = await output;
    expect(stdout).toBe('');
    expect(stderr).toContain('Interrupted');
    expect(inside(queues.undeliverable)).toEqual({ ready: 500, inflight: 0 });
  });

  it('ends without an error when the reader closes the pipe', async () => {
    await putDeadLetters(queues, deadLettersWith(200));
    const child = startCli(['dead-letters', 'list', '--local', '--json'], local());
    child.stdout.destroy();
    const [stderr] = await Promise.all([text(child.stderr), once(child, 'exit')]);
    expect(stderr).toBe('200 dead letters read\n');
  });

  it('prints help without any settings', async () => {
    const { exitCode, stdout, stderr } = await spawnCli(['--help'], bare());
    expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' });
    expect(stdout).toContain('Usage: pnm2-relay');
  });

  it.each([
    ['npx', ['pnm2-relay']],
    ['npm', ['run', '--silent', 'cli', '--']],
  ])('can be started by %s', async (command, words) => {
    const { stdout } = await promisify(execFile)(command, [...words, 'dead-letters', 'list', '--local'], {
      cwd: root,
      env: { ...process.env, ...local() },
    });
    expect(stdout).toBe('There are no dead letters.\n');
  });

  it('names the wanted version on an old Node', async () => {
    const oldNode = "Object.defineProperty(process, 'versions', { value: { node: '20.1.0' } })";
    const NODE_OPTIONS = `--import=data:text/javascript,${encodeURIComponent(oldNode)}`;
    const { exitCode, stdout, stderr } = await spawnCli(['--help'], { ...bare(), NODE_OPTIONS });
    expect({ exitCode, stdout }).toEqual({ exitCode: 1, stdout: '' });
    expect(stderr).toMatch(/^This needs Node 24, but this is Node 20\.1\.0\. `npm ci`.*\n$/);
  });
});

describe('the CLI against AWS', () => {
  it('finds the queues in the outputs of the stack', async () => {
    await putDeadLetters(queues, [deadLetterWith(), deadLetterWith({ reason: 'expired' })]);
    const words = ['dead-letters', 'redrive', '--stage', 'prod', '--reason', 'rejected'];
    expect(await spawnCli(words, aws())).toEqual({
      exitCode: 0,
      stdout: '1 of 2 dead letters redriven: 1 to pushes.\n',
      stderr: '2 dead letters read, 1 redriven\n',
    });
    const named = ['dead-letters', 'list', '--stack', 'pnm2-relay-prod', '--json'];
    expect(JSON.parse((await spawnCli(named, aws())).stdout)).toMatchObject({ scanned: 1 });
  });

  it('uses the queues that are passed as options', async () => {
    await putDeadLetters(queues, [deadLetterWith()]);
    const given = ['--undeliverable-url', queues.undeliverable.url, '--queue-url', `pushes=${queues.pushes.url}`];
    expect(await spawnCli(['dead-letters', 'redrive', '--all', ...given], { ...bare(), ...credentials })).toMatchObject(
      {
        stdout: '1 of 1 dead letter redriven: 1 to pushes.\n',
      },
    );
  });

  it.each([
    [[], 'There is no stack pnm2-relay-dev in us-east-1: check --stage or --stack, and --region.\n'],
    [
      ['--stage', 'prod2', '--region', 'eu-central-1'],
      'There is no stack pnm2-relay-prod2 in eu-central-1: check --stage or --stack, and --region.\n',
    ],
    [
      ['--stack', 'other'],
      'The stack other has no output UndeliverableQueueUrl: deploy it again, or pass the URL of the queue with --undeliverable-url.\n',
    ],
  ])('reports that there is no such stack or output: %j', async (words, stderr) => {
    expect(await spawnCli(['dead-letters', 'list', ...words], aws())).toEqual({ exitCode: 1, stdout: '', stderr });
  });

  it('reports that there is no such queue', async () => {
    const url = queues.undeliverable.url.replace('undeliverable', 'nothing');
    const { exitCode, stderr } = await spawnCli(['dead-letters', 'list', '--undeliverable-url', url], aws());
    expect(exitCode).toBe(1);
    expect(stderr).toBe('There is no such queue in us-east-1: check the URL, or --stage and --region.\n');
  });

  it('reports that there are no credentials', async () => {
    const { exitCode, stdout, stderr } = await spawnCli(['dead-letters', 'list', '--stage', 'prod'], bare());
    expect({ exitCode, stdout }).toEqual({ exitCode: 1, stdout: '' });
    expect(stderr).toMatch(/^No usable AWS credentials \(.*\): set AWS_PROFILE, or .*--local.*\n$/);
    expect(stderr.trimEnd()).not.toContain('\n');
  });
});
