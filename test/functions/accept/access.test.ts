import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import type { AcceptDependencies } from '../../../functions/accept/handler.ts';
import { parseApiKeys } from '../../../shared/api-key.ts';
import { encodeForm } from '../../../shared/push/form.ts';
import { sendEvent } from '../../support/accept.ts';
import { httpEvent, type HttpEventOptions } from '../../support/http-event.ts';
import { parametersWith } from '../../support/pushes.ts';

const digest = (key: string) => createHash('sha256').update(key).digest('hex');
const entries = [
  `all:${digest('KEY-OF-ALL')}`,
  `one:${digest('KEY-OF-ONE')}:com.example.softphone`,
  `a:${digest('KEY-OF-A')}`,
  `KEY-WITHOUT-COLO:${digest('KEY-WITHOUT-COLON')}`,
];
const reading = parseApiKeys(entries.join(';'));
if (!reading.ok) throw new Error(reading.faults.join());
const withKeys = { access: reading.keys } as const;

const send = (options: HttpEventOptions, overrides: Partial<AcceptDependencies> = withKeys) =>
  sendEvent(httpEvent(options), overrides);

const form = encodeForm(parametersWith());
const foreignForm = encodeForm(parametersWith({ AppId: 'com.example.other' }));
const basic = (pair: string) => ({ authorization: `Basic ${Buffer.from(pair).toString('base64')}` });

describe('an intake with API keys', () => {
  it.each<Readonly<Record<string, string>>>([
    { 'x-api-key': 'KEY-OF-ALL' },
    { 'x-api-key': ' KEY-OF-ALL ' },
    { authorization: 'Bearer KEY-OF-ALL' },
    { authorization: 'bearer  KEY-OF-ALL' },
    { authorization: ' Bearer KEY-OF-ALL ' },
    basic('all:KEY-OF-ALL'),
    basic('a:KEY-OF-A'),
    { 'x-api-key': 'KEY-OF-ONE' },
    { 'x-api-key': 'wrong', authorization: 'Bearer KEY-OF-ALL' },
  ])('accepts a push with %j', async (headers) => {
    expect(await send({ body: form, headers })).toMatchObject({ status: 202 });
  });

  it.each<Readonly<Record<string, string>>>([
    {},
    { 'x-api-key': '' },
    { 'x-api-key': 'wrong' },
    { 'x-api-key': digest('KEY-OF-ALL') },
    { 'x-api-key': 'KEY-OF-ALL,KEY-OF-ALL' },
    { authorization: 'KEY-OF-ALL' },
    { authorization: 'Bearer' },
    { authorization: 'Bearer wrong' },
    { authorization: 'Bearer KEY-OF-ALL more' },
    { authorization: 'x Bearer KEY-OF-ALL' },
    { authorization: 'Basic !!!' },
    { authorization: 'Digest KEY-OF-ALL' },
    { authorization: `Basic ${Buffer.from('all:KEY-OF-ALL').toString('base64')} more` },
    basic('KEY-OF-ALL'),
    basic('one:KEY-OF-ALL'),
    basic('all:'),
    basic('KEY-WITHOUT-COLON'),
  ])('refuses a push with %j and asks for a key', async (headers) => {
    const { status, headers: answered, body } = await send({ body: form, headers });
    expect({ status, body }).toMatchObject({
      status: 401,
      body: {
        title: 'Unauthorized',
        status: 401,
        detail:
          'An API key is required: in X-Api-Key, in Authorization: Bearer, or with HTTP Basic (user: the name of the key, password: the key).',
      },
    });
    expect(answered['www-authenticate']).toBe('Basic realm="pnm2-relay", charset="UTF-8", Bearer realm="pnm2-relay"');
  });

  it.each<[what: string, options: HttpEventOptions]>([
    ['wrong method', { method: 'GET' }],
    ['unknown verb', { body: 'verb=Nope' }],
    ['wrong content type', { body: '{}', headers: { 'content-type': 'application/json' } }],
    ['too large body', { body: 'x'.repeat(100_000) }],
    ['wrong base64', { body: 'not base64', isBase64Encoded: true }],
  ])('reports nothing else about a request without a valid key: %s', async (_what, options) => {
    const { status, body } = await send(options);
    expect(status).toBe(401);
    expect(body).not.toHaveProperty('faults');
  });

  it('refuses a push to an app that the key is not allowed to push to', async () => {
    const { status, body } = await send({ body: foreignForm, headers: { 'x-api-key': 'KEY-OF-ONE' } });
    expect(status).toBe(403);
    expect(body).toMatchObject({
      title: 'Forbidden',
      detail: 'The API key one is not allowed to push to com.example.other.',
      faults: [{ parameter: 'AppId', code: 'forbidden', detail: 'This API key is not allowed to push to this app.' }],
    });
    expect(await send({ body: foreignForm, headers: { 'x-api-key': 'KEY-OF-ALL' } })).toMatchObject({ status: 202 });
  });

  it('refuses every push if no key is configured, and says so in its log', async () => {
    const headers = { 'x-api-key': 'KEY-OF-ALL' };
    const { status, log } = await send({ body: form, headers }, { access: [] });
    expect(status).toBe(401);
    expect(log.join()).toContain('no API key is configured, so every push is refused: create one with `npm run key`');
  });
});

