import { createServer, request, type IncomingMessage, type ServerResponse } from 'node:http';
import { buffer } from 'node:stream/consumers';
import { listen, type Listening } from '../../local/listen.ts';

interface ConditionalS3 extends Listening {
  /** Closes the connection instead of answering a write that has been done, if its key is one of these. */
  readonly loseAnswers: (isAnswerLost: (key: string) => boolean) => void;
  /** Refuses these requests, as S3 refuses those that the caller has no permission for. */
  readonly refuse: (isRefused: (method: string, key: string) => boolean) => void;
}

/**
 * A proxy for the embedded S3, which ignores the conditions of writes. It refuses a write as S3 does:
 * https://docs.aws.amazon.com/AmazonS3/latest/userguide/conditional-writes.html
 */
export async function startConditionalS3(upstreamPort: number): Promise<ConditionalS3> {
  let isAnswerLost: (key: string) => boolean = () => false;
  let isRefused: (method: string, key: string) => boolean = () => false;
  /** Writes to one key wait for each other, so that no other write comes between the check and the write. */
  const turns = new Map<string, Promise<void>>();

  const pass = async (incoming: IncomingMessage, response: ServerResponse, body: Buffer) => {
    const answer = await send(incoming.method ?? 'GET', incoming, body);
    response.writeHead(answer.statusCode ?? 502, answer.headers);
    answer.pipe(response);
  };

  const send = (method: string, { url, headers }: IncomingMessage, body: Buffer): Promise<IncomingMessage> =>
    new Promise((resolve, reject) => {
      request({ host: '127.0.0.1', port: upstreamPort, method, path: url, headers })
        .on('response', resolve)
        .on('error', reject)
        .end(body);
    });

  const write = async (incoming: IncomingMessage, response: ServerResponse, body: Buffer) => {
    const { 'if-match': ifMatch, 'if-none-match': ifNoneMatch } = incoming.headers;
    const found = await find(incoming);
    if (ifNoneMatch === '*' && found !== undefined) refuse(response, 412, 'PreconditionFailed');
    else if (ifMatch !== undefined && found === undefined) refuse(response, 404, 'NoSuchKey');
    else if (ifMatch !== undefined && found !== ifMatch) refuse(response, 412, 'PreconditionFailed');
    else if (isAnswerLost(incoming.url ?? '')) {
      await buffer(await send(incoming.method ?? 'PUT', incoming, body));
      response.destroy();
    } else await pass(incoming, response, body);
  };

  const find = async ({ url = '' }: IncomingMessage): Promise<string | undefined> => {
    const [path = ''] = url.split('?');
    const answer = await fetch(`http://127.0.0.1:${String(upstreamPort)}${path}`, { method: 'HEAD' });
    return answer.status === 200 ? (answer.headers.get('etag') ?? undefined) : undefined;
  };

  const server = createServer((incoming, response) => {
    const handle = async () => {
      const body = await buffer(incoming);
      if (isRefused(incoming.method ?? '', incoming.url ?? '')) {
        refuse(response, 403, 'AccessDenied');
        return;
      }
      // A multipart upload writes when it is complete.
      const isComplete = incoming.method === 'POST' && incoming.url?.includes('uploadId=') === true;
      if (incoming.method !== 'PUT' && !isComplete) {
        await pass(incoming, response, body);
        return;
      }
      const [key = ''] = (incoming.url ?? '').split('?');
      const turn = (turns.get(key) ?? Promise.resolve()).then(() => write(incoming, response, body));
      turns.set(
        key,
        turn.catch(() => undefined),
      );
      await turn;
    };
    handle().catch(() => response.destroy());
  });
  const listening = await listen(server, 0);
  return {
    ...listening,
    loseAnswers(which) {
      isAnswerLost = which;
    },
    refuse(which) {
      isRefused = which;
    },
  };
}

function refuse(response: ServerResponse, status: number, code: string): void {
  response
    .writeHead(status, { 'content-type': 'application/xml' })
    .end(
      `<?xml version="1.0"?><Error><Code>${code}</Code><Message>At least one condition did not hold.</Message></Error>`,
    );
}
