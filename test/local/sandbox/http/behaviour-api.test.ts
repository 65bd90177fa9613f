import { createServer, request } from 'node:http';
import { afterAll, afterEach, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { listen } from '../../../../local/listen.ts';
import type { ShownBehaviour, TokenWord } from '../../../../local/sandbox/api.ts';
import { behaviourApi } from '../../../../local/sandbox/http/behaviour-api.ts';
import { startGateway } from '../../../../local/sandbox/gateway/gateway.ts';
import { blocksOf } from '../../../support/page.ts';
import { patience } from '../../../support/patience.ts';
import { startLoneSandbox } from '../../../support/sandbox.ts';

let sandbox: Awaited<ReturnType<typeof startLoneSandbox>>;
beforeAll(async () => {
  sandbox = await startLoneSandbox();
});
afterAll(() => sandbox.stop());

const call = (method: string, body?: object | string) =>
  fetch(`${sandbox.sandboxUrl}/behaviour`, {
    method,
    ...(body !== undefined && { body: typeof body === 'string' ? body : JSON.stringify(body) }),
  });
const behaviour = async () => (await (await call('GET')).json()) as ShownBehaviour;
const push = (token = 't', headers = {}) =>
  fetch(sandbox.gatewayUrl, {
    method: 'POST',
    headers,
    body: new URLSearchParams({ verb: 'NotifyReprovision', AppId: 'a', DeviceToken: token }),
  });
const status = async (token?: string) => (await push(token)).status;
const well = { words: 'well', away: false, slowMs: 0, failure: null, pushesPerSecond: null };

afterEach(async () => {
  expect((await call('DELETE')).status).toBe(204);
  expect(await behaviour()).toEqual(well);
});

describe('PUT /behaviour', () => {
  it('changes what it names, and answers with the whole behaviour', async () => {
    expect(await (await call('PUT', { slowMs: 1 })).json()).toEqual({ ...well, words: 'slow by 1 ms', slowMs: 1 });
    await call('PUT', { pushesPerSecond: 1000 });
    expect(await behaviour()).toMatchObject({ slowMs: 1, pushesPerSecond: 1000 });
  });

  it('refuses what is not a change, and changes nothing', async () => {
    const answer = await call('PUT', { away: true, slowMs: -1 });
    expect({ status: answer.status, body: await answer.json() }).toEqual({
      status: 400,
      body: { error: 'slowMs must be a whole number from 0 to 600000.' },
    });
    expect(await behaviour()).toEqual(well);
  });

  it('makes the gateway refuse connections, and listen on the same port again', async () => {
    expect(await status()).toBe(200);
    await call('PUT', { away: true });
    await expect(push()).rejects.toMatchObject({ cause: { code: 'ECONNREFUSED' } });
    await call('PUT', { away: false });
    expect(await status()).toBe(200);
  });

  it('closes the connections of pushes that wait for their answer', async () => {
    const slow = push('slow-60000');
    const seen = expect(slow).rejects.toThrow();
    await expect.poll(async () => (await sandboxPushes()).at(0)?.state, patience).toBe('attempting');
    await call('PUT', { away: true });
    await seen;
    await expect.poll(async () => (await sandboxPushes()).at(0)?.attempts.at(-1)?.status, patience).toBeNull();
  });

  it('makes the gateway slow', async () => {
    await call('PUT', { slowMs: 200 });
    const started = performance.now();
    expect(await status()).toBe(200);
    expect(performance.now() - started).toBeGreaterThan(190);
  });

  it('answers an error to every push, whatever its token', async () => {
    await call('PUT', { failure: { status: 502, percent: 100 } });
    expect([await status(), await status('unregistered'), await status('fail-500')]).toEqual([502, 502, 502]);
  });

  it('answers 429 with Retry-After above the limit', async () => {
    await call('PUT', { pushesPerSecond: 1 });
    const answers = await Promise.all([push(), push(), push()]);
    expect(answers.map(({ status }) => status).toSorted()).toEqual([200, 429, 429]);
    expect(answers.filter(({ headers }) => headers.get('retry-after') === '1')).toHaveLength(2);
  });
});

describe('docs/sandbox.md', () => {
  const page = blocksOf('sandbox.md');

  it('has commands that the sandbox takes', async () => {
    const commands = [
      ...page.codeOf('run', 'behaviour').matchAll(/^curl -sS -X (\S+) \S+\/behaviour(?: -d '(.+)')?$/gm),
    ];
    expect(commands).toHaveLength(4);
    const answers = [];
    for (const [, method = '', body] of commands) answers.push(await (await call(method, body)).text());
    const words = answers.map((answer) => (answer === '' ? '' : (JSON.parse(answer) as ShownBehaviour).words));
    const all = 'slow by 300 ms, 500 for 30%, 429 above 5/s';
    expect(words).toEqual(['away', 'slow by 300 ms', all, '']);
  });

  it('lists the tokens as the gateway does', async () => {
    const words = (await (await fetch(`${sandbox.sandboxUrl}/token-words`)).json()) as TokenWord[];
    const rows = page.text.replaceAll('`', '').matchAll(/^\| ([a-z][A-Za-z-]+) +\| (.+?) +\|$/gm);
    const listed = new Map([...rows].map(([, token, answer]) => [token, answer]));
    for (const { token, answer } of words) expect([token, listed.get(token)]).toEqual([token, answer]);
  });
});

async function sandboxPushes() {
  const answer = await fetch(`${sandbox.sandboxUrl}/pushes`);
  const { pushes } = (await answer.json()) as { pushes: { state: string; attempts: { status?: number | null }[] }[] };
  return pushes;
}

describe('an outage with a length', () => {
  it('ends by itself', async () => {
    const told: ShownBehaviour[] = [];
    const gateway = await startGateway({ port: 0, onBehaviour: (behaviour) => told.push(behaviour) });
    onTestFinished(gateway.stop);
    const before = Date.now();
    await gateway.change({ away: true, awaySeconds: 0.1 });
    await expect.poll(() => told, patience).toMatchObject([{ words: 'away' }, well]);
    expect(Date.parse(told[0]?.awayUntil ?? '')).toBeGreaterThanOrEqual(before + 100);
    const url = `http://127.0.0.1:${String(gateway.port)}/pnm2`;
    await expect.poll(() => fetch(url).then(({ status }) => status), patience).toBe(405);
  });
});

describe('a gateway whose port is taken while it is away', () => {
  it('says so, and comes back when the port is free', async () => {
    const told: (string | undefined)[] = [];
    const gateway = await startGateway({ port: 0, onBehaviour: ({ words }) => told.push(words) });
    onTestFinished(gateway.stop);
    await gateway.change({ away: true });
    const other = await listen(createServer(), gateway.port);
    await gateway.change({ away: false });
    expect(gateway.behaviour()).toMatchObject({
      words: 'cannot come back',
      fault: expect.stringContaining(`port ${String(gateway.port)}`) as string,
    });
    await other.stop();
    await expect.poll(() => gateway.behaviour().words, patience).toBe('well');
    expect(told).toEqual(['away', 'cannot come back', 'well']);
  });

  it('stops trying when it is to be away again', async () => {
    const gateway = await startGateway({ port: 0 });
    onTestFinished(gateway.stop);
    await gateway.change({ away: true });
    const other = await listen(createServer(), gateway.port);
    onTestFinished(other.stop);
    await gateway.change({ away: false });
    await gateway.change({ away: true });
    expect(gateway.behaviour()).toMatchObject({ words: 'away' });
    expect(gateway.behaviour()).not.toHaveProperty('fault');
  });
});

describe('a stack that posts to another gateway', () => {
  it('refuses to switch the behaviour, and says why', async () => {
    const gateway = await startGateway({ port: 0 });
    onTestFinished(gateway.stop);
    const api = behaviourApi(gateway, false);
    for (const method of ['GET', 'PUT', 'DELETE']) {
      const answer = await api.request('/behaviour', { method });
      expect({ status: answer.status, body: await answer.json() }).toEqual({
        status: 409,
        body: { error: expect.stringContaining('PNM2_URL is set') as string },
      });
    }
  });
});

describe('requests of web pages from elsewhere', () => {
  const statusWith = (headers: Record<string, string>) =>
    new Promise<number | undefined>((resolve, reject) => {
      const form = 'verb=NotifyReprovision&AppId=a&DeviceToken=t';
      request(sandbox.gatewayUrl, { method: 'POST', headers: { ...headers, 'content-length': form.length } })
        .on('response', ({ statusCode }) => {
          resolve(statusCode);
        })
        .on('error', reject)
        .end(form);
    });
  const form = { 'content-type': 'application/x-www-form-urlencoded' };

  it('are refused by the gateway', async () => {
    const own = `localhost:${String(sandbox.gatewayPort)}`;
    expect(await statusWith({ ...form, origin: 'http://example.com' })).toBe(403);
    expect(await statusWith({ ...form, host: 'example.com' })).toBe(403);
    expect(await statusWith({ ...form, host: own, origin: `http://${own}` })).toBe(200);
  });
});
