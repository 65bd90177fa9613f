import { setTimeout } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, describe, expect, it, onTestFinished, vi } from 'vitest';
import { createAnswerOnce } from '../../../functions/accept/answer-once.ts';
import { startTimer } from '../../../functions/accept/timer.ts';
import { createDynamoDbClient } from '../../../shared/aws/dynamodb.ts';
import { sendEvent } from '../../support/accept.ts';
import type { TableFate } from '../../support/dynamodb-proxy.ts';
import { eventWith, startIdempotentIntake, type IdempotentIntake, type Overrides } from '../../support/idempotency.ts';
import { lambdaContext } from '../../support/lambda-context.ts';
import { parametersWith } from '../../support/pushes.ts';
import { devicesTable } from '../../support/registry.ts';

let idempotent: IdempotentIntake;
beforeAll(async () => {
  idempotent = await startIdempotentIntake();
});
afterAll(() => idempotent.stop());
const warnings = vi.spyOn(console, 'warn');
afterEach(() => {
  idempotent.setFate(() => 'pass');
  // The library would write its warnings beside the log.
  expect(warnings).not.toHaveBeenCalled();
});

const lineOf = (log: readonly string[], message: string) =>
  log.filter((line) => line.includes(`"message":"${message}"`)).map((line) => JSON.parse(line) as unknown);

/** Sends a request with a new key. The queue gives its push the id `the id`, unless overrides say otherwise. */
async function sendWithin(remainingMs: number, overrides: Overrides = {}, key = idempotent.newKey()) {
  let pushes = 0;
  const enqueue = () => {
    pushes += 1;
    return Promise.resolve('the id');
  };
  const { answerOnce } = idempotent;
  const answer = await sendEvent(eventWith(key), { enqueue, answerOnce, ...overrides }, remainingMs);
  return { ...answer, pushes, key };
}

describe('a request with an Idempotency-Key, while DynamoDB', () => {
  const of = (action: string, fate: TableFate) => (sent: string) => (sent === action ? fate : 'pass');

  it.each<[what: string, fate: TableFate]>([
    ['refuses calls', 'throttle'],
    ['cannot be reached', 'refuse'],
  ])('%s, is answered 503, and nothing is queued', async (_what, fate) => {
    const key = idempotent.newKey();
    idempotent.setFate(() => fate);
    const answer = await idempotent.send(key);
    expect(answer).toMatchObject({
      status: 503,
      headers: { 'retry-after': '5' },
      body: { detail: 'The push was not accepted: send it again in 5 seconds.' },
      queued: [],
    });
    expect(lineOf(answer.log, 'push refused')).toEqual([
      expect.objectContaining({
        reason: 'registry-unavailable',
        RefusedRegistryUnavailable: 1,
        error: expect.objectContaining({ name: expect.any(String) as string }) as unknown,
      }),
    ]);
    expect(answer.log.join()).not.toContain(key);
    idempotent.setFate(() => 'pass');
    expect(await idempotent.send(key)).toMatchObject({ status: 202, queued: [{}] });
  });

  it('does not answer at all, is answered 503 before the function times out', async () => {
    idempotent.setFate(() => 'hang');
    // The three attempts of the deployed client take 4.5 of 6 seconds.
    const client = createDynamoDbClient(idempotent.environment, { maxAttempts: 3, timeoutMs: 300 });
    onTestFinished(() => {
      client.destroy();
    });
    const answer = await sendWithin(2500, { answerOnce: createAnswerOnce(client, devicesTable, startTimer) });
    expect(answer).toMatchObject({ status: 503, headers: { 'retry-after': '5' }, pushes: 0 });
    expect(lineOf(answer.log, 'push refused')).toEqual([
      expect.objectContaining({ reason: 'registry-unavailable', error: expect.anything() as unknown }),
    ]);
  });

  it('has lost the table, is answered 503', async () => {
    const answerOnce = createAnswerOnce(createDynamoDbClient(idempotent.table.environment), 'lost', startTimer);
    const answer = await sendWithin(10_000, { answerOnce });
    expect(answer).toMatchObject({ status: 503, pushes: 0 });
    expect(answer.log.join()).toContain('ResourceNotFoundException');
  });

  it.each<[what: string, fate: TableFate, remainingMs: number]>([
    ['does not take the answer', 'throttle', 10_000],
    ['is away when it gets the answer', 'refuse', 10_000],
    ['is silent when it gets the answer, and little time is left', 'hang', 1500],
  ])('%s, is answered 202 all the same, and that is logged', async (_what, fate, remainingMs) => {
    idempotent.setFate(of('UpdateItem', fate));
    const answer = await sendWithin(remainingMs);
    expect(answer).toMatchObject({ status: 202, body: { id: 'the id' }, pushes: 1 });
    expect(lineOf(answer.log, 'answer not kept')).toEqual([
      expect.objectContaining({ AnswersNotKept: 1, error: expect.anything() as unknown }),
    ]);
    expect(answer.log.join()).not.toContain(answer.key);
    // The record is still one in progress.
    expect(await sendWithin(10_000, {}, answer.key)).toMatchObject({ status: fate === 'hang' ? 202 : 409, pushes: 0 });
  });

  it('loses the answer to the first write, is answered 409, and accepted after Retry-After', async () => {
    const fates: TableFate[] = ['lose'];
    idempotent.setFate(() => fates.shift() ?? 'pass');
    const answer = await sendWithin(2000);
    expect(answer).toMatchObject({ status: 409, headers: { 'retry-after': '2' }, pushes: 0 });
    expect(await sendWithin(2000, {}, answer.key)).toMatchObject({ status: 409, pushes: 0 });
    await setTimeout(Number(answer.headers['retry-after']) * 1000);
    expect(await sendWithin(2000, {}, answer.key)).toMatchObject({ status: 202, pushes: 1 });
  });

  it('keeps the record of a refused request, is answered with the refusal', async () => {
    idempotent.setFate(of('DeleteItem', 'refuse'));
    const answer = await sendWithin(10_000, { enqueue: () => Promise.reject(new Error('SQS is down')) });
    expect(answer).toMatchObject({ status: 503 });
    expect(lineOf(answer.log, 'push refused')).toEqual([expect.objectContaining({ reason: 'queue-unavailable' })]);
    expect(lineOf(answer.log, 'answer not kept')).toEqual([expect.objectContaining({ AnswersNotKept: 1 })]);
  });

  it('has no room for the answer to a batch, is answered 202 all the same', async () => {
    const push = Object.fromEntries(parametersWith());
    const fault = `${'x'.repeat(60)} ${'y'.repeat(70)}`;
    const faulty = Object.fromEntries(Array.from({ length: 5 }, (_, n) => [`${String(n)}${fault}`, [] as string[]]));
    const body = JSON.stringify([push, ...Array.from({ length: 700 }, () => ({ ...faulty, verb: 'unknown' }))]);
    const headers = { 'content-type': 'application/json' };
    const answer = await idempotent.send(idempotent.newKey(), { body, headers });
    expect(JSON.stringify(answer.body).length).toBeGreaterThan(400 * 1024);
    expect(answer).toMatchObject({ status: 202, queued: [{}] });
    expect(lineOf(answer.log, 'answer not kept')).toEqual([expect.objectContaining({ AnswersNotKept: 1 })]);
    expect(answer.log.join()).toContain('ValidationException');
  });
});

