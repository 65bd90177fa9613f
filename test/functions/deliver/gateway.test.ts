import { once } from 'node:events';
import { connect, createServer as createTcpServer, type Socket } from 'node:net';
import { describe, expect, it, onTestFinished } from 'vitest';
import { clientOf, serve, serveOn, serveRaw } from '../../support/raw-gateway.ts';

const form = 'verb=NotifyReprovision&AppId=a&DeviceToken=t';

describe('the gateway client', () => {
  it('posts the form unchanged, and returns status, body and Retry-After', async () => {
    const { url } = await serve((request, response) => {
      let body = '';
      request.on('data', (chunk: Buffer) => (body += chunk.toString()));
      request.on('end', () => {
        const { method, url: path, headers } = request;
        response.writeHead(503, { 'retry-after': '9' }).end(JSON.stringify({ method, path, headers, body }));
      });
    });
    const { status, retryAfter, body, failure } = await clientOf(`${url}?tenant=1`).post(form);
    expect({ status, retryAfter, failure }).toEqual({ status: 503, retryAfter: '9', failure: undefined });
    expect(JSON.parse(body)).toEqual({
      method: 'POST',
      path: '/pnm2?tenant=1',
      headers: {
        host: new URL(url).host,
        'content-type': 'application/x-www-form-urlencoded',
        'content-length': String(form.length),
        accept: '*/*',
        connection: 'keep-alive',
      },
      body: form,
    });
  });

  it('sends the user and password of its address', async () => {
    const { url } = await serve((request, response) => response.end(request.headers.authorization));
    const { body } = await clientOf(url.replace('//', '//relay:p%40ss@')).post(form);
    expect(body).toBe(`Basic ${Buffer.from('relay:p@ss').toString('base64')}`);
  });

  it('does not follow a redirect', async () => {
    const paths: string[] = [];
    const { url } = await serve((request, response) => {
      paths.push(request.url ?? '');
      response.writeHead(307, { location: '/elsewhere' }).end();
    });
    expect(await clientOf(url).post(form)).toMatchObject({ status: 307 });
    expect(paths).toEqual(['/pnm2']);
  });

  it.each(['127.0.0.1', 'localhost'])('fails if nothing listens on any address of %s', async (host) => {
    const post = clientOf(`http://${host}:1/pnm2`).post(form);
    await expect(post).rejects.toThrow('the gateway refused the connection (ECONNREFUSED)');
  });

  it('fails if the answer does not come in time, which says nothing about the address', async () => {
    const { url } = await serve(() => undefined);
    const post = clientOf(url, { attemptTimeoutMs: 50 }).post(form);
    await expect(post).rejects.toMatchObject({ message: 'no complete answer within 50 ms', isAddressFault: false });
  });

  it.each(['', 'Upgrade: websocket\r\nConnection: Upgrade\r\n'])(
    'fails at once if the gateway switches to another protocol, and can post again: %j',
    async (headers) => {
      let requests = 0;
      const { url } = await serveOn(
        createTcpServer((socket) => {
          socket.on('data', () => {
            requests += 1;
            if (requests === 1) socket.write(`HTTP/1.1 101 Switching Protocols\r\n${headers}\r\n`);
            else socket.write('HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nOK');
          });
        }),
      );
      const gateway = clientOf(url, { maxConnections: 1 });
      await expect(gateway.post(form)).rejects.toThrow('the gateway switched to another protocol (101)');
      expect(await gateway.post(form)).toMatchObject({ status: 200, body: 'OK' });
    },
  );

  it('fails if TLS is not established in time', async () => {
    const url = (await serveRaw('', { end: false })).replace('http:', 'https:');
    await expect(clientOf(url, { connectTimeoutMs: 50 }).post(form)).rejects.toThrow('no connection within 50 ms');
  });

  it('fails if the answer is not HTTP', async () => {
    const url = await serveRaw('220 mail.example.com ESMTP\r\n', { end: true });
    const failure = "the gateway's answer is not valid HTTP (HPE_INVALID_CONSTANT)";
    await expect(clientOf(url).post(form)).rejects.toThrow(failure);
  });
});

describe('the connections to the gateway', () => {
  it('are used again', async () => {
    const { url, sockets } = await serve((_request, response) => response.end('OK'));
    const gateway = clientOf(url);
    for (let times = 0; times < 5; times += 1) await gateway.post(form);
    expect(sockets.size).toBe(1);
  });

  it('are no more than allowed', async () => {
    const { url, sockets } = await serve((_request, response) => response.end('OK'));
    const gateway = clientOf(url, { maxConnections: 3 });
    await Promise.all(Array.from({ length: 50 }, () => gateway.post(form)));
    expect(sockets.size).toBe(3);
  });

  it('are all kept, also more than the 256 of Node, so that the next large batch need not connect again', async () => {
    const { url, sockets } = await serve((_request, response) => response.end('OK'));
    const connections = 300;
    const gateway = clientOf(url, { maxConnections: connections });
    for (let batch = 0; batch < 2; batch += 1) {
      await Promise.all(Array.from({ length: connections }, () => gateway.post(form)));
    }
    expect(sockets.size).toBe(connections);
  });
});

