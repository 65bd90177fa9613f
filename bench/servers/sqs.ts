import { hash, randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:https';
import { json } from 'node:stream/consumers';
import { listen } from '../../local/listen.ts';
import { answerQuestions } from '../answering.ts';
import { tlsFolder } from '../lambda-environment.ts';

/**
 * SQS as far as the intake needs it: accepts every message and keeps none. The embedded SQS of the local stack carries
 * 1,300 single messages a second, so waiting for it would be most of every wall time. HTTPS, because it decides what the
 * SDK loads: over HTTP the first call loads undici, and over HTTPS it parses the root certificates.
 */
const [cert, key] = ['certificate.pem', 'key.pem'].map((file) => readFileSync(`${tlsFolder}${file}`));
const server = createServer({ cert, key }, (request, response) => {
  const answer = async () => {
    const { Entries: entries, ...message } = (await json(request)) as Message & { Entries?: readonly Message[] };
    const body = JSON.stringify(
      entries === undefined ? accept(message) : { Successful: entries.map(accept), Failed: [] },
    );
    response.writeHead(200, {
      'content-type': 'application/x-amz-json-1.0',
      'content-length': Buffer.byteLength(body),
      'x-amzn-requestid': randomUUID(),
    });
    response.end(body);
  };
  answer().catch(() => response.destroy());
});

interface Message {
  readonly Id?: string;
  readonly MessageBody?: string;
}

function accept({ Id, MessageBody = '' }: Message) {
  return { Id, MD5OfMessageBody: hash('md5', MessageBody), MessageId: randomUUID() };
}

const { port } = await listen(server, 0);
answerQuestions(() => port);
