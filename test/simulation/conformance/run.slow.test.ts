import { ListTopicsCommand, SNSClient } from '@aws-sdk/client-sns';
import { ListQueuesCommand } from '@aws-sdk/client-sqs';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { patience } from '../../support/patience.ts';
import { startQueues, type TestQueues } from '../../support/queues.ts';

/** Stands in for AWS. */
let aws: TestQueues;
beforeEach(async () => {
  aws = await startQueues();
});
afterEach(() => aws.stop());

const credentials = { AWS_ACCESS_KEY_ID: 'test', AWS_SECRET_ACCESS_KEY: 'test', AWS_REGION: 'us-east-1' };

function start(environment: Readonly<Record<string, string>>) {
  const child = spawn(process.execPath, ['test/simulation/conformance/run.ts', '--aws'], {
    env: { PATH: process.env['PATH'], ...environment },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const ended = async () => {
    const [stdout, stderr, [exitCode]] = await Promise.all([
      text(child.stdout),
      text(child.stderr),
      once(child, 'exit') as Promise<[number | null]>,
    ]);
    return { stdout, stderr, exitCode };
  };
  return { child, ended: ended() };
}

const startOnStandIn = () => start({ ...credentials, AWS_ENDPOINT_URL: `http://127.0.0.1:${String(aws.server.port)}` });

/** Those of the run. */
async function topicsLeft(): Promise<number> {
  const endpoint = `http://127.0.0.1:${String(aws.server.port)}`;
  const sns = new SNSClient({
    endpoint,
    region: 'us-east-1',
    credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
  });
  const { Topics = [] } = await sns.send(new ListTopicsCommand({}));
  return Topics.filter(({ TopicArn = '' }) => TopicArn.includes(':pnm2-relay-conform-')).length;
}

async function queuesLeft(): Promise<number> {
  const { QueueUrls = [] } = await aws.sqs.send(new ListQueuesCommand({ QueueNamePrefix: 'pnm2-relay-conform-' }));
  return QueueUrls.length;
}

describe('npm run conform -- --aws', () => {
  it('says in one line which credentials are missing', async () => {
    expect(await start({ AWS_ACCESS_KEY_ID: 'test' }).ended).toEqual({
      stdout: '',
      stderr: 'AWS cannot be asked: set AWS_PROFILE, or AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY; and AWS_REGION.\n',
      exitCode: 1,
    });
  });

  it('prints what each answers and which answers are wrong, and deletes its queues', async () => {
    const { stdout, stderr, exitCode } = await startOnStandIn().ended;
    expect(stdout).toMatch(/^question +model +embedded +AWS\n/);
    expect(stdout).toMatch(/^Is DelaySeconds 901 accepted\? +refused +accepted +accepted$/m);
    expect(stderr).toContain('Is DelaySeconds 901 accepted? AWS answers "accepted" instead of "refused"');
    expect(stderr).not.toMatch(/(model|embedded) answers|could not be deleted/);
    expect({ exitCode, queues: await queuesLeft(), topics: await topicsLeft() }).toEqual({
      ...{ exitCode: 1, queues: 0, topics: 0 },
    });
  });

  it('deletes its queues when it is interrupted', async () => {
    const { child, ended } = startOnStandIn();
    await vi.waitUntil(async () => (await queuesLeft()) > 3, patience);
    child.kill('SIGINT');
    const { stderr, exitCode } = await ended;
    expect(stderr).toContain('Not all questions were answered: interrupted.');
    expect({ exitCode, left: await queuesLeft() }).toEqual({ exitCode: 130, left: 0 });
  });
});
