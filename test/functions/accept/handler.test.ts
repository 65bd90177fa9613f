import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createAccept, type AcceptDependencies } from '../../../functions/accept/handler.ts';
import { sendPush } from '../../../functions/accept/queue.ts';
import { encodeForm } from '../../../shared/push/form.ts';
import { parseQueuedPush } from '../../../shared/push/queued-push.ts';
import { acceptDependencies, sendEvent, startSqsIntake, type SqsIntake } from '../../support/accept.ts';
import { lambdaContext } from '../../support/lambda-context.ts';
import { httpEvent, type HttpEventOptions } from '../../support/http-event.ts';
import { recordingLog } from '../../support/log.ts';
import { parametersWith } from '../../support/pushes.ts';
import { receive, sqsClientOf } from '../../support/queues.ts';
import { anyText } from '../../support/text.ts';

let intake: SqsIntake;
beforeAll(async () => {
  intake = await startSqsIntake();
});
afterAll(() => intake.stop());

const acceptedAt = new Date('2026-01-02T03:04:05.678Z');
const form = encodeForm(parametersWith());
const send = (options: HttpEventOptions, overrides?: Partial<AcceptDependencies>) =>
  intake.send(httpEvent(options), overrides);

/** Sends pushes to a queue that the relay cannot use. */
const enqueueTo =
  (queueUrl: string, sqs = intake.queues.sqs): AcceptDependencies['enqueue'] =>
  (queued) =>
    sendPush(sqs, queueUrl, queued);

