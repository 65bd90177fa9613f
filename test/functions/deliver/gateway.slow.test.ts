import { readFile } from 'node:fs/promises';
import { createServer as createHttpsServer } from 'node:https';
import { describe, expect, it, onTestFinished } from 'vitest';
import { clientOf, serve, serveOn, serveRaw } from '../../support/raw-gateway.ts';

const form = 'verb=NotifyReprovision&AppId=a&DeviceToken=t';
const connectTimeoutMs = 2000;
const slowlyMs = connectTimeoutMs + 200;

describe('the time limit for connecting', () => {
  it('ends when a new connection is established, so that a slow answer is not cut', async () => {
    const { url } = await serve((_request, response) => setTimeout(() => response.end('OK'), slowlyMs));
    expect(await clientOf(url, { connectTimeoutMs }).post(form)).toMatchObject({ status: 200, body: 'OK' });
  });

  it('ends when TLS is established', async () => {
    const tls = new URL('../../../bench/servers/tls/', import.meta.url);
    const [key, cert] = await Promise.all(['key.pem', 'certificate.pem'].map((name) => readFile(new URL(name, tls))));
    if (!key || !cert) throw new Error('unreachable');
    const server = createHttpsServer({ key, cert }, (_request, response) => {
      setTimeout(() => response.end('OK'), slowlyMs);
    });
    const { port } = await serveOn(server);
    process.env['NODE_TLS_REJECT_UNAUTHORIZED'] = '0';
    onTestFinished(() => {
      delete process.env['NODE_TLS_REJECT_UNAUTHORIZED'];
    });
    const gateway = clientOf(`https://127.0.0.1:${String(port)}/pnm2`, { connectTimeoutMs });
    expect(await gateway.post(form)).toMatchObject({ status: 200, body: 'OK' });
  });

  it('does not apply to a kept connection: a slow answer there is not cut, and the push not sent again', async () => {
    let requests = 0;
    const { url } = await serve((_request, response) => {
      requests += 1;
      setTimeout(() => response.end('OK'), requests === 1 ? 0 : slowlyMs);
    });
    const gateway = clientOf(url, { connectTimeoutMs });
    await gateway.post(form);
    expect(await gateway.post(form)).toMatchObject({ status: 200, body: 'OK' });
    expect(requests).toBe(2);
  });
});

describe('an answer of the gateway', () => {
  it('whose rest does not come in time has its status, and says that the time was over', async () => {
    const url = await serveRaw('HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n{"code":404}', { end: false });
    const { status, body, failure } = await clientOf(url, { attemptTimeoutMs: 2000 }).post(form);
    expect({ status, body, failure }).toEqual({
      status: 200,
      body: '{"code":404}',
      failure: 'no complete answer within 2000 ms',
    });
  });
});
