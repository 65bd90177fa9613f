import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { createServer as createHttpServer, type RequestListener } from 'node:http';
import { createServer as createHttpsServer } from 'node:https';
import { connect, createServer as createTcpServer, type Socket } from 'node:net';
import { afterEach, describe, expect, it, onTestFinished } from 'vitest';
import { listen } from '../../../local/listen.ts';
import { createGateway, type GatewayOptions } from '../../../functions/deliver/gateway.ts';

const form = 'verb=NotifyReprovision&AppId=a&DeviceToken=t';

const cleanups: (() => unknown)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0)) await cleanup();
});

function gatewayAt(url: string, options: Partial<GatewayOptions> = {}) {
  const gateway = createGateway({
    url: new URL(url),
    connectTimeoutMs: 20_000,
    attemptTimeoutMs: 20_000,
    maxConnections: 10,
    ...options,
  });
  onTestFinished(() => {
    gateway.close();
  });
  return gateway;
}

/** A gateway that answers as the listener says; resolves to its address and to the connections that were opened. */
async function serve(listener: RequestListener) {
  const sockets = new Set<Socket>();
  const server = createHttpServer(listener).on('connection', (socket) => sockets.add(socket));
  const { port, stop } = await listen(server, 0);
  cleanups.push(stop);
  return { url: `http://127.0.0.1:${String(port)}/pnm2`, sockets };
}

/** A server that writes these bytes to every connection once a request came, and ends it or leaves it open. */
async function serveRaw(bytes: string, { end }: { end: boolean }): Promise<string> {
  const sockets = new Set<Socket>();
  const server = createTcpServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => undefined);
    socket.once('data', () => {
      if (end) socket.end(bytes);
      else socket.write(bytes);
    });
  });
  const { port, stop } = await listen(server, 0);
  cleanups.push(() => {
    for (const socket of sockets) socket.destroy();
    return stop();
  });
  return `http://127.0.0.1:${String(port)}/pnm2`;
}

