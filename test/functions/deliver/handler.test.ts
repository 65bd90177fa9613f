import type { Message } from '@aws-sdk/client-sqs';
import type { SQSRecord } from 'aws-lambda';
import fc from 'fast-check';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { startEventSourceMapping } from '../../../local/event-source-mapping.ts';
import { startSandbox, type Sandbox } from '../../../local/sandbox.ts';
import { createOutage } from '../../../functions/deliver/policy/outage.ts';
import { createDeliver, type DeliverDependencies } from '../../../functions/deliver/handler.ts';
import { createGateway, type Gateway } from '../../../functions/deliver/gateway.ts';
import { sendPush } from '../../../shared/aws/sqs/push-queue.ts';
import { lambdaContext } from '../../../local/lambda-context.ts';
import { allDone, someFailed } from '../../support/batch-result.ts';
import { deliverDependencies } from '../../support/deliver.ts';
import { recordingLog } from '../../support/log.ts';
import { patience } from '../../support/patience.ts';
import { pushWith } from '../../support/pushes.ts';
import { receive, startQueues, type TestQueues } from '../../support/queues.ts';
import { recordOf, sqsEventOf } from '../../support/sqs-event.ts';

let sandbox: Sandbox;
let gateway: Gateway;
let queues: TestQueues;

beforeAll(async () => {
  [sandbox, queues] = await Promise.all([startSandbox(0), startQueues()]);
  gateway = createGateway({
    url: new URL(`http://127.0.0.1:${String(sandbox.port)}/pnm2`),
    connectTimeoutMs: 5000,
    attemptTimeoutMs: 5000,
    maxConnections: 50,
  });
});
afterAll(async () => {
  gateway.close();
  await Promise.all([sandbox.stop(), queues.stop()]);
});
beforeEach(() => {
  sandbox.forget();
  queues.server.reset();
});

/** Delivers records that are on no queue: their delays are noted and not set. */
async function deliver(records: SQSRecord[], overrides: Partial<DeliverDependencies> = {}, remainingMs = 30_000) {
  const delays = new Map<string, number>();
  const handler = createDeliver(
    deliverDependencies(queues, gateway, {
      delay: (_queue, some) => {
        for (const { receiptHandle, delaySeconds } of some) delays.set(receiptHandle, delaySeconds);
        return allDone(some);
      },
      ...overrides,
    }),
  );
  const { batchItemFailures } = await handler(sqsEventOf(records), lambdaContext(remainingMs));
  return { failed: batchItemFailures.map(({ itemIdentifier }) => itemIdentifier), delays };
}

const idsOf = (records: SQSRecord[]) => records.map(({ messageId }) => messageId);
const accepted = () => sandbox.pushes().filter(({ status }) => status === 200);
const deadLetters = () => receive(queues.sqs, queues.undeliverable);
const attributesOf = ({ MessageAttributes = {} }: Message) =>
  Object.fromEntries(Object.entries(MessageAttributes).map(([name, { StringValue }]) => [name, StringValue]));

