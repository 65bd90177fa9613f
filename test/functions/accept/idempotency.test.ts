import { PutCommand, UpdateCommand } from '@aws-sdk/lib-dynamodb';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { AcceptDependencies } from '../../../functions/accept/handler.ts';
import { createApiKey, parseApiKeys } from '../../../shared/api-key.ts';
import { encodeForm } from '../../../shared/push/form.ts';
import { deviceKeyOf } from '../../../shared/registry/device.ts';
import { sendEvent } from '../../support/accept.ts';
import type { HttpEventOptions } from '../../support/http-event.ts';
import { eventWith, startIdempotentIntake, type IdempotentIntake, type Overrides } from '../../support/idempotency.ts';
import { parametersWith } from '../../support/pushes.ts';
import { devicesTable, registeredDevice } from '../../support/registry.ts';

let idempotent: IdempotentIntake;
beforeAll(async () => {
  idempotent = await startIdempotentIntake();
});
afterAll(() => idempotent.stop());

const push = Object.fromEntries(parametersWith({ Message: 'a text' }));
const json = (value: unknown): HttpEventOptions => ({
  body: JSON.stringify(value),
  headers: { 'content-type': 'application/json' },
});
const text = (Message: string): HttpEventOptions => ({ body: encodeForm(parametersWith({ Message })) });

