import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { deviceEvent, reported, sendToDevices } from '../../support/devices.ts';
import { startRegistry, type TestRegistry } from '../../support/registry.ts';
import { anyText } from '../../support/text.ts';

let test: TestRegistry;
beforeAll(async () => {
  test = await startRegistry();
});
afterAll(() => test.stop());

const event = deviceEvent({ query: reported });
const withHttp = (http: unknown) => ({ ...event, requestContext: { ...event.requestContext, http } });

describe('an event that API Gateway never sends', () => {
  it.each<[string, unknown]>([
    ['nothing', undefined],
    ['null', null],
    ['a text', 'account=alice'],
    ['an empty object', {}],
    ['a list', [event]],
    ['records of something else', { Records: [event] }],
    [
      'a request of a REST API',
      { httpMethod: 'GET', path: '/devices/report', headers: {}, queryStringParameters: reported },
    ],
    ['no path', { ...event, rawPath: undefined }],
    ['a path in a list', { ...event, rawPath: [['/devices/report'], 1] }],
    ['a path of another function', { ...event, rawPath: '/pnm2' }],
    ['a path below', { ...event, rawPath: '/devices/report/..' }],
    ['a path that is an object', { ...event, rawPath: { toString: 'x' } }],
    ['a query in an object', { ...event, rawQueryString: reported }],
    ['no headers', { ...event, headers: null }],
    ['a content type in a list', { ...event, headers: { 'content-type': ['application/json'] } }],
    ['no request context', { ...event, requestContext: undefined }],
    ['no http', withHttp(undefined)],
    ['a method in a list', withHttp({ method: ['GET'] })],
    ['a body that is an object', { ...event, body: reported }],
    ['isBase64Encoded a text', { ...event, isBase64Encoded: 'false' }],
  ])('is answered with 400: %s', async (_what, sent) => {
    expect(await sendToDevices(test.registry, sent)).toMatchObject({ status: 400, faults: ['the request: event'] });
  });
});

const name = fc.oneof(
  fc.constantFrom('account', 'token', 'appId', 'selector', 'callToken', 'callAppId', 'platform', 'version', 'sig'),
  fc.constantFrom('__proto__', 'constructor', 'toString', 'APPID', ''),
);
const text = fc.oneof(
  anyText({ maxLength: 40 }),
  fc.constantFrom('%', '%pushToken%', '%ac', '\0', '\uFFFD', '\uD800', '#a', ' ', '', 'x'.repeat(1025), '{', '[]'),
);
const form = fc
  .array(fc.tuple(name, fc.oneof(text, fc.string().map(encodeURIComponent))), { maxLength: 10 })
  .map((fields) => fields.map((field) => field.join('=')).join('&'));
const json = fc
  .oneof(fc.dictionary(name, fc.oneof(text, fc.jsonValue())), fc.jsonValue())
  .map((value) => JSON.stringify(value));
const body = fc.oneof(form, json, text, fc.base64String(), fc.constantFrom(null, undefined));
const events = fc.record({
  path: fc.constantFrom('/devices/report', '/devices/remove'),
  method: fc.constantFrom('GET', 'POST', 'DELETE', '__proto__'),
  query: fc.oneof(form, text, fc.constant(String(new URLSearchParams(reported)))),
  body,
  isBase64Encoded: fc.boolean(),
  type: fc.constantFrom('application/x-www-form-urlencoded', 'application/json', 'text/xml', '', undefined),
  timeEpoch: fc.oneof(fc.double(), fc.constantFrom('x', null, undefined, Number.MAX_SAFE_INTEGER)),
});

describe('a request of any content', () => {
  it('is answered with 200 or refused, never with an error', async () => {
    await fc.assert(
      fc.asyncProperty(events, fc.constantFrom('open' as const, ['a-secret-of-the-tests']), async (sent, signing) => {
        const { path: rawPath, method, query: rawQueryString, type, timeEpoch, ...others } = sent;
        const { requestContext } = event;
        const answer = await sendToDevices(
          test.registry,
          {
            ...{ ...event, ...others, rawPath, rawQueryString, headers: { 'content-type': type } },
            requestContext: { ...requestContext, http: { ...requestContext.http, method }, timeEpoch },
          },
          { signing, now: () => requestContext.timeEpoch },
        );
        expect(signing === 'open' ? [200, 400, 405, 413, 415] : [401, 405, 413, 415]).toContain(answer.status);
        expect(answer.log).toHaveLength(1);
      }),
      { numRuns: 300 },
    );
  });
});