describe('the way out', () => {
  it('posts a push parameter by parameter as it was sent', async () => {
    const parameters = { Message: 'Grüße & 100 % + 😀', DeviceToken: 'a+b/c==', Odd: '' };
    expect(await deliver([recordOf(parameters)])).toMatchObject({ failed: [] });
    expect(sandbox.pushes()).toMatchObject([{ status: 200, parameters }]);
  });

  it('reports just those that are to come back, and delivers their neighbours', async () => {
    const well = [recordOf({ Badge: '1' }), recordOf({ Badge: '2' })];
    const ill = ['fail-500', 'reset', 'fail-429', 'fail-503'].map((DeviceToken) => recordOf({ DeviceToken }));
    const { failed, delays } = await deliver([...ill.slice(0, 2), ...well, ...ill.slice(2)]);
    expect(failed.toSorted()).toEqual(idsOf(ill).toSorted());
    expect([...delays]).toEqual(expect.arrayContaining(ill.map(({ receiptHandle }) => [receiptHandle, 1])));
    expect(accepted()).toHaveLength(2);
  });

  it('settles or reports every record, exactly once, and loses none', async () => {
    const tokens = ['well', 'fail-301', 'fail-400', 'fail-404', 'fail-429', 'fail-500', 'unregistered', 'reset'];
    const drawn = fc.oneof(
      { weight: 5, arbitrary: fc.constantFrom(...tokens).map((DeviceToken) => ({ DeviceToken })) },
      { weight: 1, arbitrary: fc.string().map((body) => ({ body })) },
    );
    await fc.assert(
      fc.asyncProperty(fc.array(drawn, { maxLength: 30 }), async (all) => {
        sandbox.forget();
        // Each its own signal, so that each is to be seen at the sandbox.
        const records = all.map((one, Id) =>
          'body' in one ? recordOf({}, one) : recordOf({ ...one, Id: String(Id) }),
        );
        const given: string[] = [];
        const { failed } = await deliver(records, {
          sendDeadLetters: (letters) => {
            given.push(...letters.map(({ read }) => read.pushId));
            return allDone(letters);
          },
        });
        const delivered = records.filter(
          (_, index) => all[index] && 'DeviceToken' in all[index] && all[index].DeviceToken === 'well',
        );
        const ends = [...failed, ...given, ...idsOf(delivered)];
        expect(ends.toSorted()).toEqual(idsOf(records).toSorted());
        const posted = accepted().filter(({ parameters }) => parameters['DeviceToken'] === 'well');
        expect(posted).toHaveLength(delivered.length);
      }),
      { numRuns: 50 },
    );
  });

  it('has no more attempts under way at once than allowed', async () => {
    let underWay = 0;
    let most = 0;
    const counting: Pick<Gateway, 'post'> = {
      async post(form) {
        underWay += 1;
        most = Math.max(most, underWay);
        const answer = await gateway.post(form);
        underWay -= 1;
        return answer;
      },
    };
    const records = Array.from({ length: 40 }, (_, Id) => recordOf({ Id: String(Id) }));
    await deliver(records, { gateway: counting, concurrency: 7 });
    expect(most).toBe(7);
    expect(sandbox.pushes()).toHaveLength(40);
  });

  it('starts no attempt that could not end in time, and leaves the rest for the next receive', async () => {
    const records = [recordOf({ Id: '1' }), recordOf({ Id: '2' })];
    const { failed, delays } = await deliver(records, { startReserveMs: 15_000 }, 14_000);
    expect(failed).toEqual(idsOf(records));
    expect(delays.size).toBe(2);
    expect(sandbox.pushes()).toEqual([]);
  });

  it('does not let a push expire that was only not tried for want of time', async () => {
    const attributes = { ...recordOf().attributes, SentTimestamp: String(Date.now() - 90_000_000) };
    const old = recordOf({}, { attributes });
    const { failed, delays } = await deliver([old], { startReserveMs: 15_000 }, 14_000);
    expect(failed).toEqual([old.messageId]);
    expect([...delays.values()]).toEqual([1]);
  });

  it('fails as a whole where the batch is of no queue, and tells the platform nothing of it', async () => {
    const log = recordingLog();
    const stray = recordOf({}, { eventSourceARN: 'arn:aws:sqs:us-east-1:000000000000:other' });
    await expect(deliver([stray], { log })).rejects.toThrow(/^batch failed$/);
    expect(log.lines.map((line) => JSON.parse(line) as unknown)).toMatchObject([
      { level: 'error', message: 'batch failed' },
    ]);
  });

  it('stops starting attempts when its time runs out in the middle of a batch', async () => {
    let remainingMs = 20_000;
    const slow: Pick<Gateway, 'post'> = {
      post(form) {
        remainingMs -= 1000;
        return gateway.post(form);
      },
    };
    const handler = createDeliver(
      deliverDependencies(queues, slow, {
        concurrency: 1,
        startReserveMs: 15_000,
        delay: (_queue, some) => allDone(some),
      }),
    );
    const records = Array.from({ length: 10 }, (_, Id) => recordOf({ Id: String(Id) }));
    const context = { getRemainingTimeInMillis: () => remainingMs };
    const { batchItemFailures } = await handler(sqsEventOf(records), context);
    expect(batchItemFailures).toHaveLength(4);
    expect(accepted()).toHaveLength(6);
  });

  it('lets a record fail alone that throws where nothing should', async () => {
    const throwing: Pick<Gateway, 'post'> = {
      post(form) {
        if (form.includes('throws')) throw new TypeError('a bug');
        return gateway.post(form);
      },
    };
    const bad = recordOf({ DeviceToken: 'throws' });
    expect(await deliver([bad, recordOf()], { gateway: throwing })).toMatchObject({ failed: [bad.messageId] });
    expect(accepted()).toHaveLength(1);
  });

  it('logs one line for each attempt that failed, without token, selector or text', async () => {
    const log = recordingLog();
    const secrets = { DeviceToken: 'fail-500', Selector: 'SELECTOR-MARK', Message: 'TEXT-MARK' };
    const record = recordOf(secrets);
    await deliver([record, recordOf()], { log });
    const [failure, batch, ...more] = log.lines;
    expect(more).toEqual([]);
    expect(JSON.parse(batch ?? '')).toMatchObject({
      level: 'info',
      message: 'batch',
      Stage: 'test',
      Queue: 'pushes',
      records: 2,
      Attempts: 2,
      GatewayFailures: 1,
      Delivered: 1,
      Retried: 1,
    });
    expect(JSON.parse(failure ?? '')).toMatchObject({
      level: 'warn',
      id: record.messageId,
      verb: 'NotifyTextMessage',
      appId: 'com.example.softphone',
      queue: 'pushes',
      outcome: { kind: 'transient', status: 500 },
      decision: { kind: 'retry', delaySeconds: 1 },
    });
    for (const secret of Object.values(secrets)) expect(log.lines.join('')).not.toContain(secret);
  });
});

