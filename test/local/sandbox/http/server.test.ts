import { request } from 'node:http';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { startLoneSandbox } from '../../../support/sandbox.ts';

let sandbox: Awaited<ReturnType<typeof startLoneSandbox>>;
beforeAll(async () => {
  sandbox = await startLoneSandbox();
});
afterAll(() => sandbox.stop());

const get = (path: string, init?: RequestInit) => fetch(`${sandbox.sandboxUrl}${path}`, init);
beforeEach(async () => {
  for (const path of ['/pushes', '/attempts']) await get(path, { method: 'DELETE' });
});
const push = (DeviceToken: string) => {
  const body = new URLSearchParams({ verb: 'NotifyReprovision', AppId: 'app', DeviceToken });
  return fetch(sandbox.gatewayUrl, { method: 'POST', body });
};
const json = async (path: string) => (await get(path)).json();
const tokens = async () =>
  ((await json('/pushes')) as { pushes: { parameters: string[][] }[] }).pushes.map(({ parameters }) =>
    parameters.at(-1)?.at(-1),
  );

/** `fetch` sets Host itself. */
async function withHeaders(path: string, headers: Record<string, string>, method = 'GET') {
  const { promise, resolve } = Promise.withResolvers<[number | undefined, string]>();
  request(`${sandbox.sandboxUrl}${path}`, { method, headers }, (response) => {
    void text(response).then((body) => {
      resolve([response.statusCode, body]);
    });
  }).end();
  return promise;
}

describe('the API of the sandbox', () => {
  it('lists the pushes and the attempts, and forgets them', async () => {
    await push('one');
    await push('two');
    expect(await tokens()).toEqual(['two', 'one']);
    expect(await json('/attempts')).toMatchObject([
      { status: 200, format: 'form', parameters: { verb: 'NotifyReprovision', AppId: 'app', DeviceToken: 'one' } },
      { parameters: { DeviceToken: 'two' } },
    ]);
    for (const path of ['/pushes', '/attempts']) {
      const { status } = await get(path, { method: 'DELETE' });
      expect(status).toBe(204);
    }
    expect(await json('/attempts')).toEqual([]);
    expect(await json('/pushes')).toEqual({ pushes: [], kept: 5000, dropped: 0 });
  });

  it('shows one push with what the gateway got', async () => {
    await push('a+b');
    const { pushes } = (await json('/pushes')) as { pushes: { id: string }[] };
    expect(await json(`/pushes/${pushes[0]?.id ?? ''}`)).toMatchObject({
      ...{ source: 'gateway', state: 'delivered', format: 'form' },
      body: 'verb=NotifyReprovision&AppId=app&DeviceToken=a%2Bb',
    });
  });

  it('says what is wrong with a request that it cannot answer', async () => {
    for (const [path, error] of [
      ['/pushes/none', 'The sandbox has no push none.'],
      ['/nothing', 'There is no GET /nothing: see docs/sandbox.md.'],
      ['/page/nothing.ts', 'There is no GET /page/nothing.ts: see docs/sandbox.md.'],
      ['/modules/vitest', 'There is no GET /modules/vitest: see docs/sandbox.md.'],
      ['/page/..%2Fstart.ts', 'There is no GET /page/..%2Fstart.ts: see docs/sandbox.md.'],
    ] as const) {
      const response = await get(path);
      expect({ path, status: response.status, body: await response.json() }).toEqual({
        ...{ path, status: 404, body: { error } },
      });
    }
  });

  it.each([
    ['POST', '/pushes', 'GET, HEAD, DELETE'],
    ['PUT', '/attempts', 'GET, HEAD, DELETE'],
    ['DELETE', '/pushes/x', 'GET, HEAD'],
    ['POST', '/phones/x', 'PUT, DELETE'],
    ['GET', '/sweeps/stop', 'POST'],
    ['POST', '/behaviour', 'GET, HEAD, PUT, DELETE'],
    ['POST', '/', 'GET, HEAD'],
  ])('answers 405 to %s %s, with the methods that there are', async (method, path, allowed) => {
    const response = await get(path, { method });
    expect({ status: response.status, allow: response.headers.get('allow'), body: await response.json() }).toEqual({
      ...{ status: 405, allow: allowed },
      body: { error: `The method must be ${allowed.replaceAll(', ', ' or ')}, not ${method}.` },
    });
  });

  it.each([
    ['PUT', '/behaviour'],
    ['POST', '/phones'],
    ['PUT', '/phones/x'],
    ['POST', '/dead-letters/redrive'],
    ['POST', '/dead-letters/discard'],
    ['POST', '/sweeps/stop'],
  ])('refuses a body of %s %s that is too long or not UTF-8', async (method, path) => {
    const refused = async (body: NonNullable<RequestInit['body']>) => {
      const response = await get(path, { method, body });
      return { status: response.status, body: await response.json() };
    };
    const tooLong = { status: 413, body: { error: 'The body must have at most 65,536 bytes.' } };
    expect(await refused(' '.repeat(65_537))).toEqual(tooLong);
    expect(await refused(Buffer.from('{"name":"é"}', 'latin1'))).toEqual({
      ...{ status: 400, body: { error: 'The body is not UTF-8: send it in this encoding.' } },
    });
  });
});

