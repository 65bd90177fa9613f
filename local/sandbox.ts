import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { text } from 'node:stream/consumers';
import { setTimeout as delay } from 'node:timers/promises';
import { behaviourOf } from './sandbox-behaviour.ts';
import { listen, type Listening } from './listen.ts';

/** One request for a push, as `GET /pushes` shows it. */
export interface ReceivedPush {
  readonly receivedAt: string;
  /** What was answered, or `null` where the connection was cut before. */
  readonly status: number | null;
  readonly parameters: Readonly<Record<string, string>>;
}

export interface Sandbox extends Listening {
  readonly pushes: () => readonly ReceivedPush[];
  readonly forget: () => void;
}

/** The oldest are forgotten first, so that a long load test does not fill the memory. */
const keptPushes = 100_000;

/**
 * A pnm2 gateway that behaves as the gateway's document says, and keeps what it received.
 * @param port 0 for any free one.
 */
export async function startSandbox(port: number): Promise<Sandbox> {
  let received: ReceivedPush[] = [];
  /** How often a push has failed so far, by its whole form. */
  const failures = new Map<string, number>();

  const keep = (parameters: URLSearchParams, status: number | null, receivedAt = new Date()) => {
    const push = { receivedAt: receivedAt.toISOString(), status, parameters: Object.fromEntries(parameters) };
    received.push(push);
    if (received.length > keptPushes * 1.1) received = received.slice(-keptPushes);
  };

  const forget = () => {
    received = [];
    failures.clear();
  };

  const push = async (request: IncomingMessage, response: ServerResponse) => {
    if (request.method !== 'POST') {
      answer(response, 405, 'Only POST is taken.', { allow: 'POST' });
      return;
    }
    const mediaType = request.headers['content-type']?.split(';')[0]?.trim().toLowerCase();
    if (mediaType !== 'application/x-www-form-urlencoded') {
      answer(response, 415, 'Only application/x-www-form-urlencoded is taken.');
      return;
    }
    const form = await text(request);
    // The platform's decoder and not the relay's own: what one gets wrong the other would not show.
    const parameters = new URLSearchParams(form);
    const missing = ['verb', 'AppId', 'DeviceToken'].filter((name) => !parameters.get(name));
    if (missing.length > 0) {
      keep(parameters, 400);
      answer(response, 400, `Missing: ${missing.join(', ')}`);
      return;
    }
    await behave(form, parameters, response);
  };

  const behave = async (form: string, parameters: URLSearchParams, response: ServerResponse) => {
    const behaviour = behaviourOf(parameters.get('DeviceToken') ?? '');
    switch (behaviour.kind) {
      case 'accept':
        keep(parameters, 200);
        answer(response, 200, 'OK');
        return;
      case 'fail': {
        const failed = failures.get(form) ?? 0;
        if (behaviour.times !== undefined && failed >= behaviour.times) {
          failures.delete(form);
          keep(parameters, 200);
          answer(response, 200, 'OK');
          return;
        }
        if (behaviour.times !== undefined) failures.set(form, failed + 1);
        keep(parameters, behaviour.status);
        const isRedirect = behaviour.status >= 300 && behaviour.status < 400;
        answer(response, behaviour.status, 'As the token asked.', isRedirect ? { location: '/pushes' } : {});
        return;
      }
      case 'slow': {
        const receivedAt = new Date();
        await delay(behaviour.delayMs, undefined, { ref: false });
        // Whoever has hung up by now got no answer.
        keep(parameters, response.destroyed ? null : 200, receivedAt);
        answer(response, 200, 'OK');
        return;
      }
      case 'reset':
        keep(parameters, null);
        response.destroy();
        return;
      case 'unregistered':
        keep(parameters, 200);
        answer(response, 200, JSON.stringify({ code: 404, response: 'The token is not registered.' }), {
          'content-type': 'application/json',
        });
        return;
      default:
        behaviour satisfies never;
    }
  };

  const pushes = (request: IncomingMessage, response: ServerResponse) => {
    if (request.method === 'GET') {
      answer(response, 200, JSON.stringify(received), { 'content-type': 'application/json' });
    } else if (request.method === 'DELETE') {
      forget();
      response.writeHead(204).end();
    } else {
      answer(response, 405, 'GET shows the pushes, DELETE empties them.', { allow: 'GET, DELETE' });
    }
  };

  const server = createServer((request, response) => {
    // Cut by hand, for not every path is a URL that can be parsed.
    const [path] = (request.url ?? '').split('?');
    if (path === '/pnm2') {
      push(request, response).catch(() => response.destroy());
    } else if (path === '/pushes') {
      pushes(request, response);
    } else {
      answer(response, 404, 'The sandbox has /pnm2 and /pushes.');
    }
  });
  return { ...(await listen(server, port)), pushes: () => received, forget };
}

function answer(response: ServerResponse, status: number, body: string, headers: Record<string, string> = {}): void {
  response.writeHead(status, { 'content-type': 'text/plain', ...headers }).end(body);
}