describe('folding', () => {
  it('gives identical signals of a batch one attempt, whose outcome they share', async () => {
    const twins = [recordOf(), recordOf(), recordOf()];
    expect(await deliver([...twins, recordOf({ DeviceToken: 'another' })])).toMatchObject({ failed: [] });
    expect(sandbox.pushes()).toHaveLength(2);

    sandbox.forget();
    const failing = [recordOf({ DeviceToken: 'fail-500' }), recordOf({ DeviceToken: 'fail-500' })];
    expect(await deliver(failing)).toMatchObject({ failed: idsOf(failing) });
    expect(sandbox.pushes()).toHaveLength(1);
  });

  it('gives each of them a dead letter, with its own id', async () => {
    const twins = [recordOf({ DeviceToken: 'unregistered' }), recordOf({ DeviceToken: 'unregistered' })];
    expect(await deliver(twins)).toMatchObject({ failed: [] });
    expect(sandbox.pushes()).toHaveLength(1);
    const ids = (await deadLetters()).map((letter) => attributesOf(letter)['pushId']);
    expect(ids.toSorted()).toEqual(idsOf(twins).toSorted());
  });

  it('never folds texts', async () => {
    const text = { verb: 'NotifyGenericTextMessage', Message: 'Hello' };
    await deliver([recordOf(text), recordOf(text)]);
    expect(sandbox.pushes()).toHaveLength(2);
  });
});

describe('an outage', () => {
  const batch = (from: number, DeviceToken: string) =>
    Array.from({ length: 10 }, (_, index) => recordOf({ DeviceToken, Id: String(from + index) }));

  it('lets the rest of a batch wait, tries one push a batch, and ends with the first success', async () => {
    const outage = createOutage(5);
    const options = { outage, concurrency: 2 };
    const down = await deliver(batch(0, 'fail-500'), options);
    expect(down.failed).toHaveLength(10);
    expect(sandbox.pushes().length).toBeGreaterThanOrEqual(5);
    expect(sandbox.pushes().length).toBeLessThan(7);

    sandbox.forget();
    expect((await deliver(batch(10, 'fail-500'), options)).failed).toHaveLength(10);
    expect(sandbox.pushes()).toHaveLength(1);

    sandbox.forget();
    expect((await deliver(batch(20, 'well'), options)).failed).toEqual([]);
    expect(sandbox.pushes()).toHaveLength(10);
    expect(outage.isSuspected()).toBe(false);
  });

  it('is asked after with the push that was received least often', async () => {
    const outage = createOutage(1);
    outage.record({ kind: 'transient', words: '' });
    const often = { attributes: { ...recordOf().attributes, ApproximateReceiveCount: '9' } };
    const poisoned = recordOf({ DeviceToken: 'fail-500' }, often);
    expect(await deliver([poisoned, recordOf(), recordOf({ Id: '1' })], { outage })).toMatchObject({
      failed: [poisoned.messageId],
    });
    expect(accepted()).toHaveLength(2);
  });

  it('does not keep what is too old', async () => {
    const outage = createOutage(1);
    outage.record({ kind: 'transient', words: '' });
    const attributes = { ...recordOf().attributes, SentTimestamp: String(Date.now() - 86_400_000) };
    const old = ['1', '2'].map((Id) => recordOf({ DeviceToken: 'fail-500', Id }, { attributes }));
    expect(await deliver(old, { outage })).toMatchObject({ failed: [] });
    expect((await deadLetters()).map((letter) => attributesOf(letter)['reason'])).toEqual(['expired', 'expired']);
  });
});

