import * as http from 'node:http';
import * as https from 'node:https';
import type { Socket } from 'node:net';
import { urlToHttpOptions } from 'node:url';
import type { Answer } from './policy/outcome.ts';

export interface GatewayOptions {
  readonly url: URL;
  /** The time limit for DNS, TCP and TLS together. */
  readonly connectTimeoutMs: number;
  /** The time limit of an attempt, including connecting and reading the answer. */
  readonly attemptTimeoutMs: number;
  /** The maximum number of open connections. Each attempt uses one. */
  readonly maxConnections: number;
}

/** A client of the gateway. */
export interface Gateway {
  /**
   * Posts one form. Does not follow redirects.
   * @throws Error if no answer came: time-out, connection failure, or an answer that is not HTTP.
   */
  readonly post: (form: string) => Promise<Answer>;
  /** Closes the idle connections. */
  readonly close: () => void;
}

/** The rest of a longer answer is not read. */
const maxAnswerBytes = 65_536;

/**
 * Creates a client that keeps its connections alive. It uses `node:http` because that costs a sixth of the CPU of
 * `fetch` per push, and is ready several times sooner in a new process.
 */
export function createGateway({ url, connectTimeoutMs, attemptTimeoutMs, maxConnections }: GatewayOptions): Gateway {
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
  const headers = ['host', url.host, 'content-type', 'application/x-www-form-urlencoded', 'accept', '*/*'];
  if (auth) headers.push('authorization', `Basic ${Buffer.from(auth).toString('base64')}`);

  const limitConnecting = (outgoing: http.ClientRequest, socket: Socket) => {
    const timer = setTimeout(() => {
      outgoing.destroy(new Error(`no connection within ${String(connectTimeoutMs)} ms`));
    }, connectTimeoutMs);
    const stop = () => {
      clearTimeout(timer);
    };
    socket.once(connectEvent, stop).once('close', stop);
  };

  /** @param deadline on the clock of `performance.now()`. */
  const send = (form: string, via: http.Agent | false, deadline: number): Promise<Answer> =>
    new Promise((resolve, reject) => {
      const outgoing = request({
        ...destination,
        agent: via,
        // A list, which `node:http` sends as it is. A form is ASCII, one byte per character.
        headers: [...headers, 'content-length', String(form.length)],
      });
      let answerSoFar: (() => Answer) | undefined;
      // A whole number, because timers of one duration share a list.
      const remainingMs = Math.ceil(deadline - performance.now());
      const attemptTimer = setTimeout(() => {
        outgoing.destroy(new Error(`no complete answer within ${String(attemptTimeoutMs)} ms`));
      }, remainingMs);
      const succeed = (answer: Answer) => {
        clearTimeout(attemptTimer);
        resolve(answer);
      };
      const fail = (error: Error) => {
        clearTimeout(attemptTimer);
        // The status may be enough to judge, even if the rest of the answer is missing.
        if (answerSoFar !== undefined) resolve(answerSoFar());
        else reject(new NoAnswerError(error, outgoing.reusedSocket));
      };
      outgoing.on('error', fail);
      outgoing.on('socket', (socket) => {
        if (socket.connecting) limitConnecting(outgoing, socket);
      });
      outgoing.on('response', (incoming) => {
        answerSoFar = readAnswer(incoming, succeed, fail);
      });
      // As ASCII ('latin1'): UTF-8 would be scanned once more, for a twelfth of the CPU of a push.
      outgoing.end(form, 'latin1');
    });

  return {
    async post(form) {
      const deadline = performance.now() + attemptTimeoutMs;
      try {
        return await send(form, agent, deadline);
      } catch (error) {
        // Every keep-alive client has this race: the gateway closes an idle connection while a request is on its way,
        // often so after Lambda froze the function between two batches. The gateway is not at fault, so the form is
        // sent again at once, on a new connection of its own, unless this process was busy until the deadline.
        const isStale = error instanceof NoAnswerError && error.isStaleConnection;
        if (isStale && performance.now() < deadline) return await send(form, false, deadline);
        throw error;
      }
    },
    close() {
      agent.destroy();
    },
  };
}

/**
 * Reads an answer, up to the bound.
 * @returns the answer as far as it was received, for when the connection fails.
 */
function readAnswer(
  incoming: http.IncomingMessage,
  succeed: (answer: Answer) => void,
  fail: (error: Error) => void,
): () => Answer {
  const chunks: Buffer[] = [];
  let bytes = 0;
  const answer = (cut: boolean): Answer => ({
    status: incoming.statusCode ?? 0,
    retryAfter: incoming.headers['retry-after'],
    body: Buffer.concat(chunks).toString('utf8', 0, maxAnswerBytes),
    cut,
  });
  incoming.on('data', (chunk: Buffer) => {
    chunks.push(chunk);
    bytes += chunk.length;
    if (bytes <= maxAnswerBytes) return;
    succeed(answer(false));
    incoming.destroy();
  });
  incoming.on('end', () => {
    succeed(answer(false));
  });
  incoming.on('error', fail);
  return () => {
    // Passes what is parsed but not yet emitted to the 'data' listener. The answer can be complete: bytes after a body
    // that is longer than its Content-Length are an error of the connection, not of the answer.
    while (incoming.read() !== null);
    return answer(!incoming.complete);
  };
}

class NoAnswerError extends Error {
  override readonly name = 'NoAnswerError';
  /** Whether the connection was kept from an earlier request, and closed during this one. */
  readonly isStaleConnection: boolean;

  constructor(cause: Error & { readonly code?: string }, reusedSocket: boolean) {
    // An AggregateError, from a host with several addresses, has no message.
    super(cause.message || (cause.code ?? cause.name), { cause });
    this.isStaleConnection = reusedSocket && (cause.code === 'ECONNRESET' || cause.code === 'EPIPE');
  }
}
