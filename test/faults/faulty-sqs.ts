import { Agent, createServer, request as httpRequest } from 'node:http';
import { buffer } from 'node:stream/consumers';
import { listen, type Listening } from '../../local/listen.ts';
import { chanceOf, choose } from '../support/random.ts';

const behaviours = {
  forward: 90,
  /** The call never reached SQS. */
  'refuse before': 4,
  'cut before': 2,
  /** SQS executed the call, and its answer is lost. */
  'cut after': 4,
} as const;

/** Of every 40 calls of a kind, 8 in a row are refused, which is more than the SDK's own retries cover. */
const burst = { every: 40, length: 8 } as const;

export interface FaultySqs extends Listening {
  /** Calls that failed, by what was done to them. */
  readonly failed: ReadonlyMap<string, number>;
}

/** Stands before SQS and lets calls fail at random, before or after SQS has performed them. */
export async function startFaultySqs(seed: number, sqsPort: number): Promise<FaultySqs> {
  const agent = new Agent({ keepAlive: true });
  const failed = new Map<string, number>();
  const callsOf = new Map<string, number>();
  const server = createServer((incoming, outgoing) => {
    const action = String(incoming.headers['x-amz-target']);
    const calls = (callsOf.get(action) ?? 0) + 1;
    callsOf.set(action, calls);
    const isInBurst = (calls + Math.floor(chanceOf(seed, 6) * burst.every)) % burst.every < burst.length;
    const behaviour = isInBurst ? 'refuse before' : choose(behaviours, chanceOf(seed, calls, action.length));
    if (behaviour !== 'forward') failed.set(behaviour, (failed.get(behaviour) ?? 0) + 1);
    const forward = async () => {
      const body = await buffer(incoming);
      if (behaviour === 'refuse before') {
        outgoing.writeHead(500, { 'content-type': 'application/x-amz-json-1.0' }).end('{"__type":"InternalFailure"}');
        return;
      }
      if (behaviour === 'cut before') {
        incoming.socket.destroy();
        return;
      }
      const { url = '/', method = 'POST', headers } = incoming;
      const call = httpRequest({ host: '127.0.0.1', port: sqsPort, path: url, method, headers, agent }, (answer) => {
        if (behaviour === 'cut after') {
          answer.resume();
          incoming.socket.destroy();
          return;
        }
        outgoing.writeHead(answer.statusCode ?? 500, answer.headers);
        answer.pipe(outgoing);
      });
      call.on('error', () => outgoing.destroy());
      call.end(body);
    };
    forward().catch(() => outgoing.destroy());
  });
  const { port, stop } = await listen(server, 0);
  return {
    port,
    failed,
    async stop() {
      agent.destroy();
      await stop();
    },
  };
}