describe('the gateway client', () => {
  it('posts the form as it is and tells status, body and Retry-After', async () => {
    const { url } = await serve((request, response) => {
      let body = '';
      request.on('data', (chunk: Buffer) => (body += chunk.toString()));
      request.on('end', () => {
        const { method, url: path, headers } = request;
        const seen = { method, path, type: headers['content-type'], length: headers['content-length'], body };
        response.writeHead(503, { 'retry-after': '9' }).end(JSON.stringify(seen));
      });
    });
    const { status, retryAfter, body, cut } = await gatewayAt(url).post(form);
    expect({ status, retryAfter, cut }).toEqual({ status: 503, retryAfter: '9', cut: false });
    expect(JSON.parse(body)).toEqual({
      method: 'POST',
      path: '/pnm2',
      type: 'application/x-www-form-urlencoded',
      length: String(form.length),
      body: form,
    });
  });

  it('uses a connection again', async () => {
    const { url, sockets } = await serve((_request, response) => response.end('OK'));
    const gateway = gatewayAt(url);
    for (let times = 0; times < 5; times += 1) await gateway.post(form);
    expect(sockets.size).toBe(1);
  });

  it('opens no more connections than allowed', async () => {
    const { url, sockets } = await serve((_request, response) => response.end('OK'));
    const gateway = gatewayAt(url, { maxConnections: 3 });
    await Promise.all(Array.from({ length: 50 }, () => gateway.post(form)));
    expect(sockets.size).toBe(3);
  });

  it('posts once more on a new connection when the kept one was closed under the request', async () => {
    let requests = 0;
    const { url, sockets } = await serve((request, response) => {
      requests += 1;
      // The second request meets a connection that the gateway has just given up.
      if (requests === 2) request.socket.destroy();
      else response.end('OK');
    });
    const gateway = gatewayAt(url);
    await gateway.post(form);
    expect(await gateway.post(form)).toMatchObject({ status: 200, body: 'OK' });
    expect({ requests, connections: sockets.size }).toEqual({ requests: 3, connections: 2 });
  });

  it('does not post once more when the time was over before the closed connection was noticed', async () => {
    const attemptTimeoutMs = 500;
    // What keeps the process busy comes in by this pair, just before the reset and in the same turn of the event loop.
    const busyServer = createTcpServer();
    const { port, stop } = await listen(busyServer, 0);
    const connected = once(busyServer, 'connection') as Promise<[Socket]>;
    const far = connect(port, '127.0.0.1');
    const [near] = await connected;
    cleanups.push(() => {
      far.destroy();
      near.destroy();
      return stop();
    });
    let requests = 0;
    const { url } = await serve((request, response) => {
      requests += 1;
      if (requests === 1) {
        response.end('OK');
        return;
      }
      const deadline = performance.now() + attemptTimeoutMs;
      far.once('data', () => {
        while (performance.now() <= deadline);
      });
      near.write('x');
      request.socket.resetAndDestroy();
    });
    const gateway = gatewayAt(url, { attemptTimeoutMs });
    await gateway.post(form);
    const warnings: string[] = [];
    const onWarning = ({ name }: Error) => warnings.push(name);
    process.on('warning', onWarning);
    onTestFinished(() => {
      process.off('warning', onWarning);
    });
    await expect(gateway.post(form)).rejects.toThrow();
    // A second attempt would begin with a timer for less than no time, of which Node warns.
    expect({ requests, warnings }).toEqual({ requests: 2, warnings: [] });
  });

  it('fails where a new connection is cut', async () => {
    const { url } = await serve((request) => request.socket.destroy());
    await expect(gatewayAt(url).post(form)).rejects.toThrow('socket hang up');
  });

  it('fails where nothing listens', async () => {
    await expect(gatewayAt('http://127.0.0.1:1/pnm2').post(form)).rejects.toThrow('ECONNREFUSED');
  });

  it('fails where no answer comes in time', async () => {
    const { url } = await serve(() => undefined);
    const post = gatewayAt(url, { attemptTimeoutMs: 50 }).post(form);
    await expect(post).rejects.toThrow('no complete answer within 50 ms');
  });

  it('fails where TLS is not agreed in time', async () => {
    const url = (await serveRaw('', { end: false })).replace('http:', 'https:');
    await expect(gatewayAt(url, { connectTimeoutMs: 50 }).post(form)).rejects.toThrow('no connection within 50 ms');
  });

  it('fails where the answer is not HTTP', async () => {
    const url = await serveRaw('220 mail.example.com ESMTP\r\n', { end: true });
    await expect(gatewayAt(url).post(form)).rejects.toThrow();
  });

  it('does not follow a redirect', async () => {
    const paths: string[] = [];
    const { url } = await serve((request, response) => {
      paths.push(request.url ?? '');
      response.writeHead(307, { location: '/elsewhere' }).end();
    });
    expect(await gatewayAt(url).post(form)).toMatchObject({ status: 307 });
    expect(paths).toEqual(['/pnm2']);
  });

  it('reads an endless answer up to its bound, and no further', async () => {
    const { url } = await serve((request, response) => {
      const chunk = Buffer.alloc(65_536, 'x');
      const more = () => {
        while (!response.destroyed && response.write(chunk));
      };
      response.on('drain', more);
      request.socket.on('error', () => undefined);
      more();
    });
    const { status, body, cut } = await gatewayAt(url).post(form);
    expect({ status, length: body.length, cut }).toEqual({ status: 200, length: 65_536, cut: false });
  });

  it('tells the status where the answer is shorter than it claims', async () => {
    const url = await serveRaw('HTTP/1.1 400 Bad Request\r\nContent-Length: 1000\r\n\r\nno AppId', { end: true });
    expect(await gatewayAt(url).post(form)).toEqual({
      status: 400,
      body: 'no AppId',
      cut: true,
      retryAfter: undefined,
    });
  });

  it('tells the status where the rest of the answer does not come in time', async () => {
    const url = await serveRaw('HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n{"code":404}', { end: false });
    const { status, body, cut } = await gatewayAt(url, { attemptTimeoutMs: 2000 }).post(form);
    expect({ status, body, cut }).toEqual({ status: 200, body: '{"code":404}', cut: true });
  });

  it('reads no more than the answer claims', async () => {
    const url = await serveRaw('HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nOK and then some', { end: true });
    expect(await gatewayAt(url).post(form)).toMatchObject({ status: 200, body: 'OK', cut: false });
  });

  it('speaks TLS, and keeps a connection that took its time to connect', async () => {
    const tls = new URL('../../support/tls/', import.meta.url);
    const [key, cert] = await Promise.all(['key.pem', 'certificate.pem'].map((name) => readFile(new URL(name, tls))));
    if (!key || !cert) throw new Error('unreachable');
    const connectTimeoutMs = 2000;
    const server = createHttpsServer({ key, cert }, (_request, response) => {
      // Answered after the time for connecting is over: the limit must have ended with the connection's beginning.
      setTimeout(() => response.end('OK'), connectTimeoutMs + 200);
    });
    const { port, stop } = await listen(server, 0);
    cleanups.push(stop);
    process.env['NODE_TLS_REJECT_UNAUTHORIZED'] = '0';
    onTestFinished(() => {
      delete process.env['NODE_TLS_REJECT_UNAUTHORIZED'];
    });
    const gateway = gatewayAt(`https://127.0.0.1:${String(port)}/pnm2`, { connectTimeoutMs });
    const secured = once(server, 'secureConnection');
    expect(await gateway.post(form)).toMatchObject({ status: 200, body: 'OK' });
    await secured;
  });
});
