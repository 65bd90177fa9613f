import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import { gzipSync } from 'node:zlib';
import type { APIGatewayProxyEventV2 } from 'aws-lambda';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createAccept, type AcceptDependencies } from '../../../functions/accept/handler.ts';
import { parseApiKeys } from '../../../shared/api-key.ts';
import { encodeForm, type Parameter } from '../../../shared/push/form.ts';
import { httpApiLimits } from '../../../shared/aws/limits.ts';
import { bounds } from '../../../shared/push/validation.ts';
import { parseQueuedPush } from '../../../shared/push/queued-push.ts';
import { sendPush } from '../../../shared/aws/sqs/push-queue.ts';
import { acceptDependencies } from '../../support/accept.ts';
import { lambdaContext } from '../../support/context.ts';
import { httpEvent, type HttpEventOptions } from '../../support/http-event.ts';
import { recordingLog } from '../../support/log.ts';
import { receive, startQueues, type TestQueues } from '../../support/queues.ts';
import { costlyBodies, largestBodyBytes, wellForm } from './hostile-bodies.ts';

let queues: TestQueues;
beforeAll(async () => {
  queues = await startQueues();
});
afterAll(() => queues.stop());
beforeEach(() => {
  queues.server.reset();
});

/** Sends an event as it is, and looks what came of it: the answer, the log, and the pushes on the queue. */
async function sendEvent(event: unknown, overrides: Partial<AcceptDependencies> = {}) {
  const log = recordingLog();
  const enqueue: AcceptDependencies['enqueue'] = (queued, signal) =>
    sendPush(queues.sqs, queues.pushes.url, queued, signal);
  const accept = createAccept(acceptDependencies(enqueue, { log, ...overrides }));
  const { statusCode, headers = {}, body = '' } = await accept(event as APIGatewayProxyEventV2, lambdaContext());
  const answer = JSON.parse(body) as { faults?: { parameter?: string; code: string }[] };
  const faults = (answer.faults ?? []).map(({ parameter = 'the body', code }) => `${parameter}: ${code}`);
  const queued = (await receive(queues.sqs, queues.pushes)).map((message): readonly Parameter[] | string => {
    const reading = parseQueuedPush(message.Body ?? '');
    return reading.ok ? reading.queued.push.parameters : reading.why;
  });
  return { status: statusCode, headers, faults, queued, sizes: [body.length, log.lines.join('\n').length] };
}

const send = (options: HttpEventOptions, overrides?: Partial<AcceptDependencies>) =>
  sendEvent(httpEvent(options), overrides);

const wellParameters: Parameter[] = [...new URLSearchParams(wellForm)];
const accepted = { status: 202, faults: [], queued: [wellParameters] };
const refusedWith = (status: number, ...faults: string[]) => ({ status, faults, queued: [] });
const padded = (bytes: number, pad = 'x') => {
  const start = `${wellForm}&Message=`;
  return start + pad.repeat((bytes - start.length) / Buffer.byteLength(pad));
};

