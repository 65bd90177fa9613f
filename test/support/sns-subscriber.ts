import { createServer, type IncomingHttpHeaders } from 'node:http';
import { text } from 'node:stream/consumers';
import { listen, type Listening } from '../../local/listen.ts';

export interface PostedMessage {
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
  /** The body as JSON. */
  readonly message: Readonly<Record<string, unknown>>;
}

export interface SnsSubscriber extends Listening {
  readonly url: string;
  /** Every message that was posted so far, taken or not. */
  readonly posted: PostedMessage[];
  /** The events that were posted, each with its attributes. */
  readonly events: () => { readonly event: Readonly<Record<string, unknown>>; readonly attributes: object }[];
}

/** A subscriber of SNS that confirms its subscription and remembers what was posted. @param statusOf its answer. */
export async function startSnsSubscriber(statusOf: (posted: PostedMessage) => number = () => 200, port = 0) {
  const posted: PostedMessage[] = [];
  const server = createServer((request, response) => {
    void (async () => {
      const body = await text(request);
      const message = JSON.parse(body) as PostedMessage['message'];
      const each = { headers: request.headers, body, message };
      posted.push(each);
      const status = statusOf(each);
      response.writeHead(status).end();
      if (status === 200 && typeof message['SubscribeURL'] === 'string') await fetch(message['SubscribeURL']);
    })();
  });
  const listening = await listen(server, port);
  const subscriber: SnsSubscriber = {
    ...listening,
    url: `http://127.0.0.1:${String(listening.port)}/events`,
    posted,
    events: () =>
      posted
        .filter(({ message }) => message['Type'] === 'Notification')
        .map(({ message: { Message, MessageAttributes = {} } }) => ({
          event: JSON.parse(String(Message)) as Readonly<Record<string, unknown>>,
          attributes: Object.fromEntries(
            Object.entries(MessageAttributes as Readonly<Record<string, { readonly Value: string }>>).map(
              ([name, { Value }]) => [name, Value],
            ),
          ),
        })),
  };
  return subscriber;
}
