import { createHash } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { AcceptDependencies } from '../../../functions/accept/handler.ts';
import { sendPushes } from '../../../functions/accept/queue.ts';
import { parseApiKeys } from '../../../shared/api-key.ts';
import { parseQueuedPush } from '../../../shared/push/queued-push.ts';
import { sendEvent, startSqsIntake, type SqsIntake } from '../../support/accept.ts';
import { clientFor, startSqs } from '../../support/aws-client.ts';
import { httpEvent } from '../../support/http-event.ts';
import { parametersWith } from '../../support/pushes.ts';
import { receive } from '../../support/queues.ts';
import { messageIdOf, type Answer, type Call } from '../../support/strict-sqs.ts';

let intake: SqsIntake;
beforeAll(async () => {
  intake = await startSqsIntake();
});
afterAll(() => intake.stop());

type Overrides = Partial<Omit<AcceptDependencies, 'log'>>;

const item = (overrides: Readonly<Record<string, string | undefined>> = {}) =>
  Object.fromEntries(parametersWith(overrides));
const items = (count: number) => Array.from({ length: count }, (_, at) => item({ DeviceToken: `t${String(at)}` }));
const json = { 'content-type': 'application/json' };
const eventOf = (batch: readonly unknown[], headers?: Readonly<Record<string, string>>) =>
  httpEvent({ body: JSON.stringify(batch), headers: { ...json, ...headers } });
const send = (batch: readonly unknown[], overrides?: Overrides) => intake.send(eventOf(batch), overrides);

const codesOf = ({ body }: { readonly body: unknown }) =>
  (body as { results: { code: number }[] }).results.map(({ code }) => code);

/** An SQS that refuses the entries for which `refuses` is true, at each of its calls. */
const entries = ({ input }: Call) => input['Entries'] as { Id: string; MessageBody: string }[];
const refusing =
  (refuses: (token: string, call: number) => boolean) =>
  (call: Call, at: number): Answer => {
    const tokenOf = (body: string) => {
      const reading = parseQueuedPush(body);
      return reading.ok ? reading.queued.push.deviceToken : '';
    };
    const failed = entries(call).filter(({ MessageBody }) => refuses(tokenOf(MessageBody), at));
    return {
      Successful: entries(call)
        .filter((entry) => !failed.includes(entry))
        .map(({ Id, MessageBody }) => ({ Id, MessageId: messageIdOf(MessageBody) })),
      Failed: failed.map(({ Id }) => ({ Id, SenderFault: false, Code: 'InternalError' })),
    };
  };
const enqueueBatchTo = (url: string): AcceptDependencies['enqueueBatch'] => {
  const client = clientFor(url);
  return (pushes, abortSignal) => sendPushes(client, url, pushes, abortSignal);
};

const keyDigest = createHash('sha256').update('KEY').digest('hex');
const keys = parseApiKeys(`crm:${keyDigest}:com.example.softphone`);
if (!keys.ok) throw new Error(keys.faults.join());
const access = keys.keys;

