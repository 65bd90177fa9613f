import { createServer } from 'node:http';
import { text } from 'node:stream/consumers';
import { listen } from '../../local/listen.ts';
import { answerQuestions } from '../answering.ts';

/** A push that reached the gateway. */
export type Arrival = readonly [deviceToken: string, at: number, verb: string];

/**
 * A gateway that accepts every push. `/20` answers after 20 ms. `/pnm2` answers at once and records the push; the
 * question `arrivals` gets the pushes since it was last asked.
 */
let arrivals: Arrival[] = [];
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
  const latencyMs = Number(request.url?.slice(1));
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
  const latest = arrivals;
  arrivals = [];
  return latest;
});
