import { createServer } from 'node:http';
import { text } from 'node:stream/consumers';
import { listen, type Listening } from '../../local/listen.ts';

/** What becomes of a call to SQS on its way. */
export type Fate =
  | 'pass'
  /** It never arrives. */
  | 'refuse'
  /** It arrives and is done, but nobody hears of it. */
  | 'lose the answer'
  /** It arrives without the entries that have these ids, and the answer says that those failed. */
  | { readonly refusedEntries: ReadonlySet<string> };

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
      const { sent, completed } = typeof fate === 'object' ? withoutEntries(body, fate.refusedEntries) : whole(body);
      const contentType = { 'content-type': 'application/x-amz-json-1.0' };
      if (sent === undefined) return response.writeHead(200, contentType).end(completed('{}'));
      const answer = await fetch(`http://127.0.0.1:${String(sqsPort)}${request.url ?? '/'}`, {
        method: 'POST',
        headers: {
          ...contentType,
          'x-amz-target': String(request.headers['x-amz-target']),
          authorization: String(request.headers.authorization),
        },
        body: sent,
      });
      const answerBody = await answer.text();
      if (fate === 'lose the answer') return response.destroy();
      const error = answer.headers.get('x-amzn-query-error');
      return response
        .writeHead(answer.status, { ...contentType, ...(error !== null && { 'x-amzn-query-error': error }) })
        .end(answer.ok ? completed(answerBody) : answerBody);
    };
    forward().catch(() => response.destroy());
  });
  return listen(server, 0);
}

interface Call {
  /** What SQS gets; undefined if nothing is left of the call. */
  readonly sent: string | undefined;
  /** The answer to the whole call, from the one to what was sent. */
  readonly completed: (answer: string) => string;
}

const whole = (body: string): Call => ({ sent: body, completed: (answer) => answer });

function withoutEntries(body: string, refused: ReadonlySet<string>): Call {
  const { Entries, ...others } = JSON.parse(body) as { readonly Entries: readonly { readonly Id: string }[] };
  const sent = Entries.filter(({ Id }) => !refused.has(Id));
  const Failed = [...refused].map((Id) => ({ Id, Code: 'InternalError', Message: 'refused', SenderFault: false }));
  return {
    sent: sent.length === 0 ? undefined : JSON.stringify({ ...others, Entries: sent }),
    completed: (answer) => JSON.stringify({ Successful: [], ...(JSON.parse(answer) as object), Failed }),
  };
}