describe('a kept connection that the gateway closes during a request', () => {
  it('is replaced by a new one, on which the push is sent again', async () => {
    let requests = 0;
    const { url, sockets } = await serve((request, response) => {
      requests += 1;
      // The second request comes on a connection that the gateway is closing.
      if (requests === 2) request.socket.destroy();
      else response.end('OK');
    });
    const gateway = clientOf(url);
    await gateway.post(form);
    expect(await gateway.post(form)).toMatchObject({ status: 200, body: 'OK' });
    expect({ requests, connections: sockets.size }).toEqual({ requests: 3, connections: 2 });
  });

  it('is not replaced by another kept one, which may be closed as well', async () => {
    const used = new Set<Socket>();
    const { url } = await serve(({ socket }, response) => {
      if (used.has(socket)) socket.destroy();
      else response.end('OK');
      used.add(socket);
    });
    const gateway = clientOf(url);
    await Promise.all([gateway.post(form), gateway.post(form)]);
    expect(used.size).toBe(2);
    expect(await gateway.post(form)).toMatchObject({ status: 200, body: 'OK' });
  });

  it('is replaced once, so that a gateway in trouble does not get the push again and again', async () => {
    let requests = 0;
    const { url } = await serve(({ socket }, response) => {
      requests += 1;
      if (requests > 1) socket.destroy();
      else response.end('OK');
    });
    const gateway = clientOf(url);
    await gateway.post(form);
    await expect(gateway.post(form)).rejects.toThrow(
      'the gateway closed the connection without an answer (ECONNRESET)',
    );
    expect(requests).toBe(3);
  });

  it('is not replaced if the time was over before the close was noticed', async () => {
    const attemptTimeoutMs = 500;
    // This pair of sockets starts the work that keeps the process busy, in the same turn of the event loop in which the
    // reset comes.
    const pair = createTcpServer();
    const { port } = await serveOn(pair);
    const connected = once(pair, 'connection') as Promise<[Socket]>;
    const far = connect(port, '127.0.0.1');
    const [near] = await connected;
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
    const gateway = clientOf(url, { attemptTimeoutMs });
    await gateway.post(form);
    const warnings: string[] = [];
    const onWarning = ({ name }: Error) => warnings.push(name);
    process.on('warning', onWarning);
    onTestFinished(() => {
      process.off('warning', onWarning);
    });
    await expect(gateway.post(form)).rejects.toThrow();
    // A second attempt would begin with a timer of negative duration, about which Node warns.
    expect({ requests, warnings }).toEqual({ requests: 2, warnings: [] });
  });
});

describe('the push is sent only once', () => {
  it('if the gateway closes a new connection during the request', async () => {
    let requests = 0;
    const { url } = await serve((request) => {
      requests += 1;
      request.socket.destroy();
    });
    await expect(clientOf(url).post(form)).rejects.toThrow(
      'the gateway closed the connection without an answer (ECONNRESET)',
    );
    expect(requests).toBe(1);
  });

  it('if the answer on a kept connection does not come in time', async () => {
    let requests = 0;
    const { url } = await serve((_request, response) => {
      requests += 1;
      if (requests === 1) response.end('OK');
    });
    const gateway = clientOf(url, { attemptTimeoutMs: 500 });
    await gateway.post(form);
    await expect(gateway.post(form)).rejects.toThrow('no complete answer within 500 ms');
    expect(requests).toBe(2);
  });
});

describe('an answer of the gateway', () => {
  it('is read up to the bound, and the connection of an endless one is closed before it fills the memory', async () => {
    let closed: Promise<unknown> | undefined;
    const { url } = await serve((_request, response) => {
      closed = once(response, 'close');
      response.write(Buffer.alloc(70_000, 'x'));
    });
    const { status, body, failure } = await clientOf(url).post(form);
    expect({ status, length: body.length, failure }).toEqual({ status: 200, length: 65_536, failure: undefined });
    await closed;
  });

  it('of just the bound is complete, and its connection is kept', async () => {
    const { url, sockets } = await serve((_request, response) => response.end(Buffer.alloc(65_536, 'x')));
    const gateway = clientOf(url);
    for (let times = 0; times < 2; times += 1) {
      const { body, failure } = await gateway.post(form);
      expect({ length: body.length, failure }).toEqual({ length: 65_536, failure: undefined });
    }
    expect(sockets.size).toBe(1);
  });

  it('that is shorter than its Content-Length has its status, and says that the connection was closed', async () => {
    const url = await serveRaw('HTTP/1.1 400 Bad Request\r\nContent-Length: 1000\r\n\r\nno AppId', { end: true });
    expect(await clientOf(url).post(form)).toEqual({
      status: 400,
      body: 'no AppId',
      failure: 'the gateway closed the connection before the end of its answer (ECONNRESET)',
      retryAfter: undefined,
    });
  });

  it('that is longer than its Content-Length is complete', async () => {
    const url = await serveRaw('HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nOK and then some', { end: true });
    expect(await clientOf(url).post(form)).toMatchObject({ status: 200, body: 'OK', failure: undefined });
  });

  it('leaves no timer behind, which would keep the process alive', async () => {
    const timers = () => process.getActiveResourcesInfo().filter((name) => name === 'Timeout').length;
    const { url } = await serve((_request, response) => response.end('OK'));
    const gateway = clientOf(url, { connectTimeoutMs: 100_000, attemptTimeoutMs: 100_000 });
    const before = timers();
    for (let times = 0; times < 20; times += 1) await gateway.post(form);
    expect(timers() - before).toBeLessThan(20);
  });
});
