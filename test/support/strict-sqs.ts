import { createHash, createHmac } from 'node:crypto';
import { createServer, type IncomingMessage } from 'node:http';
import { buffer } from 'node:stream/consumers';
import { listen } from '../../local/listen.ts';

/** A call that SQS received with a valid signature. */
export interface Call {
  readonly accessKeyId: string;
  readonly input: Readonly<Record<string, unknown>>;
  readonly headers: IncomingMessage['headers'];
}

/** How the service answers a call: like SQS, with this JSON, or not as it should. */
export type Answer =
  | 'accept'
  | 'fail'
  /** Closes the connection. */
  | 'cut'
  /** Never answers. */
  | 'hang'
  /** Sends the head of an answer and never its body. */
  | 'stall'
  | object;

export interface StrictSqsOptions {
  /** Secrets by access key id, each with the session token that must accompany it. */
  readonly keys: Readonly<Record<string, { readonly secret: string; readonly token?: string }>>;
  readonly answerOf?: (call: Call, index: number) => Answer;
  /** How far the clock of the service is ahead of the client's. */
  readonly clockAheadMs?: number;
}

export interface StrictSqs {
  /** Of a queue. */
  readonly url: string;
  readonly calls: readonly Call[];
  /** Why calls were refused. */
  readonly refusals: readonly string[];
  /** The number of calls whose connection the client closed before they were answered. */
  readonly abandoned: () => number;
  /** The number of connections that clients opened. */
  readonly connections: () => number;
  readonly stop: () => Promise<void>;
}

/** An SQS that verifies signatures as strictly as AWS, written from AWS's document alone. */
export async function startStrictSqs(options: StrictSqsOptions): Promise<StrictSqs> {
  const { keys, answerOf = () => 'accept', clockAheadMs = 0 } = options;
  const calls: Call[] = [];
  const refusals: string[] = [];
  let abandoned = 0;
  const server = createServer((request, response) => {
    const serve = async () => {
      const body = await buffer(request);
      const now = new Date(Date.now() + clockAheadMs);
      const head = { 'content-type': 'application/x-amz-json-1.0', date: now.toUTCString() };
      const respond = (status: number, json: object) => response.writeHead(status, head).end(JSON.stringify(json));
      const fault = faultOfSignature(request, body, keys, now);
      if (fault !== undefined) {
        refusals.push(fault);
        return respond(403, { __type: 'com.amazon.coral.service#InvalidSignatureException', message: fault });
      }
      const accessKeyId = /Credential=([^/]+)/.exec(request.headers.authorization ?? '')?.[1] ?? '';
      const call: Call = {
        accessKeyId,
        input: JSON.parse(body.toString()) as object as Call['input'],
        headers: request.headers,
      };
      calls.push(call);
      const answer = answerOf(call, calls.length - 1);
      switch (answer) {
        case 'accept':
          return respond(200, { MessageId: messageIdOf(String(call.input['MessageBody'])) });
        case 'fail':
          return respond(500, { __type: 'InternalError', message: 'out of order' });
        case 'cut':
          return response.destroy();
        case 'stall':
          response.writeHead(200, head).flushHeaders();
          return request.socket.once('close', () => (abandoned += 1));
        case 'hang':
          return request.socket.once('close', () => (abandoned += 1));
        default:
          return respond(200, answer);
      }
    };
    serve().catch(() => response.destroy());
  });
  let connections = 0;
  server.on('connection', () => (connections += 1));
  const { port, stop } = await listen(server, 0);
  const url = `http://127.0.0.1:${String(port)}/123456789012/pushes`;
  return { url, calls, refusals, abandoned: () => abandoned, connections: () => connections, stop };
}

/** The id that the service gives a message: it shows which message an answer belongs to. */
export function messageIdOf(messageBody: string): string {
  return createHash('sha256').update(messageBody).digest('hex');
}

const form =
  /^AWS4-HMAC-SHA256 Credential=([^/]+)\/(\d{8})\/([^/]+)\/([^/]+)\/aws4_request, SignedHeaders=([^,]+), Signature=([0-9a-f]{64})$/;

/** https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html */
function faultOfSignature(
  request: IncomingMessage,
  body: Buffer,
  keys: StrictSqsOptions['keys'],
  now: Date,
): string | undefined {
  const read = form.exec(request.headers.authorization ?? '');
  if (read === null) return 'the Authorization header has another form';
  const [, accessKeyId = '', day = '', region = '', service = '', list = '', signature = ''] = read;
  const key = keys[accessKeyId];
  if (key === undefined) return 'the access key is unknown';
  if (request.headers['x-amz-security-token'] !== key.token) return 'the session token belongs to another key';
  if (region !== 'eu-central-1' || service !== 'sqs') return 'the scope is wrong';

  const time = String(request.headers['x-amz-date']);
  const [, year = '', month = '', ofMonth = '', hour = '', minute = '', second = ''] =
    /^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/.exec(time) ?? [];
  if (day !== year + month + ofMonth) return 'the day does not match the time';
  const at = Date.parse(`${year}-${month}-${ofMonth}T${hour}:${minute}:${second}Z`);
  if (!(Math.abs(now.getTime() - at) < 5 * 60_000)) return 'Signature expired';

  const names = list.split(';');
  if (names.join() !== names.toSorted().join()) return 'the signed headers are not sorted';
  const mustBeSigned = Object.keys(request.headers).filter((name) => name === 'host' || name.startsWith('x-amz-'));
  const unsigned = [...mustBeSigned, 'content-type'].find((name) => !names.includes(name));
  if (unsigned !== undefined) return `${unsigned} is not signed`;

  const canonical = [
    request.method,
    request.url,
    '',
    ...names.map((name) => `${name}:${String(request.headers[name]).trim().replaceAll(/ +/g, ' ')}`),
    '',
    list,
    createHash('sha256').update(body).digest('hex'),
  ].join('\n');
  const toSign = [
    'AWS4-HMAC-SHA256',
    time,
    `${day}/${region}/${service}/aws4_request`,
    createHash('sha256').update(canonical).digest('hex'),
  ].join('\n');
  let signingKey: Buffer | string = `AWS4${key.secret}`;
  for (const part of [day, region, service, 'aws4_request']) {
    signingKey = createHmac('sha256', signingKey).update(part).digest();
  }
  const expected = createHmac('sha256', signingKey).update(toSign).digest('hex');
  return expected === signature ? undefined : 'the signature does not match';
}
