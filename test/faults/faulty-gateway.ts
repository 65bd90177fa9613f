import { once } from 'node:events';
import { createServer, type ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { text } from 'node:stream/consumers';
import { chanceOf, choose } from '../support/random.ts';

/** What the gateway does with an attempt, with weights. */
const behaviours = {
  accept: 68,
  error: 8,
  throttle: 4,
  'cut before': 4,
  'cut after': 3,
  stall: 2,
  'claim too much': 3,
  'claim too little': 2,
  'answer endlessly': 1,
  'answer nonsense': 2,
  redirect: 1,
  unregistered: 2,
} as const;

/** What the gateway knows about a push. */
export interface Received {
  /** Attempts that the gateway read in full. */
  attempts: number;
  /** Attempts that it took and confirmed with a complete answer. */
  accepted: number;
  /** Attempts that it took, confirmed or not: each may have reached the device. */
  taken: number;
  /** The reasons that a dead letter of this push may have: how the gateway refused it for good. */
  readonly refused: Set<string>;
}

export interface FaultyGateway {
  readonly url: string;
  readonly received: ReadonlyMap<number, Received>;
  /** Attempts by behaviour, and how often the gateway was away. */
  readonly behaved: ReadonlyMap<string, number>;
  /** Cuts every connection and refuses new ones. */
  readonly goAway: () => Promise<void>;
  readonly comeBack: () => Promise<void>;
  readonly stop: () => Promise<void>;
}

/**
 * A gateway with many faults. The seed, the number of the push and the number of the attempt determine what it does with
 * an attempt.
 */
export async function startFaultyGateway(seed: number): Promise<FaultyGateway> {
  const received = new Map<number, Received>();
  const sockets = new Set<Socket>();
  const behaved = new Map<string, number>();
  const count = (what: string) => behaved.set(what, (behaved.get(what) ?? 0) + 1);
  const server = createServer((request, response) => {
    text(request)
      .then((form) => {
        const number = Number(new URLSearchParams(form).get('Id'));
        const known = received.get(number) ?? { attempts: 0, accepted: 0, taken: 0, refused: new Set() };
        received.set(number, known);
        known.attempts += 1;
        const behaviour = choose(behaviours, chanceOf(seed, number, known.attempts));
        count(behaviour);
        behave(behaviour, known, response);
      })
      .catch(() => response.destroy());
  });
  server.on('connection', (socket: Socket) => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket)).on('error', () => undefined);
  });

  const listen = async (port: number) => {
    server.listen(port, '127.0.0.1');
    await once(server, 'listening');
    const address = server.address();
    return typeof address === 'object' && address !== null ? address.port : port;
  };
  const close = async () => {
    const closed = once(server, 'close');
    server.close();
    for (const socket of sockets) socket.destroy();
    await closed;
  };
  const port = await listen(0);
  return {
    url: `http://127.0.0.1:${String(port)}/pnm2`,
    received,
    behaved,
    async goAway() {
      count('away');
      await close();
    },
    async comeBack() {
      await listen(port);
    },
    stop: close,
  };
}

function behave(behaviour: keyof typeof behaviours, known: Received, response: ServerResponse): void {
  const { socket } = response;
  switch (behaviour) {
    case 'accept':
      known.taken += 1;
      known.accepted += 1;
      response.writeHead(200, { 'content-type': 'application/json' }).end('{"code":200,"response":"OK"}');
      return;
    case 'error':
      response.writeHead(500).end('trouble');
      return;
    case 'throttle':
      response.writeHead(503, { 'retry-after': '1' }).end();
      return;
    case 'cut before':
      socket?.destroy();
      return;
    case 'cut after':
      known.taken += 1;
      socket?.destroy();
      return;
    case 'stall':
      return;
    case 'claim too much':
      known.taken += 1;
      socket?.end('HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{"code":2');
      return;
    case 'claim too little':
      known.taken += 1;
      known.accepted += 1;
      socket?.end('HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nOK and more than that');
      return;
    case 'answer endlessly': {
      const chunk = Buffer.alloc(16_384, 'x');
      const more = () => {
        while (!response.destroyed && response.write(chunk));
      };
      response.writeHead(500).on('drain', more);
      more();
      return;
    }
    case 'answer nonsense':
      socket?.end('220 mail.example.com ESMTP\r\n');
      return;
    case 'redirect':
      known.refused.add('rejected');
      response.writeHead(302, { location: 'http://127.0.0.1:1/' }).end();
      return;
    case 'unregistered':
      known.refused.add('unregistered');
      response.writeHead(200, { 'content-type': 'application/json' }).end('{"code":404,"response":"gone"}');
      return;
    default:
      behaviour satisfies never;
  }
}