describe('accept', () => {
  it.each([
    ['as base64, as API Gateway sends it', Buffer.from(form)],
    ['as text', form],
  ])('answers 202 with the id of the message that holds the push: a form %s', async (_how, body) => {
    const { sqs, pushes, server } = intake.queues;
    const overrides = { enqueue: enqueueTo(pushes.url), now: () => acceptedAt.getTime() };
    const answer = await sendEvent(httpEvent({ body }), overrides);
    const [message] = await receive(sqs, pushes);
    server.reset();
    expect(answer).toMatchObject({ status: 202, headers: { 'content-type': 'application/json' } });
    expect(answer.body).toEqual({ code: 200, response: 'Accepted', id: message?.MessageId });
    expect(parseQueuedPush(message?.Body ?? '')).toMatchObject({
      ok: true,
      queued: { acceptedAt, push: { parameters: parametersWith() } },
    });
  });

  it('counts an accepted push in the metric Accepted, in one line without anything of the push', async () => {
    const { log } = await send({ body: form }, { now: () => 1 });
    expect(log).toHaveLength(1);
    expect(JSON.parse(log[0] ?? '')).toEqual({
      _aws: {
        Timestamp: 1,
        CloudWatchMetrics: [
          { Namespace: 'pnm2-relay', Dimensions: [['Stage']], Metrics: [{ Name: 'Accepted', Unit: 'Count' }] },
        ],
      },
      Stage: 'test',
      Accepted: 1,
    });
  });

  it.each<[metric: string, options: HttpEventOptions, overrides?: Partial<AcceptDependencies>]>([
    ['RefusedUnauthorized', {}, { access: [] }],
    ['RefusedMethodNotAllowed', { method: 'GET' }],
    ['RefusedUnsupportedMediaType', { headers: { 'content-type': 'text/plain' } }],
    ['RefusedBodyTooLarge', { body: form }, { maxBodyBytes: 1 }],
    ['RefusedInvalidParameters', {}],
    ['RefusedQueueUnavailable', { body: form }, { enqueue: () => Promise.reject(new Error('x')) }],
  ])('counts a refused push in the metric %s', async (metric, options, overrides) => {
    const { log } = await send(options, overrides);
    expect(log).toHaveLength(1);
    expect(JSON.parse(log[0] ?? '')).toMatchObject({ message: 'push refused', Stage: 'test', [metric]: 1 });
  });

  it.each([
    'application/x-www-form-urlencoded',
    'Application/X-WWW-Form-Urlencoded; charset=UTF-8',
    'application/x-www-form-urlencoded;charset="utf-8"',
    'application/x-www-form-urlencoded; odd; charset=us-ascii',
    'application/x-www-form-urlencoded; charset=utf8',
  ])('accepts the content type %s', async (contentType) => {
    expect(await send({ body: form, headers: { 'content-type': contentType } })).toMatchObject({ status: 202 });
  });

  it.each(['identity', ' Identity ', ''])('accepts the content encoding %j', async (coding) => {
    expect(await send({ body: form, headers: { 'content-encoding': coding } })).toMatchObject({ status: 202 });
  });

  it('accepts text with any character of Unicode', async () => {
    const parameters = parametersWith({ Message: 'Grüße 😀 مرحبا 𝒳' });
    expect(await send({ body: encodeForm(parameters) })).toMatchObject({ status: 202, queued: [parameters] });
  });

  it.each(['GET', 'HEAD', 'PUT', 'DELETE', 'PATCH', 'OPTIONS'])('answers %s with 405', async (method) => {
    const answer = await send({ method, body: form });
    expect(answer.headers).toEqual({
      allow: 'POST',
      'content-type': 'application/problem+json',
      'cache-control': 'no-store',
    });
    expect(answer.body).toEqual({
      type: 'about:blank',
      title: 'Method Not Allowed',
      status: 405,
      detail: `The method must be POST, not ${method}.`,
      code: 405,
      response: `The method must be POST, not ${method}.`,
    });
  });

  const formType = 'application/x-www-form-urlencoded';
  const types = `${formType} or application/json`;
  it.each<[headers: Readonly<Record<string, string>>, detail: string]>([
    [{ 'content-type': 'text/json' }, `Content-Type must be ${types}.`],
    [{ 'content-type': 'multipart/form-data; boundary=x' }, `Content-Type must be ${types}.`],
    [{ 'content-type': '' }, `Content-Type must be ${types}.`],
    [{ 'content-type': `${formType}; charset=iso-8859-1` }, 'The charset of the body must be UTF-8.'],
    [{ 'content-encoding': 'gzip' }, 'Content-Encoding is not supported: send the body without it.'],
  ])('answers %j with 415: %s', async (headers, detail) => {
    expect(await send({ body: form, headers })).toMatchObject({
      status: 415,
      body: { title: 'Unsupported Media Type', status: 415, detail },
      queued: [],
    });
  });

  it('answers 415 without a content type', async () => {
    expect(await intake.send({ ...httpEvent({ body: form }), headers: {} })).toMatchObject({
      status: 415,
      body: { detail: `Content-Type is missing: it must be ${types}.` },
    });
  });

  it.each([
    ['text', (bytes: number) => 'é'.repeat(bytes / 2)],
    ['base64', (bytes: number) => Buffer.alloc(bytes, 'a')],
  ])('answers 413 if a body of %s is larger than the maximum', async (_how, bodyOf) => {
    expect(await send({ body: bodyOf(1000) }, { maxBodyBytes: 1000 })).toMatchObject({ status: 400 });
    expect(await send({ body: bodyOf(1002) }, { maxBodyBytes: 1001 })).toMatchObject({
      status: 413,
      body: {
        title: 'Content Too Large',
        status: 413,
        detail: 'The body is larger than 1001 bytes, the maximum for one push.',
      },
    });
  });

  it('answers 400 with every fault of the form, each with its parameter', async () => {
    const { status, headers, body, queued } = await send({ body: 'verb=Nope&appid=a&DeviceToken=b+c' });
    expect(status).toBe(400);
    expect(headers).toMatchObject({ 'content-type': 'application/problem+json' });
    expect(body).toMatchObject({
      type: 'about:blank',
      title: 'Bad Request',
      status: 400,
      detail: expect.stringMatching(/did you mean AppId\? DeviceToken contains white space.*\. The verb/) as string,
      faults: [
        { parameter: 'appid', code: 'misspelt' },
        { parameter: 'DeviceToken', code: 'white-space' },
        { parameter: 'verb', code: 'unknown' },
      ],
    });
    expect(queued).toEqual([]);
  });

  it.each([undefined, null, ''])('answers 400 to the body %j', async (body) => {
    // API Gateway leaves an empty body out; the local stack sends null.
    expect(await intake.send({ ...httpEvent(), body })).toMatchObject({
      status: 400,
      faults: ['verb: missing', 'AppId: missing', 'DeviceToken: missing'],
    });
  });

  it('answers 400 if the body is marked as base64 but is not', async () => {
    expect(await send({ body: form, isBase64Encoded: true })).toMatchObject({
      status: 400,
      body: { detail: 'The body is marked as base64, but is not valid base64.', faults: [{ code: 'base64' }] },
    });
  });

  it.each(['\uFFFD', '\uD800'])('refuses text that lost characters on its way (%j)', async (damaged) => {
    expect(await send({ body: `${form}&Message=a${damaged}b` })).toMatchObject({
      status: 400,
      faults: ['Message: utf-8'],
    });
    expect(await send({ body: `${form}&Message=%EF%BF%BD` })).toMatchObject({ status: 202 });
  });

  it('answers 500 to a bug of its own, and logs it', async () => {
    const rules = undefined as unknown as AcceptDependencies['rules'];
    const { status, body, log } = await send({ body: form }, { rules });
    expect({ status, body }).toMatchObject({
      status: 500,
      body: {
        title: 'Internal Server Error',
        status: 500,
        detail: expect.stringContaining('error in the relay') as string,
      },
    });
    expect(log).toHaveLength(1);
    expect(JSON.parse(log[0] ?? '')).toMatchObject({ reason: 'internal-error', RefusedInternalError: 1 });
  });

  it('answers 503 with Retry-After if SQS is unreachable', async () => {
    const unreachable = sqsClientOf('http://127.0.0.1:1');
    const enqueue = enqueueTo('http://127.0.0.1:1/0/pushes', unreachable);
    const answer = await send({ body: form }, { enqueue, retryAfterSeconds: 7 });
    expect(answer).toMatchObject({
      status: 503,
      headers: { 'retry-after': '7' },
      body: { status: 503, detail: 'The push was not accepted: send it again in 7 seconds.' },
    });
    expect(answer.log).toHaveLength(1);
  });

  it('answers 503 if SQS refuses the message', async () => {
    const answer = await send({ body: form }, { enqueue: enqueueTo(`${intake.queues.pushes.url}-gone`) });
    expect(answer).toMatchObject({ status: 503, headers: { 'retry-after': '5' } });
  });

  it('answers 503 before its own deadline if SQS hangs, and logs one line, however the call ends', async () => {
    const log = recordingLog();
    const call = Promise.withResolvers<string>();
    const accept = createAccept(acceptDependencies(() => call.promise, { log }));
    expect(await accept(httpEvent({ body: form }), lambdaContext(600))).toMatchObject({
      statusCode: 503,
      headers: { 'retry-after': '5' },
    });
    call.reject(new Error('too late'));
    // Lets the handler react.
    await new Promise(setImmediate);
    expect(log.lines).toHaveLength(1);
    expect(log.lines[0]).toContain('SQS or DynamoDB did not answer in time');
  });

  it('accepts or refuses every request and never fails', async () => {
    const log = recordingLog();
    const accept = createAccept(acceptDependencies(() => Promise.resolve('id'), { log }));
    const events = fc.record({
      method: fc.oneof({ weight: 9, arbitrary: fc.constant('POST') }, { weight: 1, arbitrary: fc.string() }),
      headers: fc.oneof(
        fc.dictionary(fc.constantFrom('content-type', 'content-encoding', 'ttl', 'x'), fc.string(), { maxKeys: 1 }),
        fc.constant({ 'content-type': 'application/json' }),
      ),
      body: fc.oneof(
        anyText(),
        fc.uint8Array().map((bytes) => Buffer.from(bytes)),
        fc.json(),
        fc.array(fc.constantFrom(...form.split('&'), 'x=%zz', 'AppId=b', 'Message=\uD800')).map((all) => all.join('&')),
      ),
    });
    await fc.assert(
      fc.asyncProperty(events, async (options) => {
        const { statusCode } = await accept(httpEvent(options), lambdaContext());
        expect([202, 400, 405, 413, 415]).toContain(statusCode);
      }),
    );
    expect(log.lines.filter((line) => line.includes('internal-error'))).toEqual([]);
  });
});