describe('an open intake', () => {
  it('accepts a push without a key', async () => {
    expect(await send({ body: form }, { access: 'open' })).toMatchObject({ status: 202 });
  });

  it('logs no key', async () => {
    const { log } = await send({ body: '' }, { access: 'open' });
    expect(JSON.parse(log[0] ?? '{}')).not.toHaveProperty('key');
  });
});

describe('the log of a refused push', () => {
  const logged = async (...parameters: Parameters<typeof send>) => {
    const { log } = await send(...parameters);
    expect(log).toHaveLength(1);
    return JSON.parse(log[0] ?? '{}') as Record<string, unknown>;
  };
  const headers = { 'x-api-key': 'KEY-OF-ALL' };

  it.each<[name: string, options: HttpEventOptions, expected: Readonly<Record<string, unknown>>]>([
    ['wrong content type', { body: form, headers: { 'content-type': 'text/plain' } }, { status: 415 }],
    ['wrong method', { body: form, method: 'GET' }, { status: 405 }],
    ['large body', { body: form.repeat(2000) }, { status: 413 }],
    ['missing parameters', { body: '' }, { status: 400 }],
  ])('names the key of the client: %s', async (_name, options, expected) => {
    const line = await logged({ ...options, headers: { ...headers, ...options.headers } });
    expect(line).toMatchObject({ ...expected, key: 'all', level: 'warn' });
  });

  it('names the key if the queue does not take the push', async () => {
    const enqueue = () => Promise.reject(new Error('throttled'));
    const line = await logged({ body: form, headers }, { ...withKeys, enqueue });
    expect(line).toMatchObject({ status: 503, key: 'all', level: 'error', appId: 'com.example.softphone' });
    expect(line['error']).toEqual({ name: 'Error', message: 'throttled' });
  });

  it('names the key and the place of a bug, but not what the bug quotes', async () => {
    const rules = {
      selectorRequired: true,
      get extraVerbs(): string[] {
        throw new TypeError('quoted secret');
      },
    };
    const line = await logged({ body: form, headers }, { ...withKeys, rules });
    expect(line).toMatchObject({ status: 500, key: 'all', level: 'error', error: { name: 'TypeError' } });
    expect(JSON.stringify(line)).not.toContain('secret');
  });

  it('contains the known verb, the app and the device of invalid parameters', async () => {
    const sent = { verb: 'NotifyTextMessage', AppId: 'com.example.app', DeviceToken: 't' };
    const body = new URLSearchParams(sent).toString();
    const known = { appId: 'com.example.app', device: expect.stringMatching(/^[\da-f]{12}$/) as string };
    expect(await logged({ body, headers })).toMatchObject({ status: 400, verb: sent.verb, ...known });
    const odd = await logged({ body: body.replace(sent.verb, 'Verb'), headers });
    expect(odd).toMatchObject(known);
    expect(odd).not.toHaveProperty('verb');
  });

  it('contains the codes of the faults, and the names of documented parameters only', async () => {
    const line = await logged({ body: 'verb=Nope&AppId=a&DeviceToken=t&secret=%zz', headers });
    expect(line).toMatchObject({ reason: 'invalid-parameters', faults: ['percent-encoding', 'verb: unknown'] });
  });

  it('contains the app and the device of a push that its key is not allowed to send', async () => {
    expect(await logged({ body: foreignForm, headers: { 'x-api-key': 'KEY-OF-ONE' } })).toMatchObject({
      status: 403,
      reason: 'forbidden',
      key: 'one',
      appId: 'com.example.other',
      device: expect.stringMatching(/^[\da-f]{12}$/) as string,
    });
  });

  it('distinguishes a missing key from a wrong one', async () => {
    expect(await logged({ body: form })).toMatchObject({ status: 401, why: 'no API key was sent' });
    expect(await logged({ body: form, headers: { 'x-api-key': 'wrong' } })).toMatchObject({
      status: 401,
      why: 'the API key is not one of those configured',
    });
  });
});
