import { ReceiveMessageCommand } from '@aws-sdk/client-sqs';
import { createServer } from 'node:http';
import { text } from 'node:stream/consumers';
import { afterEach, beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import { listen, type Listening } from '../../local/listen.ts';
import type { Sandbox } from '../../local/sandbox/sandbox.ts';
import { sendMessages } from '../../shared/aws/sqs/batches.ts';
import { cli } from '../support/cli.ts';
import { deadLetterWith, putDeadLetters } from '../support/dead-letters.ts';
import { startLoneSandbox } from '../support/sandbox.ts';
import { startQueues, type TestQueues } from '../support/queues.ts';

describe('smoke without --url', () => {
  it.each([
    ['0', 'PORT is 0: pass the address of the intake that npm start prints with --url.\n'],
    ['http', 'PORT: must be a port number from 0 to 65535\n'],
  ])('rejects PORT=%s', async (PORT, stderr) => {
    expect(await cli(['smoke'], { environment: { PORT } })).toEqual({ exitCode: 1, stdout: '', stderr });
  });
});

describe('smoke with a key', () => {
  /** Runs smoke at an intake that answers a request by its key. */
  const smokeAt = async (answer: (key: string | undefined) => { status: number; headers?: Record<string, string> }) => {
    const server = createServer((request, response) => {
      const key = request.headers['x-api-key'];
      const { status, headers = {} } = answer(typeof key === 'string' ? key : undefined);
      response.writeHead(status, headers).end(JSON.stringify({ id: 'one', detail: 'Refused.' }));
    });
    const { port, stop } = await listen(server, 0);
    onTestFinished(stop);
    return cli(['smoke', '--url', `http://127.0.0.1:${String(port)}/pnm2`, '--key', 'right']);
  };

  it('sees that requests without it are refused, and where the challenge is', async () => {
    const { exitCode, stdout } = await smokeAt((key) =>
      key === 'right' ? { status: 202 } : { status: 401, headers: { 'www-authenticate': 'Basic' } },
    );
    expect(exitCode).toBe(0);
    expect(stdout).toBe('ok without a key: 401, with WWW-Authenticate\nok with a wrong key: 401\naccepted one\n');
  });

  it.each([
    [
      { 'x-amzn-remapped-www-authenticate': 'Basic' },
      'with x-amzn-remapped-www-authenticate instead of WWW-Authenticate',
    ],
    [{}, 'without WWW-Authenticate'],
  ])('says that clients cannot wait for a challenge: %j', async (headers, words) => {
    const { exitCode, stdout } = await smokeAt((key) => (key === 'right' ? { status: 202 } : { status: 401, headers }));
    expect(exitCode).toBe(0);
    expect(stdout.split('\n')[0]).toBe(
      `ok without a key: 401, ${words}: clients that wait for a challenge, such as wget with the key in the address, need --auth-no-challenge`,
    );
  });

  it('fails where the intake is open or accepts any key', async () => {
    const { exitCode, stdout } = await smokeAt((key) => ({ status: key === 'right' ? 202 : 400 }));
    expect(exitCode).toBe(1);
    expect(stdout).toBe(
      'failed without a key: 400 instead of 401\nfailed with a wrong key: 400 instead of 401\naccepted one\n',
    );
  });
});

describe('smoke follows a push', () => {
  const id = '00000000-0000-4000-8000-000000000001';
  let queues: TestQueues;
  let sandbox: Sandbox;
  let intake: Listening;
  /** What becomes of a push that is accepted. */
  let take: (form: string) => Promise<unknown>;
  beforeEach(async () => {
    queues = await startQueues({ namePrefix: 'pnm2-relay-local-' });
    sandbox = await startLoneSandbox();
    const server = createServer((request, response) => {
      const accept = async () => {
        await take(await text(request));
        response.writeHead(202).end(JSON.stringify({ id }));
      };
      accept().catch(() => response.destroy());
    });
    intake = await listen(server, 0);
  });
  afterEach(async () => {
    await Promise.all([intake.stop(), sandbox.stop(), queues.stop()]);
  });

  const localhost = (port: number) => `http://127.0.0.1:${String(port)}`;
  const post = (form: string) => fetch(sandbox.gatewayUrl, { method: 'POST', body: new URLSearchParams(form) });
  const enqueue = () => sendMessages(queues.sqs, queues.pushes.url, [{ MessageBody: 'a push' }], (message) => message);
  const bury = () => putDeadLetters(queues, [deadLetterWith({ pushId: id, status: 404 })]);
  const smoke = (...options: string[]) =>
    cli(['smoke', '--url', `${localhost(intake.port)}/pnm2`, '--timeout', '0s', ...options], {
      environment: { AWS_PORT: String(queues.server.port), SANDBOX_PORT: String(sandbox.port) },
    });
  const sandboxOption = () => ['--sandbox', localhost(sandbox.port)];

  it('until it is delivered, although another push is waiting', async () => {
    await enqueue();
    take = post;
    const stdout = `accepted ${id}\ndelivered ${id}: the sandbox has received it\n`;
    expect(await smoke('--local')).toEqual({ exitCode: 0, stdout, stderr: '' });
  });

  it('until it is a dead letter, also where it is followed at a sandbox', async () => {
    take = (form) => Promise.all([bury(), post(form)]);
    const stdout = `accepted ${id}\nundeliverable ${id}: rejected 404\n`;
    expect(await smoke('--local', '--token', 'fail-404', ...sandboxOption())).toEqual({
      exitCode: 1,
      stdout,
      stderr: '',
    });
  });

  it('and reads the dead letters before it gives up, although another push is waiting', async () => {
    await enqueue();
    take = bury;
    expect(await smoke('--local')).toMatchObject({
      exitCode: 1,
      stdout: `accepted ${id}\nundeliverable ${id}: rejected 404\n`,
    });
  });

  it.each([
    ['no other push is on the queue', 0, 1, 'waiting', 'it is still on its queue'],
    [
      'another push may be the one that waits',
      1,
      2,
      'unclear',
      'it is not a dead letter, but 1 push is on its queue, and 1 before it was sent: it may be one of them',
    ],
  ])('and says what is known where %s', async (_, before, exitCode, state, detail) => {
    for (let n = 0; n < before; n += 1) await enqueue();
    take = before === 0 ? enqueue : () => Promise.resolve();
    const stdout = `accepted ${id}\n${state} ${id}: after 0s, ${detail}\n`;
    expect(await smoke('--local')).toEqual({ exitCode, stdout, stderr: '' });
  });

  it('and does not take it for delivered while another reader holds dead letters', async () => {
    await bury();
    await queues.sqs.send(new ReceiveMessageCommand({ QueueUrl: queues.undeliverable.url, VisibilityTimeout: 60 }));
    take = () => Promise.resolve();
    expect(await smoke('--local')).toMatchObject({
      exitCode: 2,
      stdout: `accepted ${id}\nunclear ${id}: after 0s, its queue is empty, but another reader holds some dead letters\n`,
    });
  });

  it('and does not take it for delivered if it is interrupted', async () => {
    const interruption = new AbortController();
    take = () => {
      interruption.abort();
      return Promise.resolve();
    };
    const { exitCode, stdout } = await cli(['smoke', '--url', `${localhost(intake.port)}/pnm2`, '--local'], {
      environment: { AWS_PORT: String(queues.server.port), SANDBOX_PORT: '1' },
      interrupted: interruption.signal,
    });
    expect(exitCode).toBe(130);
    expect(stdout).not.toContain('delivered');
  });

  it('only at the address that is given or known: a deployment is never tried at the local stack', async () => {
    const options = ['--undeliverable-url', queues.undeliverable.url, '--queue-url', `pushes=${queues.pushes.url}`];
    const environment = { PORT: String(intake.port), AWS_ACCESS_KEY_ID: 'a', AWS_SECRET_ACCESS_KEY: 'b' };
    expect(await cli(['smoke', '--key', 'secret', ...options], { environment })).toEqual({
      exitCode: 1,
      stdout: '',
      stderr: 'The address of the intake is unknown: pass it with --url.\n',
    });
  });

  it('and says what a sandbox answered', async () => {
    take = post;
    expect(await smoke(...sandboxOption(), '--token', 'fail-500')).toMatchObject({
      exitCode: 1,
      stdout: `accepted ${id}\nwaiting ${id}: after 0s, attempts at the sandbox: 1, the last with status 500\n`,
    });
    take = () => Promise.resolve();
    expect(await smoke(...sandboxOption())).toMatchObject({
      exitCode: 2,
      stdout: `accepted ${id}\nunclear ${id}: after 0s, the sandbox has not received it\n`,
    });
  });
});
