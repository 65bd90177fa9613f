import { createHash, createHmac } from 'node:crypto';
import { createServer, type IncomingMessage } from 'node:http';
import { buffer } from 'node:stream/consumers';
import { listen } from '../../local/listen.ts';

/** A call that the service received. */
export interface Call {
  readonly accessKeyId: string;
  readonly body: string;
  readonly headers: IncomingMessage['headers'];
}

/** What the service does with a call that has a valid signature. */
export type Behaviour = 'accept' | 'fail' | 'cut' | 'hang';

export interface StrictSqsOptions {
  /** Secrets by access key, and the session token that the access key requires. */
  readonly keys: Readonly<Record<string, { readonly secret: string; readonly token?: string }>>;
  readonly behaviourOf?: (call: Call, index: number) => Behaviour;
  /** The service's clock, in milliseconds since the epoch. */
  readonly now?: () => number;
}

export interface StrictSqs {
  readonly url: string;
  readonly calls: readonly Call[];
  /** Why calls were refused. */
  readonly refusals: readonly string[];
  /** Calls whose connection the client has closed before they were answered. */
  readonly abandoned: () => number;
  readonly stop: () => Promise<void>;
}

/** SQS's SendMessage behind a signature verifier that is as strict as AWS, and written from its document alone. */
export async function startStrictSqs({
  keys,
  behaviourOf = () => 'accept',
  now = Date.now,
}: StrictSqsOptions): Promise<StrictSqs> {
  const calls: Call[] = [];
  const refusals: string[] = [];
  let abandoned = 0;
  const server = createServer((request, response) => {
    const serve = async () => {
      const body = await buffer(request);
      const fault = faultOfSignature(request, body, keys, now());
      const answer = (status: number, json: object) =>
        response
          .writeHead(status, { 'content-type': 'application/x-amz-json-1.0', date: new Date(now()).toUTCString() })
          .end(JSON.stringify(json));
      if (fault !== undefined) {
        refusals.push(fault);
        return answer(403, { __type: 'com.amazon.coral.service#InvalidSignatureException', message: fault });
      }
      const accessKeyId = /Credential=([^/]+)/.exec(request.headers.authorization ?? '')?.[1] ?? '';
      const call = { accessKeyId, body: body.toString(), headers: request.headers };
      calls.push(call);
      switch (behaviourOf(call, calls.length - 1)) {
        case 'accept':
          // The id names its message.
          return answer(200, { MessageId: createHash('sha256').update(messageBodyOf(call)).digest('hex') });
        case 'fail':
          return answer(500, { __type: 'InternalError', message: 'out of order' });
        case 'cut':
          return response.destroy();
        case 'hang':
          return request.socket.once('close', () => (abandoned += 1));
      }
    };
    serve().catch(() => response.destroy());
  });
  const { port, stop } = await listen(server, 0);
  const url = `http://127.0.0.1:${String(port)}/123456789012/pushes`;
  return { url, calls, refusals, abandoned: () => abandoned, stop };
}

export function messageBodyOf({ body }: Pick<Call, 'body'>): string {
  return (JSON.parse(body) as { MessageBody: string }).MessageBody;
}

const form =
  /^AWS4-HMAC-SHA256 Credential=([^/]+)\/(\d{8})\/([^/]+)\/([^/]+)\/aws4_request, SignedHeaders=([^,]+), Signature=([0-9a-f]{64})$/;

/** https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html */
function faultOfSignature(
  request: IncomingMessage,
  body: Buffer,
  keys: StrictSqsOptions['keys'],
  nowMs: number,
): string | undefined {
  const read = form.exec(request.headers.authorization ?? '');
  if (read === null) return 'the Authorization header is not of the form';
  const [, accessKeyId = '', day = '', region = '', service = '', list = '', signature = ''] = read;
  const key = keys[accessKeyId];
  if (key === undefined) return 'unknown access key';
  if (request.headers['x-amz-security-token'] !== key.token) return 'the session token is not that of the key';
  if (region !== 'eu-central-1' || service !== 'sqs') return 'the scope is another';

  const time = String(request.headers['x-amz-date']);
  const [, year = '', month = '', ofMonth = '', hour = '', minute = '', second = ''] =
    /^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/.exec(time) ?? [];
  if (day !== year + month + ofMonth) return 'the day is not that of the time';
  const at = Date.parse(`${year}-${month}-${ofMonth}T${hour}:${minute}:${second}Z`);
  if (!(Math.abs(nowMs - at) < 5 * 60_000)) return 'Signature expired';

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
