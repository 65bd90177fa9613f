import { createHash } from 'node:crypto';
import type { APIGatewayProxyEventV2 } from 'aws-lambda';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parseApiKeys } from '../../../shared/api-key.ts';
import { refusedWith, startSqsIntake, type SqsIntake } from '../../support/accept.ts';
import { httpEvent, type HttpEventOptions } from '../../support/http-event.ts';
import { validForm } from './hostile-bodies.ts';

let intake: SqsIntake;
beforeAll(async () => {
  intake = await startSqsIntake();
});
afterAll(() => intake.stop());

const send = (options: HttpEventOptions) => intake.send(httpEvent(options));
const accepted = { status: 202, faults: [], queued: [[...new URLSearchParams(validForm)]] };

describe('the rest of a request', () => {
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
    expect(await intake.send({ ...httpEvent({ body: validForm }), ...more })).toMatchObject(accepted);
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
    const { headers: answered, ...rest } = await send({ body: validForm, headers });
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
  ])('is refused if its content type is not exactly a form: headers %#', async (headers) => {
    expect(await send({ body: validForm, headers })).toMatchObject(refusedWith(415));
  });

  it.each(['post', 'POST ', 'POST\r\nX-Injected: 1', 'POST,POST', '', '__proto__', 'x'.repeat(100_000)])(
    'is refused if its method is not exactly POST: method %#',
    async (method) => {
      const { headers, ...rest } = await send({ method, body: validForm });
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
  const event = httpEvent({ body: validForm });
  const { requestContext } = event;
  const withHttp = (http: unknown) => ({ ...event, requestContext: { ...requestContext, http } });
  const malformed: [string, unknown][] = [
    ['nothing', undefined],
    ['null', null],
    ['a text', validForm],
    ['a number', 1],
    ['true', true],
    ['an empty object', {}],
    ['a list', [event]],
    ['records of SQS', { Records: [{ body: validForm }] }],
    ['a request of a REST API', { httpMethod: 'POST', path: '/pnm2', headers: event.headers, body: validForm }],
    ['no headers', { ...event, headers: undefined }],
    ['null headers', { ...event, headers: null }],
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
    ['a body that is a list', { ...event, body: [validForm] }],
    ['a body that is a list, as base64', { ...event, body: [validForm], isBase64Encoded: true }],
    ['a body that says how long it is', { ...event, body: { length: 1e9, toString: 'x' } }],
    ['no isBase64Encoded', { ...event, isBase64Encoded: undefined }],
    ['isBase64Encoded a text', { ...event, isBase64Encoded: 'false' }],
  ];

  it.each(malformed)('is answered with 400: %s', async (_what, sent) => {
    expect(await intake.send(sent)).toMatchObject(refusedWith(400, 'the body: event'));
  });

  it.each([
    ['unknown fields', { ...event, __proto__: { body: 'x' }, unknown: { deep: [[[]]] }, toString: 1 }],
    [
      'only the fields that the intake reads',
      { headers: event.headers, body: validForm, isBase64Encoded: false, requestContext: { http: { method: 'POST' } } },
    ],
  ])('is accepted if it has every field that the intake reads: %s', async (_what, sent) => {
    expect(await intake.send(sent)).toMatchObject(accepted);
  });

  const digest = createHash('sha256').update('KEY').digest('hex');
  const reading = parseApiKeys(`one:${digest}:com.example.other`);
  if (!reading.ok) throw new Error(reading.faults.join());
  const access = reading.keys;

  it.each(malformed)('is answered with 401 without an API key: %s', async (_what, sent) => {
    expect(await intake.send(sent, { access })).toMatchObject(refusedWith(401));
  });

  it('is answered with 400 with an API key', async () => {
    const headers = { ...event.headers, 'x-api-key': 'KEY' };
    expect(await intake.send({ ...event, headers, body: 1 }, { access })).toMatchObject(
      refusedWith(400, 'the body: event'),
    );
  });

  it.each([['KEY'], { key: 'KEY' }, 1, true, null])('has no API key in a header that is %j', async (header) => {
    for (const name of ['x-api-key', 'authorization']) {
      const headers = { ...event.headers, [name]: header };
      expect(await intake.send({ ...event, headers }, { access })).toMatchObject(refusedWith(401));
    }
  });

  it('cannot set its own client', async () => {
    const client = { kind: 'anybody' };
    expect(await intake.send({ ...event, client }, { access })).toMatchObject(refusedWith(401));
    const headers = { ...event.headers, 'x-api-key': 'KEY' };
    expect(await intake.send({ ...event, headers, client }, { access })).toMatchObject({ status: 403, queued: [] });
  });
});
