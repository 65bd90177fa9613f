import { createServer } from 'node:http';
import { listen } from '../../local/listen.ts';
import { answerQuestions } from '../answering.ts';

/** A gateway that accepts every push at once, and tells which devices got which since it was last asked, and when. */
let arrivals: [deviceToken: string, at: number, verb: string][] = [];
const server = createServer((request, response) => {
  const chunks: Buffer[] = [];
  request.on('data', (chunk: Buffer) => chunks.push(chunk));
  request.on('end', () => {
    const form = new URLSearchParams(Buffer.concat(chunks).toString());
    arrivals.push([form.get('DeviceToken') ?? '', Date.now(), form.get('verb') ?? '']);
    response.writeHead(200, { 'content-length': 0 }).end();
  });
});
const { port } = await listen(server, 0);
answerQuestions((question) => {
  if (question === 'port') return Promise.resolve(port);
  const told = arrivals;
  arrivals = [];
  return Promise.resolve(told);
});
