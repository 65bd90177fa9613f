import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { AcceptDependencies } from '../../../functions/accept/handler.ts';
import { sendPushes } from '../../../functions/accept/queue.ts';
import { accountHash } from '../../../shared/push/redaction.ts';
import { sendEvent, startSqsIntake, type SqsIntake } from '../../support/accept.ts';
import { clientFor, startSqs } from '../../support/aws-client.ts';
import { httpEvent } from '../../support/http-event.ts';
import { parametersWith } from '../../support/pushes.ts';
import { registeredDevice, startRegistry, type TestRegistry } from '../../support/registry.ts';
import type { Answer, Call } from '../../support/strict-sqs.ts';

let intake: SqsIntake;
let table: TestRegistry;
beforeAll(async () => {
  [intake, table] = await Promise.all([startSqsIntake(), startRegistry()]);
  for (const deviceToken of ['token-1', 'token-2']) {
    await table.registry.put(registeredDevice({ deviceToken, lastSeenMs: Date.now() }), 180);
  }
  const bob = registeredDevice({ account: 'bob', deviceToken: 'token-3', lastSeenMs: Date.now() });
  await table.registry.put(bob, 180);
});
afterAll(() => Promise.all([intake.stop(), table.stop()]));

type Overrides = Partial<Omit<AcceptDependencies, 'log'>>;

const json = { 'content-type': 'application/json' };
const to = (Account: string) => ({ verb: 'NotifyReprovision', Account });
const toDevice = Object.fromEntries(parametersWith());
const eventOf = (body: unknown) => httpEvent({ body: JSON.stringify(body), headers: json });
const devicesOf: AcceptDependencies['devicesOf'] = (account, signal) => table.registry.devicesOf(account, signal);
const send = (body: unknown, overrides?: Overrides) => intake.send(eventOf(body), { devicesOf, ...overrides });
const failing: Overrides = { devicesOf: () => Promise.reject(new Error('the table is away')) };
/** Never answers, as a table that hangs. */
const hanging: Overrides = {
  devicesOf: (_account, signal) =>
    new Promise((_resolve, reject) => {
      signal.addEventListener('abort', () => {
        reject(new Error('aborted'));
      });
    }),
};
const devices = (count: number) =>
  Array.from({ length: count }, (_, at) => registeredDevice({ deviceToken: `t${String(at)}` }));
const lineOf = ({ log }: { readonly log: readonly string[] }) => JSON.parse(log[0] ?? '') as unknown;

/** An SQS that refuses the entries whose push is for the device with this token. */
const refusing =
  (token: string) =>
  ({ input }: Call): Answer => {
    const entries = input['Entries'] as { Id: string; MessageBody: string }[];
    const fails = ({ MessageBody }: { MessageBody: string }) => MessageBody.includes(`"${token}"`);
    return {
      Successful: entries.filter((entry) => !fails(entry)).map(({ Id }) => ({ Id, MessageId: `message ${Id}` })),
      Failed: entries.filter(fails).map(({ Id }) => ({ Id, SenderFault: false, Code: 'InternalError' })),
    };
  };
async function startQueue(answerOf: (call: Call) => Answer = refusing('none')) {
  const { url, calls } = await startSqs({ answerOf });
  const client = clientFor(url);
  const enqueueBatch: AcceptDependencies['enqueueBatch'] = (pushes, signal) => sendPushes(client, url, pushes, signal);
  return { calls, overrides: { devicesOf, enqueueBatch } };
}

