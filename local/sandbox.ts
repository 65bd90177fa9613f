import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { text } from 'node:stream/consumers';
import { setTimeout as delay } from 'node:timers/promises';
import { listen } from './listen.ts';

/** One request for a push, as `GET /pushes` shows it. */
export interface ReceivedPush {
  readonly receivedAt: string;
  /** The status that was answered, or `null` if the connection was closed before. */
  readonly status: number | null;
  readonly parameters: Readonly<Record<string, string>>;
}

export type Sandbox = Awaited<ReturnType<typeof startSandbox>>;

/** Above this number, the sandbox drops the oldest pushes, so that a long load test does not fill the memory. */
const keptPushes = 100_000;

/**
 * Starts a gateway that behaves as the gateway's document says and remembers the pushes that it received. The
 * DeviceToken chooses the answer, so any client can cause each of them.
 * @param port 0 for any free port.
 */
export async function startSandbox(port: number) {
  let received: ReceivedPush[] = [];
  /** The number of failed attempts of a push, by its form. */
  const failures = new Map<string, number>();

  const forget = () => {
    received = [];
    failures.clear();
  };

  const receive = async (request: IncomingMessage, response: ServerResponse) => {
    if (request.method !== 'POST') {
      answer(response, 405, 'Use POST.', { allow: 'POST' });
      return;
    }
    const mediaType = request.headers['content-type']?.split(';')[0]?.trim().toLowerCase();
    if (mediaType !== 'application/x-www-form-urlencoded') {
      answer(response, 415, 'Use the Content-Type application/x-www-form-urlencoded.');
      return;
    }
    const form = await text(request);
    // Node's decoder: the relay's own would repeat its own faults.
    const parameters = new URLSearchParams(form);
    const receivedAt = new Date().toISOString();
    const remember = (status: number | null) => {
      received.push({ receivedAt, status, parameters: Object.fromEntries(parameters) });
      if (received.length > keptPushes * 1.1) received = received.slice(-keptPushes);
    };
    const respond = (status: number, body: string, headers?: Record<string, string>) => {
      remember(response.destroyed ? null : status);
      answer(response, status, body, headers);
    };

    const missing = ['verb', 'AppId', 'DeviceToken'].filter((name) => !parameters.get(name));
    if (missing.length > 0) {
      respond(400, `Missing: ${missing.join(', ')}`);
      return;
    }
    const token = parameters.get('DeviceToken') ?? '';
    const [, slowMs] = /^slow-(\d{1,6})$/.exec(token) ?? [];
    const [, status, times] = /^fail-([2-5]\d\d)(?:-(\d{1,6}))?$/.exec(token) ?? [];
    if (token.startsWith('slow-') && slowMs === undefined) {
      respond(400, 'A DeviceToken that begins with slow- must be slow-MS, with 1 to 6 digits.');
    } else if (token.startsWith('fail-') && status === undefined) {
      const forms = 'fail-STATUS or fail-STATUS-N, with a STATUS from 200 to 599';
      respond(400, `A DeviceToken that begins with fail- must be ${forms}.`);
    } else if (status !== undefined) {
      const failed = failures.get(form) ?? 0;
      if (times !== undefined && failed >= Number(times)) {
        failures.delete(form);
        respond(200, 'OK');
      } else {
        if (times !== undefined) failures.set(form, failed + 1);
        const headers = status.startsWith('3') ? { location: '/pushes' } : {};
        respond(Number(status), 'The DeviceToken asks for this status.', headers);
      }
    } else if (token === 'unregistered') {
      const body = JSON.stringify({ code: 404, response: 'The token is not registered.' });
      respond(200, body, { 'content-type': 'application/json' });
    } else if (token === 'reset') {
      remember(null);
      response.destroy();
    } else {
      if (slowMs !== undefined) await delay(Number(slowMs), undefined, { ref: false });
      respond(200, 'OK');
    }
  };

  const servePushes = (request: IncomingMessage, response: ServerResponse) => {
    if (request.method === 'GET') {
      answer(response, 200, JSON.stringify(received), { 'content-type': 'application/json' });
    } else if (request.method === 'DELETE') {
      forget();
      response.writeHead(204).end();
    } else {
      answer(response, 405, 'Use GET to see the pushes, DELETE to clear them.', { allow: 'GET, DELETE' });
    }
  };

  const server = createServer((request, response) => {
    // Not every path is a URL that can be parsed.
    const [path] = (request.url ?? '').split('?');
    if (path === '/pnm2') {
      receive(request, response).catch(() => response.destroy());
    } else if (path === '/pushes') {
      servePushes(request, response);
    } else {
      answer(response, 404, 'The sandbox serves /pnm2 and /pushes.');
    }
  });
  return { ...(await listen(server, port)), pushes: (): readonly ReceivedPush[] => received, forget };
}

function answer(response: ServerResponse, status: number, body: string, headers?: Record<string, string>): void {
  response.writeHead(status, { 'content-type': 'text/plain', ...headers }).end(body);
}
