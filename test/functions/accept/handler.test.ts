import fc from 'fast-check';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createAccept, type AcceptDependencies } from '../../../functions/accept/handler.ts';
import { encodeForm } from '../../../shared/push/form.ts';
import { parseQueuedPush } from '../../../shared/push/queued-push.ts';
import { sendPush } from '../../../shared/aws/sqs/push-queue.ts';
import { lambdaContext } from '../../support/context.ts';
import { httpEvent, type HttpEventOptions } from '../../support/http-event.ts';
import { acceptDependencies } from '../../support/accept.ts';
import { recordingLog } from '../../support/log.ts';
import { parametersWith } from '../../support/pushes.ts';
import { receive, sqsClientOf, startQueues, type TestQueues } from '../../support/queues.ts';

const acceptedAt = new Date('2026-01-02T03:04:05.678Z');

let queues: TestQueues;
beforeAll(async () => {
  queues = await startQueues();
});
afterAll(() => queues.stop());
beforeEach(() => {
  queues.server.reset();
});

function accept(overrides: Partial<AcceptDependencies> = {}) {
  const enqueue: AcceptDependencies['enqueue'] = (queued, signal) =>
    sendPush(queues.sqs, queues.pushes.url, queued, signal);
  return createAccept(acceptDependencies(enqueue, { now: () => acceptedAt.getTime(), ...overrides }));
}

async function send(options: HttpEventOptions, overrides?: Partial<AcceptDependencies>, remainingMs?: number) {
  const response = await accept(overrides)(httpEvent(options), lambdaContext(remainingMs));
  const body: unknown = JSON.parse(response.body ?? 'null');
  return { status: response.statusCode, headers: response.headers ?? {}, body };
}

const form = encodeForm(parametersWith());