describe('a dead letter', () => {
  it.each([
    ['unregistered', { reason: 'unregistered', status: '404', words: 'The token is not registered.' }],
    ['fail-410', { reason: 'unregistered', status: '410', words: 'As the token asked.' }],
    ['fail-400', { reason: 'rejected', status: '400', words: 'As the token asked.' }],
    ['fail-302', { reason: 'rejected', status: '302', words: 'As the token asked.' }],
  ])('for the token %s tells %j, and has the body untouched', async (DeviceToken, told) => {
    const attributes = { ...recordOf().attributes, ApproximateReceiveCount: '3' };
    const record = recordOf({ DeviceToken }, { attributes });
    expect(await deliver([record, recordOf()])).toMatchObject({ failed: [] });
    const letters = await deadLetters();
    expect(letters).toHaveLength(1);
    expect(letters[0]?.Body).toBe(record.body);
    expect(letters.map(attributesOf)).toEqual([
      {
        ...told,
        pushId: record.messageId,
        queue: 'pushes',
        attempts: '3',
        acceptedAt: '2026-01-02T03:04:05.678Z',
      },
    ]);
  });

  it.each(['not JSON', '{"version":2,"push":"of tomorrow"}', '{"version":1}'])(
    'keeps the body %j, which no version here reads, and its neighbours are delivered',
    async (body) => {
      const record = recordOf({}, { body });
      expect(await deliver([record, recordOf()])).toMatchObject({ failed: [] });
      expect(sandbox.pushes()).toHaveLength(1);
      const [letter] = await deadLetters();
      expect(letter?.Body).toBe(body);
      expect(attributesOf(letter ?? {})).toMatchObject({ reason: 'malformed', pushId: record.messageId });
    },
  );

  it('keeps the id by which a redriven push was accepted', async () => {
    const messageAttributes = { pushId: { stringValue: 'first-id', dataType: 'String' as const } };
    const record = recordOf({ DeviceToken: 'fail-400' }, { messageAttributes });
    await deliver([record]);
    expect((await deadLetters()).map(attributesOf)).toMatchObject([{ pushId: 'first-id' }]);
  });

  it('that was not taken leaves its record on the queue', async () => {
    const records = Array.from({ length: 25 }, (_, Id) => recordOf({ DeviceToken: 'fail-400', Id: String(Id) }));
    const refused = new Set([0, 7, 24]);
    const { failed, delays } = await deliver(records, {
      sendDeadLetters: (letters) => someFailed(letters, (index) => refused.has(index)),
    });
    // Not delayed: each stays hidden for the queue's own time-out.
    expect(failed).toHaveLength(refused.size);
    expect(delays.size).toBe(0);
  });

  it('that SQS is silent about is not waited for beyond the function’s time', async () => {
    const silent: string[] = [];
    const untilAborted = (what: string, abortSignal: AbortSignal) =>
      new Promise<void>((resolve) => {
        abortSignal.addEventListener('abort', () => {
          silent.push(what);
          resolve();
        });
      });
    const failing = recordOf({ DeviceToken: 'fail-500' });
    const rejected = recordOf({ DeviceToken: 'fail-400' });
    const { failed } = await deliver(
      [failing, rejected, recordOf()],
      {
        sendDeadLetters: async (letters, abortSignal) => {
          await untilAborted('dead letters', abortSignal);
          return await someFailed(letters, () => true);
        },
        delay: async (_queue, some, abortSignal) => {
          await untilAborted('delays', abortSignal);
          return await someFailed(some, () => true);
        },
      },
      1200,
    );
    expect(silent.toSorted()).toEqual(['dead letters', 'delays']);
    expect(failed.toSorted()).toEqual(idsOf([failing, rejected]).toSorted());
  });

  it('is sent for each of hundreds, in batches that SQS takes', async () => {
    const records = Array.from({ length: 203 }, (_, Id) =>
      recordOf({ DeviceToken: 'fail-400', Message: 'x'.repeat(9000), Id: String(Id) }),
    );
    expect(await deliver(records)).toMatchObject({ failed: [] });
    expect(queues.server.inspectQueue('undeliverable')?.messages.ready).toHaveLength(203);
  });
});

