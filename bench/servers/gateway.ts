import { createServer } from 'node:http';
import { listen } from '../../local/listen.ts';
import { answerQuestions } from '../answering.ts';

/** A gateway that takes every push, after a latency that is the path of its address: `/20` for 20 ms. */
const server = createServer((request, response) => {
  const latencyMs = Number(request.url?.slice(1));
  const accept = () => {
    response.writeHead(200, { 'content-type': 'application/json', 'content-length': 2 });
    response.end('{}');
  };
  request.resume();
  request.on('end', () => {
    if (latencyMs === 0) accept();
    else setTimeout(accept, latencyMs);
  });
});
// Connections stay as long as the run: a contender must not be measured while it makes new ones.
server.keepAliveTimeout = 600_000;
const { port } = await listen(server, 0);
answerQuestions(() => Promise.resolve(port));