describe('the guard of the sandbox', () => {
  const host = () => `127.0.0.1:${String(sandbox.port)}`;

  it('lets in its own host and origin, and programs without an origin', async () => {
    for (const name of [host(), `localhost:${String(sandbox.port)}`]) {
      expect((await withHeaders('/', { host: name }))[0]).toBe(200);
      expect((await withHeaders('/', { host: name, origin: `http://${name}` }))[0]).toBe(200);
    }
  });

  it.each(['example.com', '127.0.0.1', 'localhost', '127.0.0.1:1', '127.0.0.1.example.com', '[::1]'])(
    'refuses the host %s',
    async (name) => {
      for (const path of ['/', '/pushes', '/events', '/page/app.ts']) {
        const [status, body] = await withHeaders(path, { host: name });
        expect({ status, body }).toEqual({ status: 403, body: expect.stringContaining('The Host must be') as string });
      }
    },
  );

  it.each(['http://example.com', 'null', 'http://127.0.0.1:1', 'http://127.0.0.1', 'https://localhost'])(
    'refuses the origin %s, and does nothing',
    async (origin) => {
      await push('kept');
      const [status, body] = await withHeaders('/pushes', { host: host(), origin }, 'DELETE');
      expect({ status, body }).toEqual({ status: 403, body: expect.stringContaining('The Origin must be') as string });
      expect(await tokens()).toEqual(['kept']);
    },
  );
});

describe('the page of the sandbox', () => {
  it('may load nothing but its own files, and run nothing inline but its import map', async () => {
    const response = await get('/');
    const policy = response.headers.get('content-security-policy') ?? '';
    expect(policy).toContain("default-src 'none'");
    expect(policy).toMatch(/script-src 'self' 'sha256-[\w+/=]+'(;|$)/);
    expect(policy).toContain("require-trusted-types-for 'script'");
    expect(policy).not.toContain('unsafe');
    expect(await response.text()).toContain('<title>pnm2-relay sandbox</title>');
  });

  it('has its code without types, and the modules that it imports', async () => {
    const code = await get('/page/app.ts');
    expect(code.headers.get('content-type')).toContain('text/javascript');
    expect(await code.text()).not.toContain('interface ');
    const [, importMap = ''] = /<script type="importmap">(.*?)<\/script>/s.exec(await (await get('/')).text()) ?? [];
    const { imports } = JSON.parse(importMap) as { imports: Record<string, string> };
    for (const path of Object.values(imports)) expect((await get(path)).status).toBe(200);
  });
});

describe('the events of the sandbox', () => {
  /** Reads events until one has pushes. */
  async function pushesAfter(lastId?: string) {
    const closing = new AbortController();
    const headers: Record<string, string> = lastId === undefined ? {} : { 'last-event-id': lastId };
    const response = await get('/events', { headers, signal: closing.signal });
    const decoder = new TextDecoder();
    let [received, event]: [string, RegExpExecArray | null] = ['', null];
    for await (const chunk of response.body ?? []) {
      received += decoder.decode(chunk as Uint8Array, { stream: true });
      event = /event: pushes\ndata: (.+)\nid: (.+)\n/.exec(received);
      if (event !== null) break;
    }
    closing.abort();
    const [, data = '{}', id = ''] = event ?? [];
    const { pushes } = JSON.parse(data) as { pushes: { id: string; parameters: string[][] }[] };
    return { id, received, tokens: pushes.map(({ parameters }) => parameters.at(-1)?.at(-1)) };
  }

  it('catch up after a reconnect, and begin again after pushes were forgotten', async () => {
    await push('one');
    const first = await pushesAfter();
    expect(first.received).toContain('event: start\n');
    expect(first.tokens).toEqual(['one']);
    await push('two');
    const second = await pushesAfter(first.id);
    expect(second.received).not.toContain('event: start\n');
    expect(second.tokens).toEqual(['two']);
    await get('/pushes', { method: 'DELETE' });
    await push('three');
    const third = await pushesAfter(second.id);
    expect(third.received).toContain('event: start\n');
    expect(third.tokens).toEqual(['three']);
  });
});