describe('a request with an Idempotency-Key', () => {
  it('has one push when it comes three times, and each time the same answer', async () => {
    const key = idempotent.newKey();
    const first = await idempotent.send(key);
    expect(first).toMatchObject({ status: 202, queued: [parametersWith()] });
    expect(first.headers).not.toHaveProperty('idempotent-replayed');
    for (const again of [await idempotent.send(key), await idempotent.send(key)]) {
      expect(again).toMatchObject({ status: 202, body: first.body, queued: [] });
      expect(again.headers).toEqual({ ...first.headers, 'idempotent-replayed': 'true' });
      expect(again.log).toEqual([expect.stringContaining('"AnswersRepeated":1}')]);
    }
  });

  it('to an account has one push for each device, and the same ids each time', async () => {
    const key = idempotent.newKey();
    const devices = ['token-1', 'token-2'].map((deviceToken) => registeredDevice({ deviceToken }));
    const overrides: Overrides = { devicesOf: () => Promise.resolve(devices) };
    const toAccount = json({ verb: 'NotifyReprovision', Account: 'bob' });
    const first = await idempotent.send(key, toAccount, overrides);
    expect(first).toMatchObject({ status: 202, body: { ids: [expect.any(String), expect.any(String)] } });
    expect(first.queued).toHaveLength(2);
    expect(await idempotent.send(key, toAccount, overrides)).toMatchObject({ body: first.body, queued: [] });
  });

  it('to an account, of which the queue took a part, has another push for each device when it comes again', async () => {
    const key = idempotent.newKey();
    const devices = ['token-1', 'token-2'].map((deviceToken) => registeredDevice({ deviceToken }));
    const devicesOf = () => Promise.resolve(devices);
    const enqueueBatch: AcceptDependencies['enqueueBatch'] = (pushes) =>
      Promise.resolve({ ids: new Map(pushes.slice(0, 1).map((one) => [one, 'the id'])) });
    const toAccount = json({ verb: 'NotifyReprovision', Account: 'bob' });
    const first = await idempotent.send(key, toAccount, { devicesOf, enqueueBatch });
    expect(first).toMatchObject({ status: 503, headers: { 'retry-after': '5' } });
    expect(first.log).toEqual([expect.stringContaining('"queued":["the id"]')]);
    expect(await idempotent.send(key, toAccount, { devicesOf })).toMatchObject({ status: 202, queued: [{}, {}] });
    expect(await idempotent.send(key, toAccount, { devicesOf })).toMatchObject({ status: 202, queued: [] });
  });

  it('has one push when it comes ten times at once; the others are refused with 409', async () => {
    const { answerOnce, intake } = idempotent;
    const event = eventWith(idempotent.newKey());
    const { promise, resolve } = Promise.withResolvers<string>();
    let pushes = 0;
    const enqueue = () => {
      pushes += 1;
      return promise;
    };
    let conflicts = 0;
    const answers = await Promise.all(
      Array.from({ length: 10 }, async () => {
        const answer = await sendEvent(event, { answerOnce, enqueue });
        if (answer.status === 409) conflicts += 1;
        if (conflicts === 9) resolve('the id');
        return answer;
      }),
    );
    expect(pushes).toBe(1);
    expect(answers.filter(({ status }) => status === 202)).toHaveLength(1);
    const conflict = answers.find(({ status }) => status === 409);
    expect(conflict).toMatchObject({
      headers: { 'retry-after': '10', 'content-type': 'application/problem+json' },
      body: {
        title: 'Conflict',
        detail: 'A request with this Idempotency-Key may still be under way: send it again in 10 seconds.',
      },
    });
    expect(conflict?.log).toEqual([expect.stringContaining('"RefusedKeyInUse":1')]);
    // The refused ones leave the record of the first alone.
    expect(await intake.send(event, { answerOnce })).toMatchObject({ body: { id: 'the id' }, queued: [] });
  });

  it('shares its key with no other client', async () => {
    const key = idempotent.newKey();
    const [crm, shop] = ['crm', 'shop'].map((name) => createApiKey(name, []));
    const reading = parseApiKeys(`${crm?.entry ?? ''};${shop?.entry ?? ''}`);
    const access = reading.ok ? reading.keys : [];
    for (const apiKey of [crm?.key, shop?.key]) {
      const headers = { 'x-api-key': apiKey ?? '' };
      expect(await idempotent.send(key, { headers }, { access })).toMatchObject({ status: 202, queued: [{}] });
      expect(await idempotent.send(key, { headers }, { access })).toMatchObject({ status: 202, queued: [] });
    }
    expect(await idempotent.send(key)).toMatchObject({ status: 202, queued: [{}] });
  });

  it.each<[what: string, first: HttpEventOptions, other: HttpEventOptions]>([
    ['another text', text('Hello'), text('Hello!')],
    ['another time to live', { headers: { ttl: '60' } }, { headers: { ttl: '61' } }],
    ['no time to live', { headers: { ttl: '0' } }, {}],
    ['another spelling of its JSON', json([push]), { ...json([push]), body: JSON.stringify([push], null, 1) }],
  ])('is refused with 422 if the key was sent with %s', async (_what, first, other) => {
    const key = idempotent.newKey();
    expect(await idempotent.send(key, first)).toMatchObject({ status: 202 });
    const refused = await idempotent.send(key, other);
    expect(refused).toMatchObject({
      status: 422,
      body: {
        title: 'Unprocessable Content',
        detail:
          'This Idempotency-Key was sent with another request: send a repeated request unchanged, and any other one with a new key.',
      },
      queued: [],
    });
    expect(refused.log).toEqual([expect.stringContaining('"RefusedKeyReused":1')]);
    expect(await idempotent.send(key, first)).toMatchObject({ status: 202, queued: [] });
  });

  it('is the same at both paths, however the type of its body and its time to live are written', async () => {
    const key = idempotent.newKey();
    const { body, headers } = json(push);
    await idempotent.send(key, { body: body ?? '', headers: { ...headers, ttl: '60' } });
    const others = { 'content-type': 'Application/JSON; charset=UTF-8', ttl: ' 060' };
    const event = eventWith(key, { body: Buffer.from(String(body)), headers: others });
    const { answerOnce } = idempotent;
    expect(await idempotent.intake.send({ ...event, rawPath: '/pnm2/send' }, { answerOnce })).toMatchObject({
      status: 202,
      queued: [],
    });
  });

  const failing = { enqueue: () => Promise.reject(new Error('SQS is down')) };
  const forbidding = { access: [{ name: 'a', digest: Buffer.alloc(32), appIds: new Set(['b']) }] };
  it.each<[status: number, refused: HttpEventOptions, overrides?: Overrides]>([
    [400, { body: encodeForm(parametersWith({ Selector: '' })) }],
    [400, json([{}, 7])],
    [400, { headers: { ttl: 'soon' } }],
    [401, {}, forbidding],
    [405, { method: 'PUT' }],
    [413, text('x'.repeat(70_000))],
    [415, { headers: { 'content-type': 'text/plain' } }],
    [503, {}, failing],
    [503, json([push]), { enqueueBatch: () => Promise.resolve({ ids: new Map() }) }],
  ])('can be corrected after it was refused with %i', async (status, refused, overrides) => {
    const key = idempotent.newKey();
    expect(await idempotent.send(key, refused, overrides)).toMatchObject({ status, queued: [] });
    expect(await idempotent.send(key)).toMatchObject({ status: 202, queued: [{}] });
    expect(await idempotent.send(key)).toMatchObject({ status: 202, queued: [] });
  });

  it('has the same answer to a batch, of which one push was accepted, one refused, and one not taken', async () => {
    const key = idempotent.newKey();
    const enqueueBatch: AcceptDependencies['enqueueBatch'] = (pushes) =>
      Promise.resolve({ ids: new Map(pushes.slice(0, 1).map((one) => [one, 'the id'])) });
    const batch = json([push, {}, { ...push, DeviceToken: 'other' }]);
    const first = await idempotent.send(key, batch, { enqueueBatch });
    expect(first).toMatchObject({
      status: 202,
      headers: { 'retry-after': '5' },
      body: { results: [{ id: 'the id' }, { code: 400 }, { code: 503 }] },
    });
    const again = await idempotent.send(key, batch);
    expect(again).toMatchObject({ status: 202, body: first.body, queued: [] });
    expect(again.headers).toEqual({ ...first.headers, 'idempotent-replayed': 'true' });
  });

  it('to an account has one push for each device that was there when it came first, and always their ids', async () => {
    const { registry } = idempotent.table;
    const devicesOf = (account: string) => registry.devicesOf(account);
    const send = async (key: string, options: HttpEventOptions) => {
      const { status, body, queued } = await idempotent.send(key, options, { devicesOf });
      return { status, body, pushes: queued.length };
    };
    const lastSeenMs = Date.now();
    const register = (deviceToken: string) => registry.put(registeredDevice({ deviceToken, lastSeenMs }), 1);
    await Promise.all(['one', 'two'].map(register));
    const toAccount = { verb: 'NotifyTextMessage', Account: 'alice' };
    for (const options of [json(toAccount), json([toAccount, {}])]) {
      const key = idempotent.newKey();
      const first = await send(key, options);
      expect(first).toMatchObject({ status: 202, pushes: 2 });
      await register('three');
      expect(await send(key, options)).toEqual({ ...first, pushes: 0 });
      await registry.remove('alice', deviceKeyOf(registeredDevice({ deviceToken: 'three' })), lastSeenMs);
    }
  });

  it('to an account without a device can come again once one has reported', async () => {
    const { registry } = idempotent.table;
    const devicesOf = (account: string) => registry.devicesOf(account);
    const [key, toAccount] = [idempotent.newKey(), json({ verb: 'NotifyTextMessage', Account: 'bob' })];
    expect(await idempotent.send(key, toAccount, { devicesOf })).toMatchObject({ status: 404, queued: [] });
    await registry.put(registeredDevice({ account: 'bob', lastSeenMs: Date.now() }), 1);
    expect(await idempotent.send(key, toAccount, { devicesOf })).toMatchObject({ status: 202, queued: [{}] });
  });
});

