import fc from 'fast-check';
import { createHash } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { AcceptDependencies } from '../../../functions/accept/handler.ts';
import { parseApiKeys } from '../../../shared/api-key.ts';
import { encodeForm, type Parameter } from '../../../shared/push/form.ts';
import { encodeQueuedPush, type QueuedPush } from '../../../shared/push/queued-push.ts';
import { accountHash } from '../../../shared/push/redaction.ts';
import { sendEvent, startSqsIntake, type SqsIntake } from '../../support/accept.ts';
import { httpEvent } from '../../support/http-event.ts';
import { parametersWith, strictRules } from '../../support/pushes.ts';
import { registeredDevice, startRegistry, type TestRegistry } from '../../support/registry.ts';

const nowMs = 1_760_000_000_000;
let intake: SqsIntake;
let table: TestRegistry;
beforeAll(async () => {
  [intake, table] = await Promise.all([startSqsIntake(), startRegistry(() => nowMs)]);
  const devices = [
    registeredDevice({ deviceToken: 'token-1', selector: 'S:1' }),
    registeredDevice({ deviceToken: 'token-2', selector: 'S:2', call: { appId: 'voip', deviceToken: 'call-token' } }),
    registeredDevice({ deviceToken: 'token-3', selector: 'S:3', appId: 'com.example.other' }),
    registeredDevice({ account: 'other app', appId: 'com.example.other' }),
    registeredDevice({ account: 'gone', deviceToken: 'token-9', lastSeenMs: nowMs - 200 * 86_400_000 }),
  ];
  for (const device of devices) await table.registry.put(device, 180);
});
afterAll(() => Promise.all([intake.stop(), table.stop()]));

type Overrides = Partial<Omit<AcceptDependencies, 'log'>>;

const devicesOf: AcceptDependencies['devicesOf'] = (account, signal) => table.registry.devicesOf(account, signal);
const json = { 'content-type': 'application/json' };
const reprovision = { verb: 'NotifyReprovision', Account: 'alice' };
const send = (parameters: readonly Parameter[], overrides?: Overrides) =>
  intake.send(httpEvent({ body: encodeForm(parameters) }), { devicesOf, ...overrides });
const sendForm = (parameters: Readonly<Record<string, string>>, overrides?: Overrides) =>
  send(Object.entries(parameters), overrides);
const sendJson = (body: unknown, overrides?: Overrides, headers = {}) =>
  intake.send(httpEvent({ body: JSON.stringify(body), headers: { ...json, ...headers } }), { devicesOf, ...overrides });

const digest = createHash('sha256').update('KEY').digest('hex');
const keys = parseApiKeys(`crm:${digest}:com.example.app`);
if (!keys.ok) throw new Error(keys.faults.join());
const limited: Overrides = { access: keys.keys };
const withKey = { 'x-api-key': 'KEY' };

const parametersTo = (appId: string, at: number): readonly Parameter[] => [
  ['verb', 'NotifyTextMessage'],
  ['AppId', appId],
  ['DeviceToken', `token-${String(at)}`],
  ['Selector', `S:${String(at)}`],
  ['Badge', '3'],
];
const toAlice = [
  parametersTo('com.example.app', 1),
  parametersTo('com.example.app', 2),
  parametersTo('com.example.other', 3),
];
const sorted = (queued: readonly unknown[]) => queued.map((one) => JSON.stringify(one)).sort();

