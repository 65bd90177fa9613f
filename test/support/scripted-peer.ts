import fc from 'fast-check';
import { createServer, type Socket } from 'node:net';
import { serveOn } from './raw-gateway.ts';

/** What a peer does with one connection. */
export interface Script {
  /** Whether it writes at once, or only when a request comes. */
  readonly beforeRequest: boolean;
  /** Written in this order. */
  readonly parts: readonly string[];
  /** How many bytes are left out at the end of the last part. */
  readonly missingBytes: number;
  /** How many bytes are written at a time, each a moment after the last. Absent: all at once. */
  readonly dribbleBytes: number | undefined;
  readonly ending: 'wait' | 'half-close' | 'close' | 'reset';
}

const head = (status: string, ...headers: string[]) => [`HTTP/1.1 ${status}`, ...headers, '', ''].join('\r\n');

/** Answers, parts of answers, and what no HTTP server would send. */
const parts = [
  head('100 Continue'),
  head('102 Processing', 'Connection: close'),
  head('103 Early Hints', 'Link: </style.css>'),
  head('101 Switching Protocols'),
  head('101 Switching Protocols', 'Upgrade: websocket', 'Connection: Upgrade'),
  head('101 Switching Protocols', 'Upgrade: h2c', 'Connection: close, Upgrade', 'Content-Length: 9'),
  head('200 OK', 'Upgrade: h2c', 'Connection: Upgrade', 'Content-Length: 2') + 'OK',
  head('200 OK', 'Content-Length: 2') + 'OK',
  head('200 OK', 'Content-Length: 0'),
  head('200 OK', 'Content-Length: 2', 'Connection: close') + 'OK',
  head('200 OK', 'Content-Length: 10', 'Connection: keep-alive, close') + 'OK',
  head('200 OK', 'Content-Length: 70000') + 'x'.repeat(70_000),
  head('200 OK', 'Connection: upgrade') + 'until the end',
  head('200 OK', 'Transfer-Encoding: chunked', 'Trailer: X') + '2\r\nOK\r\n0\r\nX: 1\r\nConnection: close\r\n\r\n',
  head('200 OK', 'Transfer-Encoding: chunked') + '2\r\nOK\r\n',
  head('200 OK', 'Transfer-Encoding: chunked') + 'zz\r\n',
  head('200 OK', 'Transfer-Encoding: chunked', 'Content-Length: 2') + 'OK',
  head('204 No Content', 'Content-Length: 5') + 'extra',
  head('304 Not Modified'),
  head('404 Not Found', 'Content-Length: 0', 'Proxy-Connection: close'),
  head('503 Service Unavailable', 'Retry-After: 1', 'Content-Length: 0'),
  head('099 ?', 'Content-Length: 0'),
  head('999 ?', `X: ${'x'.repeat(20_000)}`),
  'HTTP/1.0 200 OK\r\n\r\nOK',
  'HTTP/2.0 200\r\n\r\n',
  '220 mail.example.com ESMTP\r\n',
  '\r\n\r\n',
  '\0',
];

export const scripts: fc.Arbitrary<Script> = fc.record({
  beforeRequest: fc.boolean(),
  parts: fc.array(fc.constantFrom(...parts), { maxLength: 4 }),
  missingBytes: fc.oneof(fc.constant(0), fc.nat(60)),
  dribbleBytes: fc.option(fc.integer({ min: 1, max: 50 }), { nil: undefined }),
  ending: fc.constantFrom('wait', 'half-close', 'close', 'reset'),
});

export const honestBody = 'an honest answer';

/**
 * Serves with one script per connection, and answers honestly on every connection after the last script. A request on
 * a connection whose script is over gets an honest answer too, if it is still open.
 */
export function serveScripts(scripts: readonly Script[]) {
  let connections = 0;
  const server = createServer({ allowHalfOpen: true }, (socket) => {
    const script = scripts[connections];
    connections += 1;
    if (script === undefined) answerHonestly(socket);
    else perform(script, socket);
  });
  return serveOn(server);
}

function answerHonestly(socket: Socket): void {
  const answer = head('200 OK', `Content-Length: ${String(honestBody.length)}`) + honestBody;
  socket.on('data', () => {
    if (socket.writable) socket.write(answer);
  });
  socket.on('end', () => socket.end());
}

function perform({ beforeRequest, parts, missingBytes, dribbleBytes, ending }: Script, socket: Socket): void {
  const bytes = Buffer.from(parts.join(''));
  const end = Math.max(0, bytes.length - missingBytes);
  // At most a hundred writes, so that the end of a long answer comes too.
  const step = Math.max(1, dribbleBytes ?? end, Math.ceil(end / 100));
  const writeFrom = (from: number) => {
    if (socket.destroyed) return;
    if (from < end) {
      socket.write(bytes.subarray(from, Math.min(end, from + step)));
      setTimeout(writeFrom, 1, from + step);
      return;
    }
    if (ending === 'half-close') socket.end();
    else if (ending === 'close') socket.destroy();
    else if (ending === 'reset') socket.resetAndDestroy();
    answerHonestly(socket);
  };
  if (beforeRequest) writeFrom(0);
  else
    socket.once('data', () => {
      writeFrom(0);
    });
}