describe('a body', () => {
  it.each([
    ['plain', 65_536, (bytes: number) => padded(bytes)],
    ['of two bytes a character', 65_535, (bytes: number) => padded(bytes, 'é')],
    ['as base64', 65_536, (bytes: number) => Buffer.from(padded(bytes))],
  ])('%s is taken up to the bound, and answered with 413 beyond', async (_how, most, bodyOf) => {
    expect(await send({ body: bodyOf(most) }, { maxBodyBytes: most })).toMatchObject({ status: 202 });
    expect(await send({ body: bodyOf(most) }, { maxBodyBytes: most - 1 })).toMatchObject(refusedWith(413));
  });

  it('as large as API Gateway lets it be is answered with 413', async () => {
    const bytes = httpApiLimits.payloadBytes;
    expect(await send({ body: padded(bytes) })).toMatchObject(refusedWith(413));
    expect(await send({ body: Buffer.alloc(bytes) })).toMatchObject(refusedWith(413));
    expect(await send({ body: '!'.repeat(bytes), isBase64Encoded: true })).toMatchObject(refusedWith(413));
  });

  it('has as many parameters as are taken, and not one more', async () => {
    const withMore = (count: number) =>
      wellForm + Array.from({ length: count }, (_, at) => `&p${String(at)}=1`).join('');
    expect(await send({ body: withMore(bounds.parameters - 3) })).toMatchObject({ status: 202 });
    queues.server.reset();
    expect(await send({ body: withMore(bounds.parameters - 2) })).toMatchObject(refusedWith(400, 'the body: too-many'));
  });

  it('has names as long as are taken, and not one character more', async () => {
    const withName = (length: number) => `${wellForm}&${'n'.repeat(length)}=1`;
    expect(await send({ body: withName(bounds.nameCharacters) })).toMatchObject({ status: 202 });
    queues.server.reset();
    expect(await send({ body: withName(bounds.nameCharacters + 1) })).toMatchObject(
      refusedWith(400, `${'n'.repeat(64)}…: too-long`),
    );
  });

  it.each(Object.entries(costlyBodies))('of %s is answered with 400, in few words', async (_name, body) => {
    expect(Buffer.byteLength(body)).toBeLessThanOrEqual(largestBodyBytes);
    const { status, queued, sizes } = await send({ body }, { maxBodyBytes: largestBodyBytes });
    expect({ status, queued }).toEqual({ status: 400, queued: [] });
    expect(Math.max(...sizes)).toBeLessThan(largestBodyBytes);
  });

  it('costs little memory, whatever is in it', async () => {
    const resourceLimits = { maxOldGenerationSizeMb: 64, maxYoungGenerationSizeMb: 16 };
    const worker = new Worker(new URL('hostile-worker.ts', import.meta.url), { resourceLimits });
    expect(await once(worker, 'message')).toEqual([[400]]);
  });

  it.each([
    ['deep', '['.repeat(50_000)],
    ['deep in objects', '{"a":'.repeat(10_000)],
    ['huge', JSON.stringify({ verb: 'x'.repeat(60_000) })],
    ['with a prototype', '{"__proto__":{"verb":"NotifyReprovision","AppId":"a","DeviceToken":"t"}}'],
  ])('of JSON that is %s is not read, whatever it is said to be', async (_how, body) => {
    const headers = { 'content-type': 'application/json' };
    expect(await send({ body, headers })).toMatchObject(refusedWith(415));
    expect(await send({ body })).toMatchObject({ status: 400, queued: [] });
  });
});

