import { DynamoDBClient, ListTablesCommand } from '@aws-sdk/client-dynamodb';
import { ListBucketsCommand, S3Client } from '@aws-sdk/client-s3';
import { ListTopicsCommand, SNSClient } from '@aws-sdk/client-sns';
import { ListQueuesCommand } from '@aws-sdk/client-sqs';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { startEmbeddedDynamoDb } from '../../../local/embedded-dynamodb.ts';
import { localClient } from '../../../shared/local-stack.ts';
import { patience } from '../../support/patience.ts';
import { startQueues, type TestQueues } from '../../support/queues.ts';

/** Stand in for AWS. */
let aws: TestQueues;
let dynamoDb: Awaited<ReturnType<typeof startEmbeddedDynamoDb>>;
beforeEach(async () => {
  [aws, dynamoDb] = await Promise.all([startQueues(), startEmbeddedDynamoDb()]);
});
afterEach(() => Promise.all([aws.stop(), dynamoDb.stop()]));

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

const endpointOfAws = () => `http://127.0.0.1:${String(aws.server.port)}`;

const startOnStandIn = () =>
  start({ ...credentials, AWS_ENDPOINT_URL: endpointOfAws(), AWS_ENDPOINT_URL_DYNAMODB: dynamoDb.url });

/** Of the queues, topics, tables and buckets, the number of those of the run. */
async function left() {
  const [queues, { Topics = [] }, { TableNames = [] }, { Buckets = [] }] = await Promise.all([
    queuesLeft(),
    new SNSClient(localClient(endpointOfAws())).send(new ListTopicsCommand({})),
    new DynamoDBClient(localClient(dynamoDb.url)).send(new ListTablesCommand({})),
    new S3Client(localClient(endpointOfAws())).send(new ListBucketsCommand({})),
  ]);
  const names = [...Topics.map(({ TopicArn }) => TopicArn), ...TableNames, ...Buckets.map(({ Name }) => Name)];
  return queues + names.filter((name) => name?.includes('pnm2-relay-conform-') === true).length;
}

/** A table takes a moment to go. */
const nothingIsLeft = () =>
  vi.waitFor(async () => {
    expect(await left()).toBe(0);
  }, patience);

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

  it('prints what each answers and which answers are wrong, and deletes what it created', async () => {
    const { stdout, stderr, exitCode } = await startOnStandIn().ended;
    expect(stdout).toMatch(/^question +model +embedded +AWS\n/);
    expect(stdout).toMatch(/^Is DelaySeconds 901 accepted\? +refused +accepted +accepted$/m);
    expect(stderr).toContain('Is DelaySeconds 901 accepted? AWS answers "accepted" instead of "refused"');
    expect(stderr).not.toMatch(/(model|embedded) answers|could not be deleted/);
    expect(stdout).toMatch(/^\d+ questions, and answers that are not the expected ones: \d+\.$/m);
    expect(exitCode).toBe(1);
    await nothingIsLeft();
  });

  it('deletes what it created when it is interrupted', async () => {
    const { child, ended } = startOnStandIn();
    await vi.waitUntil(async () => (await queuesLeft()) > 3, patience);
    child.kill('SIGINT');
    const { stderr, exitCode } = await ended;
    expect(stderr).toContain('Not all questions were answered: interrupted.');
    expect(exitCode).toBe(130);
    await nothingIsLeft();
  });
});
