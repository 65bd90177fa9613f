import { createServer } from 'node:http';
import { text } from 'node:stream/consumers';
import { listen, type Listening } from '../../local/listen.ts';

/** What becomes of a call to SQS on its way. */
export type Fate =
  | 'pass'
  /** It never arrives. */
  | 'refuse'
  /** It arrives and is done, but nobody hears of it. */
  | 'lose the answer';

/**
 * Stands before SQS and has some calls fail, as a network does.
 * @param fateOf is asked for every call, by its action such as `SendMessageBatch`.
 */
export function startSqsProxy(
  sqsPort: number,
  fateOf: (action: string, body: string) => Fate | Promise<Fate>,
): Promise<Listening> {
  const server = createServer((request, response) => {
    const forward = async () => {
      const body = await text(request);
      const action = String(request.headers['x-amz-target']).replace('AmazonSQS.', '');
      const fate = await fateOf(action, body);
      if (fate === 'refuse') return response.destroy();
      const answer = await fetch(`http://127.0.0.1:${String(sqsPort)}${request.url ?? '/'}`, {
        method: 'POST',
        headers: {
          'content-type': 'application/x-amz-json-1.0',
          'x-amz-target': String(request.headers['x-amz-target']),
          authorization: String(request.headers.authorization),
        },
        body,
      });
      const answerBody = await answer.text();
      if (fate === 'lose the answer') return response.destroy();
      const error = answer.headers.get('x-amzn-query-error');
      return response
        .writeHead(answer.status, {
          'content-type': 'application/x-amz-json-1.0',
          ...(error !== null && { 'x-amzn-query-error': error }),
        })
        .end(answerBody);
    };
    forward().catch(() => response.destroy());
  });
  return listen(server, 0);
}
