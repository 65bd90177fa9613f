import { once } from 'node:events';
import { createServer } from 'node:http';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, beforeEach, describe, expect, it, onTestFinished, vi } from 'vitest';
import { listen, type Listening } from '../../../local/listen.ts';
import { spawnCli, startCli } from '../../support/cli.ts';
import { startCloudFormation } from '../../support/cloudformation.ts';
import { eventWith, startOutcomesCli, type OutcomesCli } from '../../support/outcomes-cli.ts';
import { patience } from '../../support/patience.ts';

let relay: OutcomesCli;
let cloudFormation: Listening;
beforeAll(async () => {
  relay = await startOutcomesCli();
  cloudFormation = await startCloudFormation({
    'pnm2-relay-prod': { OutcomesTopicArn: relay.queues.topicArn },
    older: { PushUrl: 'https://example.com/pnm2' },
  });
});
afterAll(async () => {
  await cloudFormation.stop();
  await relay.stop();
});
beforeEach(async () => {
  expect([await relay.tailQueues(), await relay.subscribed()]).toEqual([[], []]);
});

const bare = () => ({ PATH: process.env['PATH'], AWS_EC2_METADATA_DISABLED: 'true' });
const local = () => ({ ...bare(), AWS_PORT: String(relay.queues.server.port) });
const aws = () => ({
  ...{ ...bare(), AWS_ACCESS_KEY_ID: 'test', AWS_SECRET_ACCESS_KEY: 'test' },
  AWS_ENDPOINT_URL_CLOUDFORMATION: `http://127.0.0.1:${String(cloudFormation.port)}`,
  AWS_ENDPOINT_URL_SQS: `http://127.0.0.1:${String(relay.queues.server.port)}`,
  AWS_ENDPOINT_URL_SNS: `http://127.0.0.1:${String(relay.queues.server.port)}`,
});

/** The environment of a user who may not make these calls to SNS, for one test. */
async function withoutPermission(...actions: readonly string[]): Promise<NodeJS.ProcessEnv> {
  const refusal =
    '<ErrorResponse><Error><Type>Sender</Type><Code>AuthorizationError</Code><Message>not allowed</Message></Error></ErrorResponse>';
  const server = createServer((request, response) => {
    const answer = async () => {
      const body = await text(request);
      if (actions.includes(new URLSearchParams(body).get('Action') ?? '')) {
        return response.writeHead(403, { 'content-type': 'text/xml' }).end(refusal);
      }
      const headers = {
        'content-type': 'application/x-www-form-urlencoded',
        authorization: String(request.headers.authorization),
      };
      const sns = `http://127.0.0.1:${String(relay.queues.server.port)}/`;
      const forwarded = await fetch(sns, { method: 'POST', headers, body });
      return response.writeHead(forwarded.status, { 'content-type': 'text/xml' }).end(await forwarded.text());
    };
    answer().catch(() => response.destroy());
  });
  const { port, stop } = await listen(server, 0);
  onTestFinished(stop);
  return { ...aws(), AWS_ENDPOINT_URL_SNS: `http://127.0.0.1:${String(port)}` };
}

/** Starts `outcomes tail`, and waits until it is subscribed. */
async function startTail(words: readonly string[], environment: NodeJS.ProcessEnv) {
  const child = startCli(['outcomes', 'tail', ...words], environment);
  await vi.waitUntil(async () => (await relay.subscribed()).length === 1, patience);
  return child;
}