describe('a batch', () => {
  it('may have pushes to accounts beside others, and has the ids of each in its result', async () => {
    const answer = await send([to('alice'), toDevice, to('nobody'), { ...to('alice'), AppId: 'a' }, to('bob')]);
    const id: unknown = expect.any(String);
    expect(answer).toMatchObject({
      status: 202,
      body: {
        response: '3 of 5 pushes were accepted.',
        results: [
          { code: 200, response: 'Accepted', ids: [id, id] },
          { code: 200, response: 'Accepted', id },
          { code: 404 },
          { code: 400, faults: [{ parameter: 'AppId', code: 'conflict' }] },
          { code: 200, ids: [id] },
        ],
      },
    });
    expect(answer.queued).toHaveLength(4);
    expect(lineOf(answer)).toMatchObject({
      ...{ Accepted: 4, RefusedNoDevices: 1, RefusedInvalidParameters: 1, pushes: 5 },
      first: [
        { index: 2, reason: 'no-devices', account: accountHash('nobody') },
        { index: 3, reason: 'invalid-parameters', account: accountHash('alice') },
      ],
    });
    expect(answer.log.join()).not.toMatch(/alice|nobody|token-/);
  });

  it('asks for each account once, and for some at a time', async () => {
    const asked: string[] = [];
    let [open, most] = [0, 0];
    const slow: Overrides = {
      async devicesOf(account) {
        asked.push(account);
        most = Math.max(most, ++open);
        await new Promise(setImmediate);
        open -= 1;
        return [registeredDevice({ account })];
      },
      enqueueBatch: (pushes) => Promise.resolve({ ids: new Map(pushes.map((push) => [push, 'id'])) }),
    };
    const accounts = Array.from({ length: 50 }, (_, at) => `account ${String(at)}`);
    await send([...accounts, ...accounts].map(to), slow);
    expect(asked.sort()).toEqual(accounts.sort());
    expect(most).toBe(10);
  });

  it('makes at most 1,000 pushes, and has a fault for each item that goes beyond', async () => {
    const many: Overrides = {
      devicesOf: (account) => Promise.resolve(devices(Number(account))),
      enqueueBatch: (pushes) => Promise.resolve({ ids: new Map(pushes.map((push) => [push, 'id'])) }),
    };
    const answer = await send([toDevice, to('400'), to('400'), to('200'), to('199')], many);
    const tooMany = { code: 400, faults: [{ code: 'too-many' }] };
    expect(answer).toMatchObject({
      body: { results: [{ id: 'id' }, { code: 200 }, { code: 200 }, tooMany, { code: 200 }] },
    });
    expect(lineOf(answer)).toMatchObject({ Accepted: 1000 });
  });

  it('names at most 200 accounts, and has a fault for each item with another one', async () => {
    const asked = new Set<string>();
    const many: Overrides = {
      devicesOf: (account) => {
        asked.add(account);
        return Promise.resolve([]);
      },
    };
    const accounts = Array.from({ length: 202 }, (_, at) => `account ${String(at)}`);
    const { body } = await send([...accounts, 'account 0'].map(to), many);
    const codes = (body as { results: { code: number }[] }).results.map(({ code }) => code);
    expect(codes).toEqual([...Array.from({ length: 200 }, () => 404), 400, 400, 404]);
    expect(JSON.stringify(body)).toContain('The batch names more than 200 accounts: send this push in another batch.');
    expect(asked.size).toBe(200);
  });

  it('is answered with 404 if it has only accounts without devices, and with 503 if the table is away', async () => {
    expect(await send([to('nobody')])).toMatchObject({ status: 404, body: { results: [{ code: 404 }] } });
    const away = await send([to('alice'), to('bob')], failing);
    expect(away).toMatchObject({ status: 503, headers: { 'retry-after': '5' }, queued: [] });
    expect(lineOf(away)).toMatchObject({ level: 'error', RefusedRegistryUnavailable: 2 });
  });

  it('queues its other pushes if the table is away, or hangs', async () => {
    for (const trouble of [failing, hanging]) {
      const queue = await startQueue();
      const overrides = { ...queue.overrides, ...trouble };
      const answer = await sendEvent(eventOf([to('alice'), toDevice]), overrides, 1400);
      expect(answer).toMatchObject({ status: 202, headers: { 'retry-after': '5' } });
      expect(answer).toMatchObject({ body: { results: [{ code: 503 }, { code: 200 }] } });
      expect(queue.calls).toHaveLength(1);
    }
  });

  it('tells in the log which pushes of an item are on the queue, if not all are', async () => {
    const { overrides } = await startQueue(refusing('token-2'));
    const answer = await sendEvent(eventOf([to('alice'), to('bob')]), overrides);
    expect(answer).toMatchObject({
      status: 202,
      body: { results: [{ code: 503 }, { code: 200, ids: ['message 2'] }] },
    });
    expect(lineOf(answer)).toMatchObject({ queued: ['message 1'], Accepted: 1, RefusedQueueUnavailable: 1 });
  });
});

describe('a push to an account in trouble', () => {
  it.each([
    ['is away', failing, 10_000],
    ['hangs', hanging, 1200],
  ])('is answered with 503 if the table %s, and nothing is queued', async (_how, trouble, remainingMs) => {
    const queue = await startQueue();
    const answer = await sendEvent(eventOf(to('alice')), { ...queue.overrides, ...trouble }, remainingMs);
    expect(answer).toMatchObject({ status: 503, headers: { 'retry-after': '5' }, body: { code: 503 } });
    expect(answer.log).toHaveLength(1);
    const line = {
      level: 'error',
      reason: 'registry-unavailable',
      verb: 'NotifyReprovision',
      account: accountHash('alice'),
      RefusedRegistryUnavailable: 1,
    };
    expect(lineOf(answer)).toMatchObject(line);
    expect(queue.calls).toEqual([]);
  });

  it('is answered with 503 if the queue takes only some of its pushes, whose ids are in the log', async () => {
    const { overrides } = await startQueue(refusing('token-2'));
    const answer = await sendEvent(eventOf(to('alice')), overrides);
    expect(answer).toMatchObject({ status: 503, headers: { 'retry-after': '5' } });
    expect(lineOf(answer)).toMatchObject({
      ...{ reason: 'queue-unavailable', account: accountHash('alice'), devices: 2, queued: ['message 1'] },
      RefusedQueueUnavailable: 1,
    });
    expect(answer.log.join()).not.toMatch(/alice|token-/);
  });

  it('is answered in time if the queue hangs', async () => {
    const { overrides } = await startQueue(() => 'hang');
    const answer = await sendEvent(eventOf(to('alice')), overrides, 1400);
    expect(answer).toMatchObject({ status: 503, headers: { 'retry-after': '5' } });
    expect(lineOf(answer)).toMatchObject({ reason: 'queue-unavailable', devices: 2, queued: [] });
  });

  it('has the message group of the app of each device', async () => {
    const { overrides, calls } = await startQueue();
    await sendEvent(eventOf(to('alice')), overrides);
    const groups = calls.flatMap(({ input }) => input['Entries'] as { MessageGroupId: string }[]);
    expect(groups.map(({ MessageGroupId }) => MessageGroupId)).toEqual(['com.example.app', 'com.example.app']);
  });
});