describe('the record of a request', () => {
  /** The record of the last request, which is the only item that has not been there before. */
  async function recordOf(send: () => Promise<unknown>): Promise<Record<string, unknown>> {
    const before = new Set((await idempotent.items()).map(({ account }) => account));
    await send();
    const [record, ...more] = (await idempotent.items()).filter(({ account }) => !before.has(account));
    expect(more).toEqual([]);
    return record ?? {};
  }
  const change = (record: Record<string, unknown>, attribute: string, value: unknown) =>
    idempotent.table.documents.send(
      new UpdateCommand({
        TableName: devicesTable,
        Key: { account: record['account'], key: record['key'] },
        UpdateExpression: 'SET #attribute = :value',
        ExpressionAttributeNames: { '#attribute': attribute },
        ExpressionAttributeValues: { ':value': value },
      }),
    );

  it('is kept for 24 hours under an account of its own, with hashes and the answer, and nothing of the push', async () => {
    const key = idempotent.newKey();
    const earliest = Math.floor(Date.now() / 1000) + 86_400;
    const record = await recordOf(() => idempotent.send(key, json([push, { ...push, DeviceToken: ' a secret' }])));
    expect(record).toMatchObject({
      account: expect.stringMatching(/^#idempotency#[\da-f]{64}$/) as string,
      key: expect.stringMatching(/^accept#[\w+/]{43}=$/) as string,
      status: 'COMPLETED',
      data: { statusCode: 202 },
      validation: expect.stringMatching(/^[\w+/]{43}=$/) as string,
    });
    expect(record['expiresAt']).toBeGreaterThanOrEqual(earliest);
    expect(record['expiresAt']).toBeLessThanOrEqual(earliest + 60);
    const { DeviceToken = '', Selector = '', Message = '' } = push;
    for (const secret of [key, DeviceToken, Selector, Message, 'a secret']) {
      expect(JSON.stringify(record)).not.toContain(secret);
    }
  });

  it('is not a device of the registry', async () => {
    await idempotent.send(idempotent.newKey());
    for await (const devices of idempotent.table.registry.scan()) {
      expect(devices.filter(({ account }) => account.startsWith('#'))).toEqual([]);
    }
  });

  it('no longer counts after 24 hours, even if DynamoDB has not deleted it yet', async () => {
    const key = idempotent.newKey();
    const record = await recordOf(() => idempotent.send(key));
    await change(record, 'expiresAt', Math.floor(Date.now() / 1000) - 1);
    expect(await idempotent.send(key, text('another'))).toMatchObject({ status: 202, queued: [{}] });
    expect(await idempotent.send(key, text('another'))).toMatchObject({ status: 202, queued: [] });
  });

  it('of an instance that died counts until its time was up, and then the request is accepted', async () => {
    const key = idempotent.newKey();
    const record = await recordOf(() => idempotent.send(key));
    const Item = { ...record, data: undefined, status: 'INPROGRESS', in_progress_expiration: Date.now() + 60_000 };
    await idempotent.table.documents.send(new PutCommand({ TableName: devicesTable, Item }));
    expect(await idempotent.send(key)).toMatchObject({ status: 409, queued: [] });
    expect(await idempotent.send(key, text('another'))).toMatchObject({ status: 422, queued: [] });
    await change(record, 'in_progress_expiration', Date.now() - 1);
    expect(await idempotent.send(key)).toMatchObject({ status: 202, queued: [{}] });
    expect(await idempotent.send(key)).toMatchObject({ status: 202, queued: [] });
  });
});

describe('the header Idempotency-Key', () => {
  it.each([['x'.repeat(255)], ['a,b'], [' "8e03978e-40d5-43dd-bc93-6894a57f9324" '], ['a key ~!']])(
    'may be %j',
    async (key) => {
      expect(await idempotent.send(key)).toMatchObject({ status: 202, queued: [{}] });
      expect(await idempotent.send(key.trim())).toMatchObject({ status: 202, queued: [] });
    },
  );

  it.each([[''], [' '], ['x'.repeat(256)], ['Schlüssel'], ['a\tb'], ['\u007F']])('must not be %j', async (key) => {
    const answer = await idempotent.send(key);
    expect(answer).toMatchObject({
      status: 400,
      faults: ['Idempotency-Key: idempotency-key'],
      body: {
        detail: 'The header Idempotency-Key must have 1 to 255 printable ASCII characters: send a UUID, for example.',
      },
      queued: [],
    });
  });
});