describe('a batch', () => {
  it('is queued whole, and its answer has the id of each push in the order of the pushes', async () => {
    const { sqs, pushes, server } = intake.queues;
    const answer = await sendEvent(eventOf(items(12)), {
      enqueueBatch: (all, s) => sendPushes(sqs, pushes.url, all, s),
    });
    const messages = [...(await receive(sqs, pushes)), ...(await receive(sqs, pushes))];
    server.reset();
    const idByToken = new Map(
      messages.map(({ Body: body = '', MessageId }) => {
        const reading = parseQueuedPush(body);
        return [reading.ok ? reading.queued.push.deviceToken : '', MessageId];
      }),
    );
    expect(answer).toMatchObject({ status: 202, headers: { 'content-type': 'application/json' } });
    expect(answer.headers).not.toHaveProperty('retry-after');
    expect(answer.body).toEqual({
      code: 200,
      response: '12 of 12 pushes were accepted.',
      results: items(12).map((_, at) => ({ code: 200, response: 'Accepted', id: idByToken.get(`t${String(at)}`) })),
    });
    expect(answer.log.map((line) => JSON.parse(line) as unknown)).toMatchObject([{ Accepted: 12 }]);
  });

  it('is queued in calls of ten', async () => {
    const sqs = await startSqs({ answerOf: refusing(() => false) });
    await send(items(25), { enqueueBatch: enqueueBatchTo(sqs.url) });
    expect(sqs.calls.map((call) => entries(call).length).sort()).toEqual([10, 10, 5].sort());
  });

  it('has a result for each push: accepted, with faults, or not allowed', async () => {
    const batch = [item(), item({ AppId: undefined }), 7, item({ AppId: 'com.example.other' }), item({ Badge: '3' })];
    const answer = await intake.send(eventOf(batch, { 'x-api-key': 'KEY' }), { access });
    expect(answer).toMatchObject({
      status: 202,
      body: {
        code: 200,
        response: '2 of 5 pushes were accepted.',
        results: [
          { code: 200 },
          { code: 400, response: 'AppId is missing.', faults: [{ parameter: 'AppId', code: 'missing' }] },
          { code: 400, response: 'The push is not an object.', faults: [{ code: 'object' }] },
          { code: 403, response: 'The API key crm is not allowed to push to com.example.other.' },
          { code: 200 },
        ],
      },
    });
    expect(answer.queued).toHaveLength(2);
    expect(JSON.parse(answer.log[0] ?? '')).toMatchObject({ key: 'crm' });
  });

  it('tells its refusals in one line of the log, with counts and the first three', async () => {
    const bad = Array.from({ length: 5 }, () => item({ Selector: undefined, Message: 'SECRET', DeviceToken: 'TOKEN' }));
    const { log } = await send([item(), ...bad]);
    expect(log).toHaveLength(1);
    const first = { reason: 'invalid-parameters', faults: ['Selector: missing'], verb: 'NotifyTextMessage' };
    expect(JSON.parse(log[0] ?? '')).toMatchObject({
      level: 'warn',
      message: 'pushes of a batch refused',
      pushes: 6,
      refused: 5,
      first: [1, 2, 3].map((index) => ({ index, ...first })),
      Accepted: 1,
      RefusedInvalidParameters: 5,
    });
    expect(log[0]).not.toMatch(/SECRET|TOKEN/);
  });

  it.each<[status: number, what: string, batch: unknown[], detail: string]>([
    [400, 'has faults', [item({ verb: 'x' }), 7], '0 of 2 pushes were accepted. [0]: The verb is unknown.'],
    [400, 'is in an array of its own', [[item()]], '0 of 1 pushes were accepted. [0]: The push is not an object.'],
  ])('is answered with %i if every push %s, and the answer names one', async (status, _what, batch, detail) => {
    const answer = await send(batch);
    expect(answer).toMatchObject({ status, headers: { 'content-type': 'application/problem+json' }, queued: [] });
    expect(answer.body).toMatchObject({ status, code: status, title: 'Bad Request' });
    expect(JSON.stringify(answer.body)).toContain(detail);
    expect(codesOf(answer)).toEqual(batch.map(() => 400));
  });

  it('is answered with 403 if no push is allowed, and with 400 if others have faults', async () => {
    const foreign = item({ AppId: 'com.example.other' });
    const sendWithKey = (batch: readonly unknown[]) => sendEvent(eventOf(batch, { 'x-api-key': 'KEY' }), { access });
    expect(await sendWithKey([foreign, foreign])).toMatchObject({ status: 403 });
    expect(await sendWithKey([foreign, {}])).toMatchObject({ status: 400 });
  });

  it('bears the name of its client and the end of its time to live in each message', async () => {
    const queued: unknown[] = [];
    const enqueueBatch: AcceptDependencies['enqueueBatch'] = (pushes) => {
      queued.push(...pushes);
      return Promise.resolve({ ids: new Map() });
    };
    const overrides = { enqueueBatch, now: () => 1000, access };
    await sendEvent(eventOf(items(2), { 'x-api-key': 'KEY', ttl: '60' }), overrides);
    const envelope = { acceptedAt: new Date(1000), expiresAt: new Date(61_000), client: 'crm' };
    expect(queued).toMatchObject([envelope, envelope]);
  });
});

describe('a batch before a queue in trouble', () => {
  it('has its entries that SQS refuses sent once more', async () => {
    const sqs = await startSqs({ answerOf: refusing((token, call) => call === 0 && token === 't1') });
    const answer = await send(items(3), { enqueueBatch: enqueueBatchTo(sqs.url) });
    expect(answer).toMatchObject({ status: 202, body: { response: '3 of 3 pushes were accepted.' } });
    expect(sqs.calls.map((call) => entries(call).length)).toEqual([3, 1]);
  });

  it('has a 503 for exactly the entries that SQS refuses twice', async () => {
    const sqs = await startSqs({ answerOf: refusing((token) => Number(token.slice(1)) % 3 === 2) });
    const answer = await send(items(30), { enqueueBatch: enqueueBatchTo(sqs.url) });
    expect(answer).toMatchObject({ status: 202, headers: { 'retry-after': '5' } });
    expect(codesOf(answer)).toEqual(items(30).map((_, at) => (at % 3 === 2 ? 503 : 200)));
    expect(JSON.parse(answer.log[0] ?? '')).toMatchObject({
      level: 'error',
      error: { name: 'InternalError' },
      first: [2, 5, 8].map((index) => ({ index, reason: 'queue-unavailable', appId: item()['AppId'] })),
      Accepted: 20,
      RefusedQueueUnavailable: 10,
    });
  });

  it('is answered with 503 and Retry-After if the queue takes none, even if others have faults', async () => {
    const sqs = await startSqs({ answerOf: () => 'fail' });
    const enqueueBatch = enqueueBatchTo(sqs.url);
    const answer = await send([{}, ...items(2)], { enqueueBatch, retryAfterSeconds: 7 });
    expect(answer).toMatchObject({
      status: 503,
      headers: { 'retry-after': '7' },
      body: {
        code: 503,
        detail: '0 of 3 pushes were accepted. [1]: The push was not accepted: send it again in 7 seconds.',
      },
    });
    expect(codesOf(answer)).toEqual([400, 503, 503]);
    // Each attempt of the SDK, and none of the relay's own.
    expect(sqs.calls).toHaveLength(3);
  });

  it('is answered in time if SQS hangs, with the ids of what is on the queue', async () => {
    const hangs = (call: Call) => entries(call).some(({ MessageBody }) => MessageBody.includes('"t15"'));
    const answers = refusing(() => false);
    const sqs = await startSqs({ answerOf: (call, at) => (hangs(call) ? 'hang' : answers(call, at)) });
    const enqueueBatch = enqueueBatchTo(sqs.url);
    const answer = await sendEvent(eventOf(items(30)), { enqueueBatch }, 2000);
    expect(answer).toMatchObject({ status: 202, body: { response: '20 of 30 pushes were accepted.' } });
    expect(codesOf(answer)).toEqual(items(30).map((_, at) => (at >= 10 && at < 20 ? 503 : 200)));
    expect(answer.log).toHaveLength(1);
  });
});