describe('a push to an account', () => {
  const push = { verb: 'NotifyTextMessage', Account: 'alice', Badge: '3' };

  it.each([
    ['a form', () => sendForm(push)],
    ['JSON', () => sendJson({ ...push, Badge: 3 })],
  ])('goes to each device, with the values of the registry where Account was: %s', async (_how, sendIt) => {
    const { status, body, queued, log } = await sendIt();
    const ids = [expect.any(String), expect.any(String), expect.any(String)] as unknown[];
    expect({ status, body }).toEqual({ status: 202, body: { code: 200, response: 'Accepted', ids } });
    expect(sorted(queued)).toEqual(sorted(toAlice));
    expect(log.map((line) => JSON.parse(line) as unknown)).toMatchObject([{ Accepted: 3 }]);
  });

  it('goes only to the devices of the apps of its API key', async () => {
    const { body, queued } = await sendJson(push, limited, withKey);
    expect(sorted(queued)).toEqual(sorted(toAlice.slice(0, 2)));
    expect(body).toMatchObject({ ids: [expect.any(String), expect.any(String)] });
    expect(await sendJson({ ...push, Account: 'other app' }, limited, withKey)).toMatchObject({ status: 404 });
  });

  it('has the time to live and the client of any push', async () => {
    const queued: QueuedPush[] = [];
    const enqueueBatch: AcceptDependencies['enqueueBatch'] = (pushes) => {
      queued.push(...pushes);
      return Promise.resolve({ ids: new Map(pushes.map((one, at) => [one, String(at)])) });
    };
    const now = () => nowMs;
    await sendJson(push, { ...limited, enqueueBatch, now }, { ...withKey, ttl: '60' });
    const envelope = { acceptedAt: new Date(nowMs), expiresAt: new Date(nowMs + 60_000), client: 'crm' };
    expect(queued).toMatchObject([envelope, envelope]);
  });

  it.each([
    ['no Selector with any verb', { ...strictRules, selectorRequired: false }],
    ['forms', { ...strictRules, gatewayFormat: 'form' }],
    ['JSON', { ...strictRules, gatewayFormat: 'json' }],
  ] as const)('has a Selector with each verb for a gateway that wants %s', async (_what, rules) => {
    for (const verb of ['NotifyTextMessage', 'NotifyReprovision', 'NotifyGenericTextMessage']) {
      const { status, queued } = await sendForm({ verb, Message: 'Hi', Account: 'alice' }, { rules });
      expect(status).toBe(202);
      const names = ['verb', 'Message', 'AppId', 'DeviceToken', 'Selector'];
      expect(queued.map((one) => (typeof one === 'string' ? one : one.map(([name]) => name)))).toEqual([
        names,
        names,
        names,
      ]);
    }
  });

  it.each([
    ['is unknown', 'nobody'],
    ['has only devices that did not report for long', 'gone'],
    ['begins like a record of an answer', '#idempotency#alice'],
  ])('is answered with 404 if the account %s', async (_what, Account) => {
    const { status, body, queued, log } = await sendForm({ ...reprovision, Account });
    expect({ status, queued }).toEqual({ status: 404, queued: [] });
    expect(body).toMatchObject({
      title: 'Not Found',
      code: 404,
      response: expect.stringMatching(/^No device/) as unknown,
    });
    const subject = { verb: 'NotifyReprovision', account: accountHash(Account) };
    const line = { level: 'warn', reason: 'no-devices', ...subject, RefusedNoDevices: 1 };
    expect(log.map((one) => JSON.parse(one) as unknown)).toMatchObject([line]);
    expect(log.join()).not.toContain(Account);
  });
});