describe('a request with an Idempotency-Key', () => {
  it('is answered 503 if no time is left, and leaves no record', async () => {
    const before = await idempotent.items();
    expect(await sendWithin(700)).toMatchObject({ status: 503, pushes: 0 });
    expect(await idempotent.items()).toHaveLength(before.length);
  });

  it('that the queue refuses only after the answer leaves its record, which may be that of a repeated one', async () => {
    const { promise, reject } = Promise.withResolvers<string>();
    const actions: string[] = [];
    idempotent.setFate((action) => {
      actions.push(action);
      return 'pass';
    });
    const { status, log } = await sendWithin(1500, { enqueue: () => promise });
    expect(status).toBe(503);
    expect(log.join()).toContain('did not answer in time');
    reject(new Error('SQS is down'));
    expect(await sendWithin(10_000)).toMatchObject({ status: 202 });
    expect(actions).toContain('PutItem');
    expect(actions).not.toContain('DeleteItem');
  });

  it('that is answered in time leaves no timer', async () => {
    const timers: string[] = [];
    const client = createDynamoDbClient(idempotent.environment);
    const answerOnce = createAnswerOnce(client, devicesTable, () => {
      timers.push('started');
      return () => timers.push('stopped');
    });
    expect(await sendWithin(10_000, { answerOnce })).toMatchObject({ status: 202 });
    client.destroy();
    expect(timers).toEqual(['started', 'stopped']);
  });

  it('that gets its record only after the answer is not accepted, because it may have been repeated', async () => {
    const key = idempotent.newKey();
    const idempotency = { key, contentHash: 'the same' };
    const context = lambdaContext(10_000);
    const request = { idempotency, client: undefined, context, signal: AbortSignal.abort() };
    const accept = vi.fn(() => Promise.resolve({ statusCode: 202 }));
    await idempotent.answerOnce(request, accept);
    expect(accept).not.toHaveBeenCalled();
    expect(await idempotent.send(key)).toMatchObject({ status: 202, queued: [{}] });
  });

  it('that meets a bug is answered 500, and can come again', async () => {
    let bugs = 1;
    const dimensions = {
      get Stage() {
        if (bugs-- > 0) throw new Error('a bug');
        return 'test';
      },
    };
    const answer = await sendWithin(10_000, { dimensions });
    expect(answer).toMatchObject({ status: 500 });
    expect(await sendWithin(10_000, {}, answer.key)).toMatchObject({ status: 202, pushes: 1 });
  });
});