describe('outcomes tail in a pipe', () => {
  it.each(['SIGINT', 'SIGTERM'] as const)('prints while it runs, and removes its queue after %s', async (signal) => {
    const child = await startTail(['--local', '--json'], local());
    const exited = once(child, 'exit');
    const stderr = text(child.stderr);
    const line = once(child.stdout, 'data');
    const event = eventWith();
    await relay.publish(event);
    expect(JSON.parse(String((await line)[0]))).toEqual(event);
    child.kill(signal);
    expect(await exited).toEqual([130, null]);
    expect(await stderr).toContain('Interrupted: removing the queue of this tail.');
    expect([await relay.tailQueues(), await relay.subscribed()]).toEqual([[], []]);
  });

  it('removes its queue when the reader closes the pipe', async () => {
    const child = await startTail(['--local'], local());
    const exited = once(child, 'exit');
    child.stdout.destroy();
    await relay.publish(eventWith());
    expect(await exited).toEqual([130, null]);
    expect(await relay.tailQueues()).toEqual([]);
  });

  it('leaves a queue when it is killed, which another tail removes after an hour', async () => {
    const child = await startTail(['--local'], local());
    const exited = once(child, 'exit');
    child.kill('SIGKILL');
    await exited;
    const [killed = '', ...others] = await relay.tailQueues();
    expect(others).toEqual([]);
    const inAnHour = () => Date.now() + 61 * 60_000;
    const interruption = new AbortController();
    const tail = relay.run('tail', { interrupted: interruption.signal, now: inAnHour });
    await vi.waitUntil(async () => {
      const subscribed = await relay.subscribed();
      return subscribed.length === 1 && subscribed[0]?.endsWith(killed) === false;
    }, patience);
    interruption.abort();
    expect((await tail).stderr).toContain(`Removed ${killed}, the queue of a tail that was killed.\n`);
    expect(await relay.tailQueues()).toEqual([]);
  });
});

describe('outcomes tail against AWS', () => {
  it.each([
    ['in the outputs of the stack', () => ['--stage', 'prod']],
    ['by its ARN', () => ['--topic-arn', relay.queues.topicArn]],
  ])('finds the topic %s', async (_how, words) => {
    const child = await startTail(words(), aws());
    const line = once(child.stdout, 'data');
    await relay.publish(eventWith({ id: 'the-id' }));
    expect(String((await line)[0])).toContain('  the-id  ');
    const exited = once(child, 'exit');
    child.kill('SIGINT');
    expect(await exited).toEqual([130, null]);
    expect(await relay.tailQueues()).toEqual([]);
  });

  it('reports that it may not subscribe, and removes its queue', async () => {
    const environment = await withoutPermission('Subscribe', 'ListSubscriptionsByTopic');
    expect(await spawnCli(['outcomes', 'tail', '--topic-arn', relay.queues.topicArn], environment)).toEqual({
      ...{ exitCode: 1, stdout: '' },
      stderr: 'AWS answered AuthorizationErrorException: not allowed\n',
    });
    expect(await relay.tailQueues()).toEqual([]);
  });

  it('reports that it cannot remove its queue, which another tail then does', async () => {
    const environment = await withoutPermission('Unsubscribe');
    const child = await startTail(['--topic-arn', relay.queues.topicArn], environment);
    const output = Promise.all([text(child.stderr), once(child, 'exit')]);
    child.kill('SIGINT');
    const [name = ''] = await relay.tailQueues();
    expect((await output)[0]).toContain(
      `The queue ${name} could not be removed (AuthorizationErrorException: not allowed). Another tail removes it, an hour from now or later.\n`,
    );
    const inAnHour = () => Date.now() + 61 * 60_000;
    const interruption = new AbortController();
    interruption.abort();
    await relay.run('tail', { interrupted: interruption.signal, now: inAnHour });
  });

  it('reports that the stack does not name the topic, or that it does not exist', async () => {
    expect(await spawnCli(['outcomes', 'tail', '--stack', 'older'], aws())).toEqual({
      ...{ exitCode: 1, stdout: '' },
      stderr:
        'The stack older has no output OutcomesTopicArn: deploy it again, or pass the ARN of the topic with --topic-arn.\n',
    });
    const arn = 'arn:aws:sns:eu-central-1:123456789012:nothing';
    expect(await spawnCli(['outcomes', 'tail', '--topic-arn', arn], aws())).toEqual({
      ...{ exitCode: 1, stdout: '' },
      stderr: 'There is no such topic in eu-central-1: check --topic-arn, or --stage and --region.\n',
    });
  });
});
