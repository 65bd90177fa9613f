import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { listen, type Listening } from '../../local/listen.ts';
import { createAccept } from '../../functions/accept/handler.ts';
import { encodeForm, type Parameter } from '../../shared/push/form.ts';
import { createDeliver } from '../../functions/deliver/handler.ts';
import { createGateway, type Gateway } from '../../functions/deliver/gateway.ts';
import { sendPush } from '../../functions/accept/queue.ts';
import { acceptDependencies } from '../support/accept.ts';
import { lambdaContext } from '../support/lambda-context.ts';
import { deliverDependencies } from '../support/deliver.ts';
import { httpEvent } from '../support/http-event.ts';
import { parametersWith } from '../support/pushes.ts';
import { receive, startQueues, type TestQueues } from '../support/queues.ts';
import { recordOf, sqsEventOf } from '../support/sqs-event.ts';

type Answer = (response: ServerResponse) => void;
interface Received {
  readonly request: Pick<IncomingMessage, 'method' | 'url'> & { readonly host: string | undefined };
  readonly form: string;
}

let queues: TestQueues;
let configured: Listening;
let elsewhere: Listening;
let gateway: Gateway;
/** What the configured gateway answers, what it got, and how often anybody came to the other server. */
let answer: Answer;
let received: Received[];
let connectionsElsewhere: number;

beforeAll(async () => {
  queues = await startQueues();
  const server = createServer((request, response) => {
    text(request).then(
      (form) => {
        const { method, url, headers } = request;
        received.push({ request: { method, url, host: headers.host }, form });
        answer(response);
      },
      () => response.destroy(),
    );
  });
  configured = await listen(server, 0);
  const other = createServer((_request, response) => response.end()).on('connection', () => {
    connectionsElsewhere += 1;
  });
  elsewhere = await listen(other, 0);
  gateway = createGateway({
    url: new URL(`http://127.0.0.1:${String(configured.port)}/pnm2`),
    format: 'form',
    connectTimeoutMs: 5000,
    attemptTimeoutMs: 5000,
    maxConnections: 10,
  });
});
afterAll(async () => {
  await Promise.all([configured.stop(), elsewhere.stop(), queues.stop()]);
});
beforeEach(() => {
  answer = (response) => response.end();
  received = [];
  connectionsElsewhere = 0;
});

/** Sends one push through the intake to the gateway. */
async function relay(event: ReturnType<typeof httpEvent>): Promise<void> {
  // An earlier one may still be there, waiting to be tried again.
  queues.server.reset();
  const accept = createAccept(acceptDependencies((queued) => sendPush(queues.sqs, queues.pushes.url, queued)));
  expect(await accept(event, lambdaContext())).toMatchObject({ statusCode: 202 });
  const records = (await receive(queues.sqs, queues.pushes)).map(({ MessageId, ReceiptHandle, Body }) =>
    recordOf({}, { messageId: MessageId ?? '', receiptHandle: ReceiptHandle ?? '', body: Body ?? '' }),
  );
  expect(records).toHaveLength(1);
  await createDeliver(deliverDependencies(queues, gateway))(sqsEventOf(records), lambdaContext());
}

const parameters = parametersWith();
const atConfigured = (sent: readonly Parameter[]): Received => ({
  request: { method: 'POST', url: '/pnm2', host: `127.0.0.1:${String(configured.port)}` },
  form: encodeForm(sent),
});
const urlElsewhere = (protocol = 'http:') => `${protocol}//127.0.0.1:${String(elsewhere.port)}/pnm2`;

describe('a push goes to the gateway that is configured, and nowhere else', () => {
  it.each<readonly [string, () => Parameter[]]>([
    ['a URL', () => [['url', urlElsewhere()]]],
    ['a URL as the app', () => [['AppId', urlElsewhere()]]],
    ['a URL as the token', () => [['DeviceToken', urlElsewhere()]]],
    [
      'the names of an HTTP client’s options',
      () => [
        ['host', '127.0.0.1'],
        ['hostname', '127.0.0.1'],
        ['path', '/'],
        ['port', String(elsewhere.port)],
      ],
    ],
    [
      'the names of configuration',
      () => [
        ['GATEWAY_URL', urlElsewhere()],
        ['PUSHES_QUEUE_URL', urlElsewhere()],
      ],
    ],
    [
      'a prototype',
      () => [
        ['__proto__', urlElsewhere()],
        ['constructor', urlElsewhere()],
      ],
    ],
    [
      'a request within the request',
      () => [
        ['Message', `x\r\n\r\nPOST ${urlElsewhere()} HTTP/1.1\r\nHost: 127.0.0.1:${String(elsewhere.port)}\r\n\r\n`],
      ],
    ],
  ])('whatever its parameters: %s', async (_what, more) => {
    const sent: Parameter[] = [...new Map([...parameters, ...more()])];
    await relay(httpEvent({ body: encodeForm(sent) }));
    expect(received).toEqual([atConfigured(sent)]);
    expect(connectionsElsewhere).toBe(0);
  });

  it('whatever its headers, its path and its query', async () => {
    const host = `127.0.0.1:${String(elsewhere.port)}`;
    const headers = {
      host,
      'x-forwarded-host': host,
      forwarded: `host=${host}`,
      origin: urlElsewhere(),
      referer: urlElsewhere(),
    };
    const event = httpEvent({ body: encodeForm(parameters), headers });
    await relay({
      ...event,
      rawPath: urlElsewhere(),
      rawQueryString: `url=${urlElsewhere()}`,
      stageVariables: { GATEWAY_URL: urlElsewhere() },
      requestContext: {
        ...event.requestContext,
        domainName: host,
        http: { ...event.requestContext.http, path: urlElsewhere() },
      },
    });
    expect(received).toEqual([atConfigured(parameters)]);
    expect(connectionsElsewhere).toBe(0);
  });

  const statuses = [201, 300, 301, 302, 303, 305, 307, 308, 401, 407, 421, 503];
  const locations: [string, () => string][] = [
    ['with a host', urlElsewhere],
    ['with a host alone', () => urlElsewhere('')],
    ['without a host', () => '/elsewhere'],
    ['that is relative', () => 'elsewhere'],
  ];
  it.each(statuses.flatMap((status) => locations.map(([how, location]) => [status, how, location] as const)))(
    'whatever it is answered: %i and a location %s',
    async (status, _how, location) => {
      answer = (response) => {
        response
          .writeHead(status, {
            location: location(),
            'content-location': location(),
            refresh: `0; url=${location()}`,
            'alt-svc': `h2="127.0.0.1:${String(elsewhere.port)}"; ma=86400`,
            link: `<${location()}>; rel="preconnect"`,
            'proxy-authenticate': 'Basic',
          })
          .end(JSON.stringify({ location: location(), url: location(), response: location() }));
      };
      // Twice, for an answer could be remembered.
      await relay(httpEvent({ body: encodeForm(parameters) }));
      await relay(httpEvent({ body: encodeForm(parameters) }));
      expect(received).toEqual([atConfigured(parameters), atConfigured(parameters)]);
      expect(connectionsElsewhere).toBe(0);
    },
  );
});