describe('a push to an account with faults', () => {
  const asked: string[] = [];
  const counting: Overrides = { devicesOf: (account) => (asked.push(account), Promise.resolve([])) };

  it.each<[what: string, parameters: Readonly<Record<string, unknown>>, faults: readonly string[]]>([
    ['an unknown verb', { ...reprovision, verb: 'x' }, ['verb: unknown']],
    ['no verb', { Account: 'alice' }, ['verb: missing']],
    ['no Message', { ...reprovision, verb: 'NotifyGenericTextMessage' }, ['Message: missing']],
    ['an AppId', { ...reprovision, AppId: 'a' }, ['AppId: conflict']],
    ['a DeviceToken', { ...reprovision, DeviceToken: 'a b' }, ['DeviceToken: conflict']],
    ['a Selector', { ...reprovision, Selector: '' }, ['Selector: conflict']],
    ['a misspelt AppId', { ...reprovision, appid: 'a' }, ['appid: misspelt']],
    ['an empty Account', { ...reprovision, Account: '' }, ['Account: empty']],
    ['a long Account', { ...reprovision, Account: 'a'.repeat(257) }, ['Account: too-long']],
    ['an Account that is a list', { ...reprovision, Account: [] }, ['Account: nested']],
    ['a misspelt Account besides', { ...reprovision, account: 'a' }, ['account: misspelt']],
    [
      'several',
      { Account: '', AppId: 'a', appid: 'a' },
      ['Account: empty', 'AppId: conflict', 'appid: misspelt', 'verb: missing'],
    ],
  ])('is refused before the registry is read: %s', async (_what, parameters, faults) => {
    expect(await sendJson(parameters, counting)).toMatchObject({ status: 400, faults, queued: [] });
    expect(asked).toEqual([]);
  });

  it('is refused if a form has Account twice, or not decoded', async () => {
    const twice: Parameter[] = [
      ['verb', 'NotifyReprovision'],
      ['Account', 'a'],
      ['Account', 'a'],
    ];
    expect(await send(twice, counting)).toMatchObject({ status: 400, faults: ['Account: repeated'] });
    const body = 'verb=NotifyReprovision&Account=%a';
    expect(await intake.send(httpEvent({ body }), counting)).toMatchObject({ faults: ['Account: percent-encoding'] });
  });

  it('names the parameter, the code and the hash of the account in the log, and nothing that was sent', async () => {
    const Account = 'SECRET'.repeat(50);
    const { log } = await sendForm({ ...reprovision, Account, DeviceToken: 'TOKEN' }, counting);
    const faults = ['Account: too-long', 'DeviceToken: conflict'];
    expect(JSON.parse(log[0] ?? '')).toMatchObject({ faults, account: accountHash(Account) });
    expect(log.join()).not.toMatch(/SECRET|TOKEN/);
  });
});

describe('a push without Account', () => {
  it('may have a parameter account, which the gateway gets', async () => {
    const parameters = parametersWith({ account: 'alice' });
    expect(await send(parameters)).toMatchObject({ status: 202, queued: [parameters] });
  });

  it('and without a device has the fault that account may be misspelt', async () => {
    const faults = ['account: misspelt', 'AppId: missing', 'DeviceToken: missing'];
    expect(await sendForm({ verb: 'NotifyReprovision', account: 'alice' })).toMatchObject({ status: 400, faults });
    const withAppId = { verb: 'NotifyReprovision', account: 'alice', AppId: 'a' };
    expect(await sendForm(withAppId)).toMatchObject({ faults: ['DeviceToken: missing'] });
  });

  it('makes the message that it always made, byte for byte, and asks no table', async () => {
    const name = fc.string({ unit: 'grapheme', minLength: 1, maxLength: 12 });
    const others = fc.uniqueArray(
      fc.tuple(fc.oneof(name, fc.constantFrom('account', 'ACCOUNT', 'Accounts', 'Badge')), fc.string()),
      { selector: ([one]) => one.toLowerCase(), maxLength: 6 },
    );
    let sent: string[] = [];
    const enqueue: AcceptDependencies['enqueue'] = (queued) => {
      sent.push(encodeQueuedPush(queued));
      return Promise.resolve('id');
    };
    const refusing: Overrides = {
      enqueue,
      now: () => nowMs,
      devicesOf: () => Promise.reject(new Error('the table was asked')),
      enqueueBatch: () => Promise.reject(new Error('not a batch')),
    };
    await fc.assert(
      fc.asyncProperty(others, async (more) => {
        sent = [];
        const parameters = [...parametersWith(), ...more];
        const { status, faults } = await sendEvent(httpEvent({ body: encodeForm(parameters) }), refusing);
        if (status === 400) {
          // Some names and values have faults, as they always had.
          expect(faults.join()).toMatch(/character|too-long|misspelt/);
          return;
        }
        const message = JSON.stringify({ version: 2, acceptedAt: new Date(nowMs), parameters });
        expect(sent.map((one) => JSON.stringify(JSON.parse(one)))).toEqual([message]);
      }),
    );
  });
});
