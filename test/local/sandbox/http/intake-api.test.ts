import { execFile } from 'node:child_process';
import { createServer, type IncomingHttpHeaders } from 'node:http';
import { text } from 'node:stream/consumers';
import { promisify } from 'node:util';
import { expect, it, describe, beforeAll, afterAll } from 'vitest';
import { listen } from '../../../../local/listen.ts';
import { startIntakeServer } from '../../../support/intake-server.ts';
import { blocksOf } from '../../../support/page.ts';
import { startLoneSandbox } from '../../../support/sandbox.ts';

const example = { verb: 'NotifyGenericTextMessage', AppId: 'a', DeviceToken: 't+/=', Message: 'Grüße 😀' };

interface Received {
  readonly method?: string;
  readonly url?: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

/** An intake that answers with one answer, and remembers what it received. */
async function startScriptedIntake(status: number, headers: Record<string, string>, answer: string) {
  const received: Received[] = [];
  const server = createServer((request, response) => {
    void text(request).then((body) => {
      const { method = '', url = '' } = request;
      received.push({ method, url, headers: request.headers, body });
      response.writeHead(status, headers).end(answer);
    });
  });
  return { received, ...(await listen(server, 0)) };
}

describe('the sandbox passes a request on to the intake', () => {
  const startBoth = async (status: number, headers: Record<string, string>, answer: string) => {
    const intake = await startScriptedIntake(status, headers, answer);
    const sandbox = await startLoneSandbox(undefined, { pushUrl: `http://127.0.0.1:${String(intake.port)}/pnm2` });
    return {
      ...intake,
      url: `${sandbox.sandboxUrl}/intake/pnm2`,
      stop: () => Promise.all([intake.stop(), sandbox.stop()]),
    };
  };
  let both: Awaited<ReturnType<typeof startBoth>>;
  beforeAll(async () => {
    both = await startBoth(409, { 'retry-after': '10', 'content-type': 'application/problem+json' }, '{"status":409}');
  });
  afterAll(() => both.stop());

  it('with its method, body and the headers that the intake reads, and no others', async () => {
    const headers = {
      'content-type': 'application/json; charset=utf-8',
      ...{ 'x-api-key': 'KEY', authorization: 'Bearer KEY', ttl: '60', 'idempotency-key': 'one' },
    };
    const body = JSON.stringify(example);
    await fetch(`${both.url}/send?a=b`, {
      method: 'PUT',
      headers: { ...headers, cookie: 'c=d', 'x-other': 'x' },
      body,
    });
    const [request] = both.received.splice(0);
    expect(request).toMatchObject({ method: 'PUT', url: '/pnm2/send', body, headers });
    expect(request?.headers).not.toHaveProperty('cookie');
    expect(request?.headers).not.toHaveProperty('x-other');
  });

  it('byte by byte, also a body that is not UTF-8 and a GET without one', async () => {
    const body = Buffer.from('verb=%zz&AppId=\xff', 'latin1');
    await fetch(both.url, { method: 'POST', headers: { 'content-type': 'application/x-www-form-urlencoded' }, body });
    await fetch(both.url);
    expect(both.received.splice(0)).toMatchObject([
      { method: 'POST', url: '/pnm2', headers: { 'content-length': String(body.length) } },
      { method: 'GET', url: '/pnm2', body: '' },
    ]);
  });

  it('and its answer back as it is', async () => {
    const response = await fetch(both.url, { method: 'POST', body: new URLSearchParams(example) });
    expect(response.status).toBe(409);
    expect(response.headers.get('retry-after')).toBe('10');
    expect(response.headers.get('content-type')).toBe('application/problem+json');
    expect(await response.text()).toBe('{"status":409}');
    expect(both.received.splice(0)).toHaveLength(1);
  });

  it('and answers 503 while there is none', async () => {
    const sandbox = await startLoneSandbox(undefined, { pushUrl: 'http://127.0.0.1:1/pnm2' });
    const response = await fetch(`${sandbox.sandboxUrl}/intake/pnm2`, { method: 'POST', body: 'a=b' });
    await sandbox.stop();
    expect({ status: response.status, body: await response.json() }).toEqual({
      status: 503,
      body: {
        error: 'The intake http://127.0.0.1:1/pnm2 does not answer: wait until npm start is ready, or start it again.',
      },
    });
  });

  it('unless a web page of another origin sent it', async () => {
    const headers = { origin: 'http://127.0.0.1:4000' };
    const response = await fetch(both.url, { method: 'POST', headers, body: new URLSearchParams(example) });
    expect(response.status).toBe(403);
    expect(both.received).toEqual([]);
  });
});

it('a push that is sent through the sandbox is accepted by the intake', async () => {
  const intake = await startIntakeServer();
  const sandbox = await startLoneSandbox(undefined, { pushUrl: `${intake.url}/pnm2` });
  const send = (headers: Record<string, string>) =>
    fetch(`${sandbox.sandboxUrl}/intake/pnm2`, { method: 'POST', headers, body: new URLSearchParams(example) });
  expect((await send({})).status).toBe(401);
  expect((await send({ 'x-api-key': intake.key })).status).toBe(202);
  expect(intake.queued).toMatchObject([{ push: { parameters: Object.entries(example) } }]);
  await Promise.all([sandbox.stop(), intake.stop()]);
});

it('the command of docs/sandbox.md sends its push to the intake', async () => {
  const intake = await startScriptedIntake(202, {}, '{"code":200}');
  const sandbox = await startLoneSandbox(undefined, { pushUrl: `http://127.0.0.1:${String(intake.port)}/pnm2` });
  const command = blocksOf('sandbox.md').codeOf('run', 'send').replace('http://127.0.0.1:4001', sandbox.sandboxUrl);
  const { stdout } = await promisify(execFile)('sh', ['-ec', command]);
  expect(stdout).toBe('{"code":200}');
  const [request] = intake.received;
  expect(request?.headers).toMatchObject({ ttl: '60' });
  expect(Object.fromEntries(new URLSearchParams(request?.body))).toEqual({
    ...{ verb: 'NotifyGenericTextMessage', AppId: 'com.example.softphone', DeviceToken: 'fail-500-2' },
    Message: 'Dobrý den',
  });
  await Promise.all([sandbox.stop(), intake.stop()]);
});