describe('a name or a value', () => {
  it.each(['__proto__', 'constructor', 'prototype', 'toString', 'hasOwnProperty', 'then', 'length', '0', ''])(
    'may be named %j, and goes on as it came',
    async (name) => {
      const body = `${wellForm}&${name}=${name}`;
      expect(await send({ body })).toMatchObject({ status: 202, queued: [[...wellParameters, [name, name]]] });
    },
  );

  it.each(['NotifyReprovision%00', '__proto__', 'constructor', 'toString', 'hasOwnProperty'])(
    'makes no verb of %s',
    async (verb) => {
      const { status, faults, queued } = await send({ body: wellForm.replace('NotifyReprovision', verb) });
      expect({ status, queued }).toEqual({ status: 400, queued: [] });
      expect(faults).toContain('verb: unknown');
    },
  );

  const injection = 'a\r\nLocation: http://192.0.2.1/\r\n\r\n<html>';
  it.each([
    ['value', encodeForm([...wellParameters, ['Message', injection]])],
    ['name', encodeForm([...wellParameters, [injection, '1']])],
    ['value, not encoded', `${wellForm}&Message=${injection}`],
  ])('with line ends in a %s goes on as it came, and never into a header', async (_where, body) => {
    const { headers, ...rest } = await send({ body });
    expect(rest).toMatchObject({ status: 202, queued: [[...new URLSearchParams(body)]] });
    expect(headers).toEqual({ 'content-type': 'application/json', 'cache-control': 'no-store' });
  });

  it.each(['verb', 'AppId', 'DeviceToken'])('with line ends in %s is refused', async (name) => {
    const body = encodeForm(
      wellParameters.map(([known, value]) => [known, known === name ? value + injection : value]),
    );
    const { headers, ...rest } = await send({ body });
    expect(rest).toMatchObject(refusedWith(400, `${name}: ${name === 'verb' ? 'unknown' : 'white-space'}`));
    expect(headers).toEqual({ 'content-type': 'application/problem+json', 'cache-control': 'no-store' });
  });

  const bytes = (...values: number[]) => Buffer.from(values).toString('latin1');
  it.each([
    ['NUL', '%00', 'character'],
    ['NUL, not encoded', bytes(0x00), 'character'],
    ['escape', '%1B[2J', 'character'],
    ['U+FFFE', '%EF%BF%BE', 'character'],
    ['a lone surrogate', '%ED%A0%80', 'utf-8'],
    ['a lone surrogate, not encoded', bytes(0xed, 0xa0, 0x80), 'utf-8'],
    ['a pair of surrogates, each encoded', '%ED%A0%BD%ED%B8%80', 'utf-8'],
    ['a slash, overlong', '%C0%AF', 'utf-8'],
    ['a slash, overlong in three bytes', '%E0%80%AF', 'utf-8'],
    ['an ampersand, overlong and not encoded', bytes(0xc0, 0xa6), 'utf-8'],
    ['NUL, overlong', '%C0%80', 'utf-8'],
    ['beyond Unicode', '%F4%90%80%80', 'utf-8'],
    ['a cut sequence', '%E2%82', 'utf-8'],
    ['a sequence half encoded', `${bytes(0xc3)}%A9`, 'utf-8'],
    ['Latin-1', '%FC', 'utf-8'],
    ['UTF-16', bytes(0xff, 0xfe, 0x61, 0x00), 'utf-8'],
    ['a percent sign alone', '100%', 'percent-encoding'],
    ['a percent sign with half a byte', '%4', 'percent-encoding'],
    ['JavaScript’s own escape', '%u0041', 'percent-encoding'],
  ])('with %s is refused', async (_what, hostile, code) => {
    const asValue = Buffer.from(`${wellForm}&Message=a${hostile}`, 'latin1');
    expect(await send({ body: asValue })).toMatchObject(refusedWith(400, `Message: ${code}`));
    const asName = await send({ body: Buffer.from(`${wellForm}&n${hostile}=1`, 'latin1') });
    expect(asName).toMatchObject({ status: 400, queued: [] });
    expect(asName.faults).toContainEqual(expect.stringMatching(new RegExp(`^n.*: ${code}$`, 's')));
  });
});

describe('an encoding', () => {
  it.each(['gzip', 'GZIP', ' gzip ', 'x-gzip', 'deflate', 'br', 'zstd', 'identity, gzip', 'gzip,gzip', 'nonsense'])(
    '%j is not undone',
    async (coding) => {
      const { headers, ...rest } = await send({
        body: gzipSync(wellForm),
        headers: { 'content-encoding': coding },
      });
      expect(rest).toMatchObject(refusedWith(415));
      expect(headers).toMatchObject({ 'accept-encoding': 'identity' });
    },
  );

  it('that is not told makes no push', async () => {
    expect(await send({ body: gzipSync(wellForm) })).toMatchObject({ status: 400, queued: [] });
  });

  it('as base64 that is not told makes no push', async () => {
    const body = Buffer.from(wellForm).toString('base64');
    expect(await send({ body })).toMatchObject({ status: 400, queued: [] });
  });

  it.each([
    ['a form', wellForm],
    ['base64 and more', `${Buffer.from(wellForm).toString('base64')}\n`],
    ['base64 with a piece that is none', Buffer.from(wellForm).toString('base64').replace('N', '!N')],
    ['base64 without its padding', Buffer.from(`${wellForm}&`).toString('base64').replace(/=+$/, '')],
    ['base64 in the alphabet of URLs', Buffer.from(`${wellForm}???>>>`).toString('base64url')],
    ['base64 of base64url', '-_-_'],
  ])('as base64 that is told of %s is refused', async (_what, body) => {
    expect(await send({ body, isBase64Encoded: true })).toMatchObject(refusedWith(400, 'the body: base64'));
  });
});

