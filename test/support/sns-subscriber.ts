import { createServer, type IncomingHttpHeaders } from 'node:http';
import { text } from 'node:stream/consumers';
import { listen, type Listening } from '../../local/listen.ts';
import type { OutcomeEvent } from '../../shared/outcomes/outcome-event.ts';

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
  readonly events: () => { readonly event: OutcomeEvent; readonly attributes: object }[];
}

/** Takes every message, and confirms the subscription. */
async function take({ message: { SubscribeURL } }: PostedMessage): Promise<number> {
  if (typeof SubscribeURL === 'string') await fetch(SubscribeURL);
  return 200;
}

/** A subscriber of SNS that remembers what was posted. @param handle returns the status that it answers. */
export async function startSnsSubscriber(
  handle: (posted: PostedMessage) => Promise<number> = take,
  port = 0,
): Promise<SnsSubscriber> {
  const posted: PostedMessage[] = [];
  const server = createServer((request, response) => {
    const handleOne = async () => {
      const body = await text(request);
      const message = JSON.parse(body) as PostedMessage['message'];
      const each = { headers: request.headers, body, message };
      posted.push(each);
      response.writeHead(await handle(each)).end();
    };
    // A message may come while the test ends.
    handleOne().catch(() => response.destroy());
  });
  const listening = await listen(server, port);
  return {
    ...listening,
    url: `http://127.0.0.1:${String(listening.port)}/events`,
    posted,
    events: () =>
      posted
        .filter(({ message }) => message['Type'] === 'Notification')
        .map(({ message: { Message, MessageAttributes = {} } }) => ({
          event: JSON.parse(String(Message)) as OutcomeEvent,
          attributes: Object.fromEntries(
            Object.entries(MessageAttributes as Readonly<Record<string, { readonly Value: string }>>).map(
              ([name, { Value }]) => [name, Value],
            ),
          ),
        })),
  };
}

/** A handler that takes everything but events. @param status for these. */
export function answeringEvents(status: number) {
  return (posted: PostedMessage) =>
    posted.message['Type'] === 'Notification' ? Promise.resolve(status) : take(posted);
}