describe('the door', () => {
  it.each([
    ['as base64, as AWS sends it', Buffer.from(form)],
    ['as plain text', form],
  ])('answers 202 with the id of the message that holds the push, sent %s', async (_how, body) => {
    const { status, headers, body: answer } = await send({ body });
    const [message] = await receive(queues.sqs, queues.pushes);
    expect({ status, answer }).toEqual({ status: 202, answer: { id: message?.MessageId } });
    expect(headers).toMatchObject({ 'content-type': 'application/json' });
    const reading = parseQueuedPush(message?.Body ?? '');
    expect(reading).toMatchObject({ ok: true, queued: { acceptedAt, push: { parameters: parametersWith() } } });
  });

  it.each([
    'application/x-www-form-urlencoded',
    'Application/X-WWW-Form-Urlencoded; charset=UTF-8',
    'application/x-www-form-urlencoded;charset="utf-8"',
  ])('takes the content type %s', async (contentType) => {
    expect(await send({ body: form, headers: { 'content-type': contentType } })).toMatchObject({ status: 202 });
  });

  it.each(['GET', 'HEAD', 'PUT', 'DELETE', 'PATCH', 'OPTIONS'])('answers %s with 405', async (method) => {
    expect(await send({ method, body: form })).toMatchObject({
      status: 405,
      headers: { allow: 'POST', 'content-type': 'application/problem+json' },
      body: { type: 'about:blank', title: 'Method Not Allowed', status: 405 },
    });
  });

  it.each<Readonly<Record<string, string>>>([
    { 'content-type': 'application/json' },
    { 'content-type': 'multipart/form-data; boundary=x' },
    { 'content-type': '' },
    { 'content-type': 'application/x-www-form-urlencoded; charset=iso-8859-1' },
    { 'content-encoding': 'gzip' },
  ])('answers %j with 415', async (headers) => {
    expect(await send({ body: form, headers })).toMatchObject({
      status: 415,
      body: { title: 'Unsupported Media Type', status: 415 },
    });
  });

  it('answers 415 where there is no content type', async () => {
    const response = await accept()({ ...httpEvent({ body: form }), headers: {} }, lambdaContext());
    expect(response.statusCode).toBe(415);
  });

  it.each([
    ['text', (bytes: number) => 'é'.repeat(bytes / 2)],
    ['base64', (bytes: number) => Buffer.alloc(bytes, 'a')],
  ])('answers a body of %s with 413 from one byte too many', async (_how, bodyOf) => {
    expect(await send({ body: bodyOf(1000) }, { maxBodyBytes: 1000 })).toMatchObject({ status: 400 });
    expect(await send({ body: bodyOf(1002) }, { maxBodyBytes: 1001 })).toMatchObject({
      status: 413,
      body: { title: 'Content Too Large', status: 413 },
    });
  });

  it('answers 400 with every fault of the form, each with its parameter', async () => {
    const { status, headers, body } = await send({ body: 'verb=Nope&appid=a&DeviceToken=b+c' });
    expect(status).toBe(400);
    expect(headers).toMatchObject({ 'content-type': 'application/problem+json' });
    expect(body).toMatchObject({
      type: 'about:blank',
      title: 'Bad Request',
      status: 400,
      faults: [
        { parameter: 'appid', code: 'misspelt' },
        { parameter: 'DeviceToken', code: 'white-space' },
        { parameter: 'verb', code: 'unknown' },
      ],
    });
    expect(await receive(queues.sqs, queues.pushes)).toEqual([]);
  });

  it.each([undefined, null, ''])('answers 400 where the body is %j', async (body) => {
    // API Gateway leaves an empty body out; the local stack sends null, which the type does not know.
    const event = { ...httpEvent(), body } as ReturnType<typeof httpEvent>;
    const response = await accept()(event, lambdaContext());
    expect(response.statusCode).toBe(400);
    expect(JSON.parse(response.body ?? '')).toMatchObject({
      faults: ['verb', 'AppId', 'DeviceToken'].map((parameter) => ({ parameter, code: 'missing' })),
    });
  });

  it('takes text of any plane of Unicode', async () => {
    const Message = 'Grüße 😀 مرحبا 𝒳';
    expect(await send({ body: encodeForm(parametersWith({ Message })) })).toMatchObject({ status: 202 });
    const [message] = await receive(queues.sqs, queues.pushes);
    const reading = parseQueuedPush(message?.Body ?? '');
    expect(reading.ok && new Map(reading.queued.push.parameters).get('Message')).toBe(Message);
  });

  it('answers 500 where the fault is the relay’s own, and logs it', async () => {
    const log = recordingLog();
    // The rules can't be missing; if they were, that would be a bug like any other.
    const overrides = { rules: undefined, log } as unknown as Partial<AcceptDependencies>;
    expect(await send({ body: form }, overrides)).toMatchObject({ status: 500, body: { status: 500 } });
    expect(log.lines).toHaveLength(1);
  });

  it('answers 400 where the body claims to be base64 and is not', async () => {
    expect(await send({ body: form, isBase64Encoded: true })).toMatchObject({
      status: 400,
      body: { faults: [{ code: 'base64' }] },
    });
  });

  it.each(['\uFFFD', '\uD800'])('does not let pass what was damaged on its way (%j)', async (damaged) => {
    expect(await send({ body: `${form}&Message=a${damaged}b` })).toMatchObject({
      status: 400,
      body: { faults: [{ parameter: 'Message', code: 'utf-8' }] },
    });
    expect(await send({ body: `${form}&Message=%EF%BF%BD` })).toMatchObject({ status: 202 });
  });

  it('answers 503 with Retry-After when SQS can’t be reached, and pretends nothing', async () => {
    const log = recordingLog();
    const unreachable = sqsClientOf('http://127.0.0.1:1');
    const answer = await send(
      { body: form },
      { enqueue: (queued, signal) => sendPush(unreachable, 'http://127.0.0.1:1/0/pushes', queued, signal), log },
    );
    expect(answer).toMatchObject({ status: 503, headers: { 'retry-after': '5' }, body: { status: 503 } });
    expect(log.lines).toHaveLength(1);
  });

  it('answers 503 when SQS refuses', async () => {
    const answer = await send(
      { body: form },
      { enqueue: (queued, signal) => sendPush(queues.sqs, `${queues.pushes.url}-gone`, queued, signal) },
    );
    expect(answer).toMatchObject({ status: 503, headers: { 'retry-after': '5' } });
  });

  it('answers 503 before its own time is up when SQS does not answer, gives the sending up, and logs it', async () => {
    const log = recordingLog();
    const aborted = Promise.withResolvers<undefined>();
    const answer = await send(
      { body: form },
      {
        log,
        enqueue: (_queued, signal) =>
          new Promise((_resolve, reject) => {
            signal.addEventListener('abort', () => {
              aborted.resolve(undefined);
              reject(new Error('aborted'));
            });
          }),
      },
      600,
    );
    expect(answer).toMatchObject({ status: 503, headers: { 'retry-after': '5' } });
    await aborted.promise;
    expect(log.lines).toHaveLength(1);
    expect(log.lines[0]).toContain('SQS did not answer in time');
  });

  it('accepts or refuses whatever comes, and never fails', async () => {
    const log = recordingLog();
    const handler = accept({ enqueue: () => Promise.resolve('id'), log });
    const events = fc.record({
      method: fc.oneof({ weight: 9, arbitrary: fc.constant('POST') }, { weight: 1, arbitrary: fc.string() }),
      headers: fc.dictionary(fc.constantFrom('content-type', 'content-encoding', 'x'), fc.string(), { maxKeys: 1 }),
      body: fc.oneof(
        fc.string({ unit: 'binary' }),
        fc.uint8Array().map((bytes) => Buffer.from(bytes)),
        fc.array(fc.constantFrom(...form.split('&'), 'x=%zz', 'AppId=b', 'Message=\uD800')).map((all) => all.join('&')),
      ),
    });
    await fc.assert(
      fc.asyncProperty(events, async (options) => {
        const { statusCode } = await handler(httpEvent(options), lambdaContext());
        expect([202, 400, 405, 413, 415]).toContain(statusCode);
      }),
    );
    expect(log.lines.filter((line) => line.includes('internal-error'))).toEqual([]);
  });
});