describe('what else is in a request', () => {
  it.each<readonly [string, Partial<APIGatewayProxyEventV2>]>([
    ['a path', { rawPath: '//192.0.2.1/pnm2/../..%2f', pathParameters: { proxy: 'http://192.0.2.1/' } }],
    ['an absolute path', { rawPath: 'http://192.0.2.1/pnm2' }],
    [
      'a query',
      { rawQueryString: 'verb=Other&url=http://192.0.2.1', queryStringParameters: { AppId: 'b', verb: 'Other' } },
    ],
    ['cookies', { cookies: ['verb=Other', 'AppId=b'] }],
    ['stage variables', { stageVariables: { GATEWAY_URL: 'http://192.0.2.1/' } }],
    ['a version', { version: '1.0', routeKey: '$default' }],
  ])('has no effect: %s', async (_what, more) => {
    expect(await sendEvent({ ...httpEvent({ body: wellForm }), ...more })).toMatchObject(accepted);
  });

  it.each<Readonly<Record<string, string>>>([
    { host: '192.0.2.1:1' },
    { host: 'a\r\nLocation: http://192.0.2.1/' },
    { 'x-forwarded-host': '192.0.2.1', 'x-forwarded-for': '127.0.0.1', forwarded: 'host=192.0.2.1' },
    { 'x-http-method-override': 'DELETE', 'x-original-url': '/admin', 'x-rewrite-url': '/admin' },
    { 'content-length': '0', 'transfer-encoding': 'chunked' },
    { 'content-length': '-1,99999999999' },
    { __proto__: 'x', constructor: 'x' },
    { cookie: 'x'.repeat(1_000_000) },
    Object.fromEntries(Array.from({ length: 10_000 }, (_, at) => [`x-${String(at)}`, 'x'])),
    { 'content-type': `application/x-www-form-urlencoded${';'.repeat(10_000)}` },
  ])('has no effect: headers %#', async (headers) => {
    const { headers: answered, ...rest } = await send({ body: wellForm, headers });
    expect(rest).toMatchObject(accepted);
    expect(answered).toEqual({ 'content-type': 'application/json', 'cache-control': 'no-store' });
  });

  it.each<Readonly<Record<string, string>>>([
    { 'content-type': 'application/x-www-form-urlencoded,application/x-www-form-urlencoded' },
    { 'content-type': 'application/x-www-form-urlencoded, text/plain' },
    { 'content-type': 'x'.repeat(1_000_000) },
    { 'content-type': 'application/x-www-form-urlencoded; charset=utf-16' },
    { 'content-type': 'application/x-www-form-urlencoded\r\nX-Injected: 1' },
    { 'content-type': 'application/x-www-form-urlencoded\0' },
  ])('is no form: headers %#', async (headers) => {
    expect(await send({ body: wellForm, headers })).toMatchObject(refusedWith(415));
  });

  it.each(['post', 'POST ', 'POST\r\nX-Injected: 1', 'POST,POST', '', '__proto__', 'x'.repeat(100_000)])(
    'is no POST: method %#',
    async (method) => {
      const { headers, ...rest } = await send({ method, body: wellForm });
      expect(rest).toMatchObject(refusedWith(405));
      expect(headers).toEqual({
        'content-type': 'application/problem+json',
        'cache-control': 'no-store',
        allow: 'POST',
      });
    },
  );
});

