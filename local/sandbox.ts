import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { text } from 'node:stream/consumers';
import { setTimeout as delay } from 'node:timers/promises';
import { gatewayFormats, type GatewayFormat } from '../shared/gateway-format.ts';
import { listen } from './listen.ts';
import { statement, wires, type SandboxAnswer } from './wire.ts';

/** One request for a push, as `GET /pushes` shows it. */
export interface ReceivedPush {
  readonly receivedAt: string;
  readonly format: GatewayFormat;
  /**
   * The status that was answered: the `code` in the body, if there is one. `null` if the connection was closed before.
   */
  readonly status: number | null;
  /** Every value as a string, also those that came as another JSON type. */
  readonly parameters: Readonly<Record<string, string>>;
}

export type Sandbox = Awaited<ReturnType<typeof startSandbox>>;

/** Above this number, the sandbox drops the oldest pushes, so that a long load test does not fill the memory. */
const keptPushes = 100_000;

/**
 * Starts the two gateways, which behave as their documents say, and remembers the pushes that they received. The
 * DeviceToken chooses the answer, so any client can cause each of them.
 * @param port 0 for any free port.
 */
export async function startSandbox(port: number) {
  let received: ReceivedPush[] = [];
  /** The number of failed attempts of a push, by its body. */
  const failures = new Map<string, number>();

  const forget = () => {
    received = [];
    failures.clear();
  };

  const receive = async (request: IncomingMessage, response: ServerResponse, format: GatewayFormat) => {
    const { mediaType, refusals, read, requiresSelector, answer } = wires[format];
    const refuse = (httpStatus: number, words: string, headers?: Record<string, string>) => {
      send(response, { ...answer(httpStatus, words), httpStatus }, headers);
    };
    if (request.method !== 'POST') {
      refuse(refusals.method, 'Use POST.', { allow: 'POST' });
      return;
    }
    if (request.headers['content-type']?.split(';')[0]?.trim().toLowerCase() !== mediaType) {
      refuse(refusals.mediaType, `Use the Content-Type ${mediaType}.`);
      return;
    }
    const body = await text(request);
    const parameters = read(body);
    if (parameters === undefined) {
      refuse(refusals.body, 'The body must be a JSON object.');
      return;
    }
    const receivedAt = new Date().toISOString();
    const remember = (status: number | null) => {
      received.push({ receivedAt, format, status, parameters });
      if (received.length > keptPushes * 1.1) received = received.slice(-keptPushes);
    };
    const respond = (answered: SandboxAnswer, headers?: Record<string, string>) => {
      remember(response.destroyed ? null : answered.status);
      send(response, answered, headers);
    };

    const required = ['verb', 'AppId', 'DeviceToken'];
    if (requiresSelector(parameters['verb'])) required.push('Selector');
    const missing = required.filter((name) => !parameters[name]);
    if (missing.length > 0) {
      respond(answer(400, `Missing: ${missing.join(', ')}`));
      return;
    }
    const token = parameters['DeviceToken'] ?? '';
    const [, slowMs] = /^slow-(\d{1,6})$/.exec(token) ?? [];
    const [, status, times] = /^fail-([2-5]\d\d)(?:-(\d{1,6}))?$/.exec(token) ?? [];
    if (token.startsWith('slow-') && slowMs === undefined) {
      respond(answer(400, 'A DeviceToken that begins with slow- must be slow-MS, with 1 to 6 digits.'));
    } else if (token.startsWith('fail-') && status === undefined) {
      const forms = 'fail-STATUS or fail-STATUS-N, with a STATUS from 200 to 599';
      respond(answer(400, `A DeviceToken that begins with fail- must be ${forms}.`));
    } else if (status !== undefined) {
      const failed = failures.get(body) ?? 0;
      if (times !== undefined && failed >= Number(times)) {
        failures.delete(body);
        respond(answer(200, 'OK'));
      } else {
        if (times !== undefined) failures.set(body, failed + 1);
        const headers = status.startsWith('3') ? { location: '/pushes' } : {};
        respond(answer(Number(status), 'The DeviceToken asks for this status.'), headers);
      }
    } else if (token === 'unregistered') {
      respond(statement(404, 'The token is not registered.'));
    } else if (token === 'reset') {
      remember(null);
      response.destroy();
    } else {
      if (slowMs !== undefined) await delay(Number(slowMs), undefined, { ref: false });
      respond(answer(200, 'OK'));
    }
  };

  const servePushes = (request: IncomingMessage, response: ServerResponse) => {
    if (request.method === 'GET') {
      response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(received));
    } else if (request.method === 'DELETE') {
      forget();
      response.writeHead(204).end();
    } else {
      sendText(response, 405, 'Use GET to see the pushes, DELETE to clear them.', { allow: 'GET, DELETE' });
    }
  };

  const server = createServer((request, response) => {
    // Not every path is a URL that can be parsed.
    const [path] = (request.url ?? '').split('?');
    const format = gatewayFormats.find((each) => wires[each].path === path);
    if (format !== undefined) {
      receive(request, response, format).catch(() => response.destroy());
    } else if (path === '/pushes') {
      servePushes(request, response);
    } else {
      sendText(response, 404, 'The sandbox serves /pnm2, /pnm2/send and /pushes.');
    }
  });
  return { ...(await listen(server, port)), pushes: (): readonly ReceivedPush[] => received, forget };
}

function send(response: ServerResponse, answer: SandboxAnswer, headers?: Record<string, string>): void {
  response.writeHead(answer.httpStatus, { 'content-type': answer.contentType, ...headers }).end(answer.body);
}

function sendText(response: ServerResponse, status: number, words: string, headers?: Record<string, string>): void {
  response.writeHead(status, { 'content-type': 'text/plain', ...headers }).end(words);
}
