import * as http from 'node:http';
import * as https from 'node:https';
import { urlToHttpOptions } from 'node:url';
import type { Answer } from './policy/outcome.ts';

/** Where pushes go, and how long is waited there. */
export interface GatewayOptions {
  readonly url: URL;
  /** For the name to be looked up, the connection to stand and TLS to be agreed. */
  readonly connectTimeoutMs: number;
  /** For the whole attempt, connecting and reading included. */
  readonly attemptTimeoutMs: number;
  /** Connections open at once; each attempt uses one. */
  readonly maxConnections: number;
}

/** The gateway as `deliver` sees it. */
export interface Gateway {
  /**
   * Posts one form. Redirects are not followed.
   * @throws Error where no answer came: time-out, connection trouble, an answer that is not HTTP.
   */
  readonly post: (form: string) => Promise<Answer>;
  /** Closes the idle connections. */
  readonly close: () => void;
}

/** Enough for any statement of the gateway; what comes beyond is not waited for. */
const maxAnswerBytes = 65_536;

/**
 * A client for the gateway over kept-alive connections. `node:http` itself, because it costs a sixth of the CPU
 * of `fetch` for each push and is ready several times sooner in a new process.
 */
export function createGateway(options: GatewayOptions): Gateway {
  const { url, connectTimeoutMs, attemptTimeoutMs, maxConnections } = options;
  const secure = url.protocol === 'https:';
  const request = secure ? https.request : http.request;
  // Last in, first out: under little load few connections are kept busy and the others may close.
  const agentOptions: http.AgentOptions = {
    keepAlive: true,
    maxSockets: maxConnections,
    // All of them may stay: unless told, the agent closes all but 256, and the next large batch connects anew.
    maxFreeSockets: maxConnections,
    scheduling: 'lifo',
  };
  const agent = secure ? new https.Agent(agentOptions) : new http.Agent(agentOptions);

  // What is the same for every request; read from the URL each time it would cost a hundredth of all the CPU.
  const destination = { ...urlToHttpOptions(url), method: 'POST' };

  const attempt = (form: string, via: http.Agent | false, deadline: number): Promise<Answer> =>
    new Promise((resolve, reject) => {
      const outgoing = request({
        ...destination,
        agent: via,
        headers: {
          'content-type': 'application/x-www-form-urlencoded',
          // A form is ASCII: each character is a byte.
          'content-length': form.length,
          accept: '*/*',
        },
      });
      let answerSoFar: (() => Answer) | undefined;

      const attemptTimer = setTimeout(
        () => outgoing.destroy(new Error(`no complete answer within ${String(attemptTimeoutMs)} ms`)),
        deadline - performance.now(),
      );
      const settle = (act: () => void) => {
        clearTimeout(attemptTimer);
        act();
      };
      const fail = (error: Error) => {
        settle(() => {
          // The status may be enough to judge, even if the rest of the answer never came.
          if (answerSoFar) resolve(answerSoFar());
          else reject(new AttemptError(error, outgoing.reusedSocket));
        });
      };

      outgoing.on('error', fail);
      outgoing.on('socket', (socket) => {
        if (!socket.connecting) return;
        const connectTimer = setTimeout(
          () => outgoing.destroy(new Error(`no connection within ${String(connectTimeoutMs)} ms`)),
          connectTimeoutMs,
        );
        const stop = () => {
          clearTimeout(connectTimer);
        };
        socket.once(secure ? 'secureConnect' : 'connect', stop).once('close', stop);
      });
      outgoing.on('response', (incoming) => {
        const chunks: Buffer[] = [];
        let bytes = 0;
        const answer = (cut: boolean): Answer => ({
          status: incoming.statusCode ?? 0,
          retryAfter: incoming.headers['retry-after'],
          body: Buffer.concat(chunks).toString('utf8', 0, maxAnswerBytes),
          cut,
        });
        answerSoFar = () => {
          // What has been parsed but not yet handed out goes through the 'data' listener now. All of the answer may be
          // there: what follows a body that is longer than it claims is an error of the connection, not of the answer.
          while (incoming.read() !== null);
          return answer(!incoming.complete);
        };
        incoming.on('data', (chunk: Buffer) => {
          chunks.push(chunk);
          bytes += chunk.length;
          if (bytes <= maxAnswerBytes) return;
          settle(() => {
            resolve(answer(false));
          });
          incoming.destroy();
        });
        incoming.on('end', () => {
          settle(() => {
            resolve(answer(false));
          });
        });
        incoming.on('error', fail);
      });
      // As ASCII, which goes out as it is: as UTF-8 it would be looked through once more, for a twelfth of all the CPU.
      outgoing.end(form, 'latin1');
    });

  return {
    async post(form) {
      const deadline = performance.now() + attemptTimeoutMs;
      try {
        return await attempt(form, agent, deadline);
      } catch (error) {
        // A race that every keep-alive client has: the gateway closes an idle connection while the request is on its
        // way (for a function that was frozen between two batches it is the rule). Nothing is known to be wrong with
        // the gateway then, so the push does not wait for its next receive: once more, on a connection of its own,
        // unless the time was over while this process was busy with others.
        const isStale = error instanceof AttemptError && error.isStaleConnection;
        if (isStale && performance.now() < deadline) return await attempt(form, false, deadline);
        throw error;
      }
    },
    close() {
      agent.destroy();
    },
  };
}

/** No answer came. */
class AttemptError extends Error {
  override readonly name = 'AttemptError';
  /** Whether the connection had been used before and was closed under the request. */
  readonly isStaleConnection: boolean;

  constructor(cause: Error & { readonly code?: string }, reusedSocket: boolean) {
    super(cause.message || (cause.code ?? cause.name), { cause });
    this.isStaleConnection = reusedSocket && (cause.code === 'ECONNRESET' || cause.code === 'EPIPE');
  }
}
