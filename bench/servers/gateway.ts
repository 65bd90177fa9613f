import { createServer } from 'node:http';
import { text } from 'node:stream/consumers';
import { listen } from '../../local/listen.ts';
import { answerQuestions } from '../answering.ts';

/** A push that reached the gateway. */
export type Arrival = readonly [deviceToken: string, at: number, verb: string];

/** After how long the gateway answers from now on. */
export interface Latency {
  readonly latencyMs: number;
}

/**
 * A gateway that accepts every push, at first at once. It records what comes to `/pnm2`; the question `arrivals` gets the
 * pushes since it was last asked.
 */
let arrivals: Arrival[] = [];
let latencyMs = 0;
const server = createServer((request, response) => {
  const accept = () => {
    response.writeHead(200, { 'content-type': 'application/json', 'content-length': 2 });
    response.end('{}');
  };
  const record = async () => {
    const form = new URLSearchParams(await text(request));
    arrivals.push([form.get('DeviceToken') ?? '', Date.now(), form.get('verb') ?? '']);
    accept();
  };
  if (request.url === '/pnm2') {
    record().catch(() => response.destroy());
    return;
  }
  request.resume().on('end', () => {
    if (latencyMs === 0) accept();
    else setTimeout(accept, latencyMs);
  });
});
// As long as the run, so that no contender pays for new connections.
server.keepAliveTimeout = 600_000;
const { port } = await listen(server, 0);
answerQuestions((question) => {
  if (question === 'port') return port;
  if (question !== 'arrivals') return ({ latencyMs } = question as Latency);
  const latest = arrivals;
  arrivals = [];
  return latest;
});
