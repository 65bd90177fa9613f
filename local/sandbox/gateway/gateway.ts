import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { text } from 'node:stream/consumers';
import { setTimeout as delay } from 'node:timers/promises';
import { gatewayFormats, type GatewayFormat } from '../../../shared/gateway-format.ts';
import type { BehaviourChange, ReceivedAttempt, ShownBehaviour } from '../api.ts';
import { changed, shownBehaviour, well } from './behaviour.ts';
import { refusalOf } from '../foreign.ts';
import { startPresence } from './presence.ts';
import type { ReceivedRequest } from '../pushes.ts';
import { createReplies } from './replies.ts';
import { wires, type SandboxAnswer } from './wire.ts';

export interface GatewayOptions {
  /** 0 for any free port. */
  readonly port: number;
  /** How many of the newest attempts are kept. */
  readonly kept?: number;
  /** Called with each push that is read. What it returns is called with the status that was answered; `null`: none. */
  readonly onRequest?: (request: ReceivedRequest) => (status: number | null) => void;
  /** Called when it behaves in another way. */
  readonly onBehaviour?: (behaviour: ShownBehaviour) => void;
  /** Whether the token of this device is unregistered, whatever it asks for. */
  readonly isDead?: (appId: string, deviceToken: string) => boolean;
  readonly now?: () => number;
  /** From 0 to below 1. */
  readonly random?: () => number;
}

export type Gateway = Awaited<ReturnType<typeof startGateway>>;

/**
 * Starts the two gateways, which behave as their documents say unless they are told otherwise, and remembers the attempts
 * that they received. The DeviceToken chooses the answer, so any client can cause each of them.
 */
export async function startGateway({
  port,
  kept = 5000,
  onRequest = () => () => undefined,
  onBehaviour = () => undefined,
  isDead = () => false,
  now = Date.now,
  random = Math.random,
}: GatewayOptions) {
  let received: ReceivedAttempt[] = [];
  let behaviour = well;
  let behaviourVersion = 1;
  const replies = createReplies({ kept, isDead, random, now });
  let ending: NodeJS.Timeout | undefined;

  const receive = async (request: IncomingMessage, response: ServerResponse, format: GatewayFormat) => {
    const { mediaType, refusals, read, answer } = wires[format];
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
    const receivedAt = new Date(now()).toISOString();
    const answered = onRequest({ format, body, parameters: Object.entries(parameters) });
    const reply = replies.replyTo({ body, parameters }, wires[format], behaviour);
    const waitMs = behaviour.slowMs + (reply.afterMs ?? 0);
    if (waitMs > 0) await waitFor(waitMs, response);
    const status = response.destroyed ? null : (reply.answer?.status ?? null);
    received.push({ receivedAt, format, status, parameters });
    if (received.length > kept * 1.1) received = received.slice(-kept);
    answered(status);
    if (reply.answer === undefined) response.destroy();
    else send(response, reply.answer, reply.headers);
  };

  const server = createServer((request, response) => {
    const refusal = refusalOf(request.headers.host, request.headers.origin, request.socket.localPort);
    // Not every path is a URL that can be parsed.
    const [path] = (request.url ?? '').split('?');
    const format = gatewayFormats.find((each) => wires[each].path === path);
    if (refusal !== undefined) {
      response.writeHead(403, { 'content-type': 'text/plain' }).end(refusal);
    } else if (format !== undefined) {
      receive(request, response, format).catch(() => response.destroy());
    } else {
      response.writeHead(404, { 'content-type': 'text/plain' }).end('The gateway serves /pnm2 and /pnm2/send.');
    }
  });

  const shown = (): ShownBehaviour => shownBehaviour(behaviour, presence.fault());
  let told = JSON.stringify(shownBehaviour(well, undefined));
  const tell = () => {
    const behaves = shown();
    if (JSON.stringify(behaves) === told) return;
    told = JSON.stringify(behaves);
    behaviourVersion += 1;
    onBehaviour(behaves);
  };
  const presence = await startPresence(server, port, tell);

  /** Settles when the gateway has gone away or has come back, if the change says so. */
  const change = async (what: BehaviourChange): Promise<void> => {
    behaviour = changed(behaviour, what, now());
    clearTimeout(ending);
    if (behaviour.awayUntilMs !== undefined) {
      ending = setTimeout(() => void change({ away: false }), behaviour.awayUntilMs - now()).unref();
    }
    await presence.want(!behaviour.away);
    // Not before: it may be unable to come back.
    tell();
  };

  return {
    port: presence.port,
    stop: async () => {
      clearTimeout(ending);
      await presence.stop();
    },
    attempts: (): readonly ReceivedAttempt[] => received.slice(-kept),
    /** Forgets the attempts. */
    forget() {
      received = [];
      replies.forget();
    },
    behaviour: shown,
    /** Grows with every change of the behaviour. */
    behaviourVersion: () => behaviourVersion,
    change,
  };
}

/** Waits, but not for a sender that is gone. */
async function waitFor(ms: number, response: ServerResponse): Promise<void> {
  const closed = new AbortController();
  response.once('close', () => {
    closed.abort();
  });
  await delay(ms, undefined, { ref: false, signal: closed.signal }).catch(() => undefined);
}

function send(response: ServerResponse, answer: SandboxAnswer, headers?: Record<string, string>): void {
  response.writeHead(answer.httpStatus, { 'content-type': answer.contentType, ...headers }).end(answer.body);
}
