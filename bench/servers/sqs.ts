import { createHash, randomUUID } from 'node:crypto';
import { createServer } from 'node:http';
import { listen } from '../../local/listen.ts';
import { answerQuestions } from '../answering.ts';

/**
 * SQS as far as the intake needs it: accepts every message and keeps none. The embedded SQS of the local stack carries
 * 1,300 single messages a second, so waiting for it would be most of every wall time.
 */
const server = createServer((request, response) => {
  const chunks: Buffer[] = [];
  request.on('data', (chunk: Buffer) => chunks.push(chunk));
  request.on('end', () => {
    const { MessageBody = '' } = JSON.parse(Buffer.concat(chunks).toString()) as { MessageBody?: string };
    const answer = JSON.stringify({
      MD5OfMessageBody: createHash('md5').update(MessageBody).digest('hex'),
      MessageId: randomUUID(),
    });
    response.writeHead(200, {
      'content-type': 'application/x-amz-json-1.0',
      'content-length': Buffer.byteLength(answer),
      'x-amzn-requestid': randomUUID(),
    });
    response.end(answer);
  });
});
const { port } = await listen(server, 0);
answerQuestions(() => Promise.resolve(port));
