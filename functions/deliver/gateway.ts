import * as http from 'node:http';
import * as https from 'node:https';
import type { Socket } from 'node:net';
import { urlToHttpOptions } from 'node:url';
import { gatewayAddress, type GatewayFormat } from '../../shared/gateway-format.ts';
import { formats } from './format.ts';
import { connectionFailure, NoAnswerError } from './no-answer-error.ts';
import type { Answer } from './policy/outcome.ts';

export interface GatewayOptions {
  /** For JSON, pushes are posted to `/send` below it. */
  readonly url: URL;
  readonly format: GatewayFormat;
  /** The time limit for DNS, TCP and TLS together. */
  readonly connectTimeoutMs: number;
  /** The usual time limit of an attempt, including connecting and reading the answer. */
  readonly attemptTimeoutMs: number;
  /** The maximum number of open connections. Each attempt uses one. */
  readonly maxConnections: number;
}

export interface Gateway {
  /**
   * Posts one push, in the format of the gateway. Does not follow redirects. Settles within the time limit, whatever the
   * gateway does.
   * @param limitMs the time limit of this attempt, if it is not that of the options.
   * @throws NoAnswerError if no answer came: time-out, connection failure, or an answer that is not HTTP.
   */
  readonly post: (body: string, limitMs?: number) => Promise<Answer>;
}

/** The rest of a longer answer is not read. */
const maxAnswerBytes = 65_536;

const switchedProtocols = 'the gateway switched to another protocol (101) instead of answering';

/**
 * Creates a client that keeps its connections alive. It uses `node:http` because that costs a sixth of the CPU of
 * `fetch` per push, and is ready several times sooner in a new process.
 */
export function createGateway(options: GatewayOptions): Gateway {
  const { format, connectTimeoutMs, attemptTimeoutMs, maxConnections } = options;
  const { contentType, encoding } = formats[format];
  const url = gatewayAddress(options.url, format);
  const secure = url.protocol === 'https:';
  const request = secure ? https.request : http.request;
  const connectEvent = secure ? 'secureConnect' : 'connect';
  const agentOptions: http.AgentOptions = {
    keepAlive: true,
    maxSockets: maxConnections,
    // By default the agent closes all idle connections but 256, and the next large batch would have to reconnect.
    maxFreeSockets: maxConnections,
    // Under low load a few connections stay in use, and the gateway can close the others.
    scheduling: 'lifo',
  };
  const agent = secure ? new https.Agent(agentOptions) : new http.Agent(agentOptions);
  // Only what a request needs, because `node:http` copies its options several times: all of urlToHttpOptions would cost a
  // tenth of the CPU of a push.
  const { protocol, hostname, port, path, auth } = urlToHttpOptions(url);
  const destination = { protocol, hostname, port, path, method: 'POST' };
  const headers = ['host', url.host, 'content-type', contentType, 'accept', '*/*'];
  if (auth) headers.push('authorization', `Basic ${Buffer.from(auth).toString('base64')}`);

  const noConnectionInTime = `no connection within ${String(connectTimeoutMs)} ms`;

  const limitConnecting = (socket: Socket, abandon: (why: string) => void) => {
    // A function of its own: with `abandon` itself as the callback, a push costs twice the CPU (Node 24.21, measured).
    const timer = setTimeout(() => {
      abandon(noConnectionInTime);
    }, connectTimeoutMs);
    const stop = () => {
      clearTimeout(timer);
    };
    socket.once(connectEvent, stop).once('close', stop);
  };

  /** @param startedAt on the clock of `performance.now()`. */
  const send = (body: string, via: http.Agent | false, startedAt: number, limitMs: number): Promise<Answer> =>
    new Promise((resolve, reject) => {
      const outgoing = request({
        ...destination,
        agent: via,
        // A list, which `node:http` sends as it is.
        headers: [...headers, 'content-length', String(Buffer.byteLength(body, encoding))],
      });
      let answerSoFar: ((failure: string) => Answer) | undefined;
      const succeed = (answer: Answer) => {
        clearTimeout(attemptTimer);
        resolve(answer);
      };
      const fail = (error: NoAnswerError) => {
        clearTimeout(attemptTimer);
        // The status may be enough to judge, even if the rest of the answer is missing.
        if (answerSoFar !== undefined) resolve(answerSoFar(error.message));
        else reject(error);
      };
      const failConnection = (cause: Error) => {
        fail(connectionFailure(cause, outgoing.reusedSocket, answerSoFar !== undefined));
      };
      // The promise is settled first, because a destroyed request does not always emit an error.
      const abandon = (why: string) => {
        fail(new NoAnswerError(why));
        outgoing.destroy();
      };
      // A whole number, because timers of one duration share a list.
      const remainingMs = Math.ceil(startedAt + limitMs - performance.now());
      const attemptTimer = setTimeout(abandon, remainingMs, `no complete answer within ${String(limitMs)} ms`);
      outgoing.on('error', failConnection);
      outgoing.on('socket', (socket) => {
        if (socket.connecting) limitConnecting(socket, abandon);
      });
      outgoing.on('response', (incoming) => {
        if (incoming.statusCode === 101) abandon(switchedProtocols);
        else answerSoFar = readAnswer(incoming, succeed, failConnection);
      });
      // Without a listener, `node:http` destroys the request and emits no error.
      outgoing.on('upgrade', () => {
        abandon(switchedProtocols);
      });
      outgoing.end(body, encoding);
    });

  return {
    async post(body, limitMs = attemptTimeoutMs) {
      const startedAt = performance.now();
      try {
        return await send(body, agent, startedAt, limitMs);
      } catch (error) {
        // A race of every keep-alive client: the gateway closes an idle connection while a request is on its way. It is
        // frequent after Lambda has frozen the function between two batches. The gateway is not at fault, so the push is
        // sent again at once, on a new connection of its own, unless this process was busy until the deadline.
        const isStale = error instanceof NoAnswerError && error.isStaleConnection;
        if (isStale && performance.now() < startedAt + limitMs) return await send(body, false, startedAt, limitMs);
        throw error;
      }
    },
  };
}

/**
 * Reads an answer, up to the bound.
 * @returns the answer as far as it was received, for when the connection or the time ends before it.
 */
function readAnswer(
  incoming: http.IncomingMessage,
  succeed: (answer: Answer) => void,
  fail: (error: Error) => void,
): (failure: string) => Answer {
  const chunks: Buffer[] = [];
  let bytes = 0;
  const answer = (failure?: string): Answer => ({
    status: incoming.statusCode ?? 0,
    retryAfter: incoming.headers['retry-after'],
    body: Buffer.concat(chunks).toString('utf8', 0, maxAnswerBytes),
    failure,
  });
  incoming.on('data', (chunk: Buffer) => {
    chunks.push(chunk);
    bytes += chunk.length;
    if (bytes <= maxAnswerBytes) return;
    succeed(answer());
    incoming.destroy();
  });
  incoming.on('end', () => {
    succeed(answer());
  });
  incoming.on('error', fail);
  return (failure) => {
    // Passes what is parsed but not yet emitted to the 'data' listener. The answer can be complete: bytes after a body
    // that is longer than its Content-Length are an error of the connection, not of the answer.
    while (incoming.read() !== null);
    return answer(incoming.complete ? undefined : failure);
  };
}