describe('behind an event source mapping', () => {
  /** A queue with real visibility and redrive; resolves to how it is stopped. */
  function startQueue(overrides: Partial<DeliverDependencies> = {}, of = queues) {
    const handler = createDeliver(deliverDependencies(of, gateway, overrides));
    const errors: Error[] = [];
    const stop = startEventSourceMapping({
      sqs: of.sqs,
      queue: of.pushes,
      batchRecords: 10,
      maximumConcurrency: 2,
      invoke: (event) => handler(event, lambdaContext(30_000)),
      onError: (error) => errors.push(error),
    });
    return async () => {
      await stop();
      expect(errors).toEqual([]);
    };
  }
  const send = async (DeviceToken: string, of = queues) => {
    const queued = { push: pushWith({ DeviceToken }), acceptedAt: new Date() };
    return await sendPush(of.sqs, of.pushes.url, queued, new AbortController().signal);
  };
  const contents = (name: string, of = queues) => of.server.inspectQueue(name)?.messages;
  const empty = { ready: [], delayed: [], inflight: [] };

  it('every push ends where it should', async () => {
    const stop = startQueue();
    const well = ['one', 'fail-500-2', 'fail-429-1', 'fail-503-1'];
    const ill = { unregistered: 'unregistered', 'fail-400': 'rejected', 'fail-404': 'unregistered' };
    for (const token of [...well, ...Object.keys(ill)]) await send(token);
    await expect.poll(() => contents('pushes'), patience).toEqual(empty);
    await stop();
    const tokens = accepted().map(({ parameters }) => parameters['DeviceToken']);
    expect(tokens.toSorted()).toEqual([...well, 'unregistered'].toSorted());
    const reasons = (await deadLetters()).map((letter) => attributesOf(letter)['reason']);
    expect(reasons.toSorted()).toEqual(Object.values(ill).toSorted());
  });

  it('a push that is too old is tried once more and ends as expired', async () => {
    const policy = { backoffBaseSeconds: 1, backoffCapSeconds: 1, lifetimeSeconds: 1, maxReceiveCount: 1000 };
    const stop = startQueue({ policy });
    const id = await send('fail-500');
    await expect.poll(() => contents('pushes'), patience).toEqual(empty);
    await stop();
    expect((await deadLetters()).map(attributesOf)).toMatchObject([{ reason: 'expired', pushId: id, status: '500' }]);
    expect(sandbox.pushes().length).toBeGreaterThanOrEqual(2);
  });

  it('a push whose receives are used up says so, before SQS moves it without a word', async () => {
    const few = await startQueues({ maxReceiveCount: 2 });
    const policy = { backoffBaseSeconds: 1, backoffCapSeconds: 1, lifetimeSeconds: 86_400, maxReceiveCount: 2 };
    const stop = startQueue({ policy }, few);
    const id = await send('fail-500', few);
    await expect.poll(() => contents('pushes', few), patience).toEqual(empty);
    await stop();
    const letters = await receive(few.sqs, few.undeliverable);
    expect(letters.map(attributesOf)).toMatchObject([{ reason: 'exhausted', pushId: id, attempts: '2' }]);
    await few.stop();
  });

  it('a push whose handler never ends comes back, and SQS itself gives it up at last', async () => {
    const few = await startQueues({ maxReceiveCount: 2, visibilityTimeoutSeconds: 1 });
    const stop = startEventSourceMapping({
      sqs: few.sqs,
      queue: few.pushes,
      batchRecords: 10,
      maximumConcurrency: 1,
      invoke: () => Promise.reject(new Error('killed')),
      onError: () => undefined,
    });
    await send('one', few);
    await expect.poll(() => contents('undeliverable', few)?.ready.length, patience).toBe(1);
    await stop();
    await few.stop();
  });
});
