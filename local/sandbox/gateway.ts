import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { text } from 'node:stream/consumers';
import { setTimeout as delay } from 'node:timers/promises';
import { gatewayFormats, type GatewayFormat } from '../../shared/gateway-format.ts';
import { listen } from '../listen.ts';
import type { ReceivedAttempt } from './api.ts';
import type { ReceivedRequest } from './pushes.ts';
import { statement, wires, type SandboxAnswer } from './wire.ts';

export interface GatewayOptions {
  /** 0 for any free port. */
  readonly port: number;
  /** How many of the newest attempts are kept. */
  readonly kept?: number;
  /** Called with each push that is read. What it returns is called with the status that was answered; `null`: none. */
  readonly onRequest?: (request: ReceivedRequest) => (status: number | null) => void;
  /** Whether the token of this device is unregistered, whatever it asks for. */
  readonly isDead?: (appId: string, deviceToken: string) => boolean;
}

export type Gateway = Awaited<ReturnType<typeof startGateway>>;

/**
 * Starts the two gateways, which behave as their documents say, and remembers the attempts that they received. The
 * DeviceToken chooses the answer, so any client can cause each of them.
 */
export async function startGateway(options: GatewayOptions) {
  const { port, kept = 5000, onRequest = () => () => undefined, isDead = () => false } = options;
  let received: ReceivedAttempt[] = [];
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
    const answered = onRequest({ format, body, parameters: Object.entries(parameters) });
    const remember = (status: number | null) => {
      received.push({ receivedAt, format, status, parameters });
      if (received.length > kept * 1.1) received = received.slice(-kept);
      answered(status);
    };
    const respond = (given: SandboxAnswer, headers?: Record<string, string>) => {
      remember(response.destroyed ? null : given.status);
      send(response, given, headers);
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
    if (token === 'unregistered' || isDead(parameters['AppId'] ?? '', token)) {
      respond(statement(404, 'The token is not registered.'));
    } else if (token.startsWith('slow-') && slowMs === undefined) {
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
        const headers = status.startsWith('3') ? { location: '/' } : {};
        respond(answer(Number(status), 'The DeviceToken asks for this status.'), headers);
      }
    } else if (token === 'reset') {
      remember(null);
      response.destroy();
    } else {
      if (slowMs !== undefined) await delay(Number(slowMs), undefined, { ref: false });
      respond(answer(200, 'OK'));
    }
  };

  const server = createServer((request, response) => {
    // Not every path is a URL that can be parsed.
    const [path] = (request.url ?? '').split('?');
    const format = gatewayFormats.find((each) => wires[each].path === path);
    if (format !== undefined) {
      receive(request, response, format).catch(() => response.destroy());
    } else {
      response.writeHead(404, { 'content-type': 'text/plain' }).end('The gateway serves /pnm2 and /pnm2/send.');
    }
  });
  return { ...(await listen(server, port)), attempts: (): readonly ReceivedAttempt[] => received.slice(-kept), forget };
}

function send(response: ServerResponse, answer: SandboxAnswer, headers?: Record<string, string>): void {
  response.writeHead(answer.httpStatus, { 'content-type': answer.contentType, ...headers }).end(answer.body);
}