describe('an event that API Gateway never sends', () => {
  const event = httpEvent({ body: wellForm });
  const { requestContext } = event;
  const withHttp = (http: unknown) => ({ ...event, requestContext: { ...requestContext, http } });
  const malformed: [string, unknown][] = [
    ['nothing', undefined],
    ['null', null],
    ['a text', wellForm],
    ['a number', 1],
    ['true', true],
    ['an empty object', {}],
    ['a list', [event]],
    ['records of SQS', { Records: [{ body: wellForm }] }],
    ['a request of a REST API', { httpMethod: 'POST', path: '/pnm2', headers: event.headers, body: wellForm }],
    ['no headers', { ...event, headers: undefined }],
    ['headers null', { ...event, headers: null }],
    ['headers a text', { ...event, headers: 'content-type: application/x-www-form-urlencoded' }],
    ['headers a list', { ...event, headers: [['content-type', 'x']], requestContext: {} }],
    ['a content type in a list', { ...event, headers: { 'content-type': ['application/x-www-form-urlencoded'] } }],
    ['a content type null', { ...event, headers: { 'content-type': null } }],
    ['a content encoding that is an object', { ...event, headers: { ...event.headers, 'content-encoding': {} } }],
    ['no request context', { ...event, requestContext: undefined }],
    ['a request context null', { ...event, requestContext: null }],
    ['no http', withHttp(undefined)],
    ['http a text', withHttp('POST')],
    ['no method', withHttp({})],
    ['a method in a list', withHttp({ method: ['POST'] })],
    ['a body that is a number', { ...event, body: 1 }],
    ['a body that is an object', { ...event, body: { verb: 'NotifyReprovision', AppId: 'a', DeviceToken: 't' } }],
    ['a body that is a list', { ...event, body: [wellForm] }],
    ['a body that is a list, as base64', { ...event, body: [wellForm], isBase64Encoded: true }],
    ['a body that says how long it is', { ...event, body: { length: 1e9, toString: 'x' } }],
    ['no isBase64Encoded', { ...event, isBase64Encoded: undefined }],
    ['isBase64Encoded a text', { ...event, isBase64Encoded: 'false' }],
  ];

  it.each(malformed)('is a bad request: %s', async (_what, sent) => {
    expect(await sendEvent(sent)).toMatchObject(refusedWith(400, 'the body: event'));
  });

  it.each([
    ['unknown fields', { ...event, __proto__: { body: 'x' }, unknown: { deep: [[[]]] }, toString: 1 }],
    [
      'only the fields that are read',
      { headers: event.headers, body: wellForm, isBase64Encoded: false, requestContext: { http: { method: 'POST' } } },
    ],
  ])('is a push all the same where it has all that is read: %s', async (_what, sent) => {
    expect(await sendEvent(sent)).toMatchObject(accepted);
  });

  const digest = createHash('sha256').update('KEY').digest('hex');
  const reading = parseApiKeys(`one:${digest}:com.example.other`);
  if (!reading.ok) throw new Error(reading.faults.join());
  const access = { kind: 'keys', keys: reading.keys } as const;

  it.each(malformed)('is not told to be one without a key: %s', async (_what, sent) => {
    expect(await sendEvent(sent, { access })).toMatchObject(refusedWith(401));
  });

  it('is told to be one to whoever has a key', async () => {
    const headers = { ...event.headers, 'x-api-key': 'KEY' };
    expect(await sendEvent({ ...event, headers, body: 1 }, { access })).toMatchObject(
      refusedWith(400, 'the body: event'),
    );
  });

  it.each([['KEY'], { key: 'KEY' }, 1, true, null])('has no key in a header that is %j', async (header) => {
    for (const name of ['x-api-key', 'authorization']) {
      const headers = { ...event.headers, [name]: header };
      expect(await sendEvent({ ...event, headers }, { access })).toMatchObject(refusedWith(401));
    }
  });

  it('can’t say itself who sent it', async () => {
    const client = { kind: 'anybody' };
    expect(await sendEvent({ ...event, client }, { access })).toMatchObject(refusedWith(401));
    const headers = { ...event.headers, 'x-api-key': 'KEY' };
    expect(await sendEvent({ ...event, headers, client }, { access })).toMatchObject({ status: 403, queued: [] });
  });
});
