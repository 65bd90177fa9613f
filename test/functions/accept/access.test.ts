import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { createAccept, type AcceptDependencies } from '../../../functions/accept/handler.ts';
import { parseApiKeys } from '../../../shared/api-key.ts';
import { encodeForm } from '../../../shared/push/form.ts';
import { acceptDependencies } from '../../support/accept.ts';
import { lambdaContext } from '../../support/context.ts';
import { httpEvent, type HttpEventOptions } from '../../support/http-event.ts';
import { recordingLog } from '../../support/log.ts';
import { parametersWith } from '../../support/pushes.ts';

const digest = (key: string) => createHash('sha256').update(key).digest('hex');
const reading = parseApiKeys(`all:${digest('KEY-OF-ALL')};one:${digest('KEY-OF-ONE')}:com.example.softphone`);
if (!reading.ok) throw new Error(reading.faults.join());
const { keys } = reading;

async function send(options: HttpEventOptions, access: AcceptDependencies['access'] = { kind: 'keys', keys }) {
  const log = recordingLog();
  const accept = createAccept(acceptDependencies(() => Promise.resolve('id'), { access, log }));
  const { statusCode, headers, body } = await accept(httpEvent(options), lambdaContext());
  const told: unknown = JSON.parse(body ?? 'null');
  return { status: statusCode, headers, body: told, log: log.lines };
}

const form = encodeForm(parametersWith());
const foreignForm = encodeForm(parametersWith({ AppId: 'com.example.other' }));
const basic = (pair: string) => ({ authorization: `Basic ${Buffer.from(pair).toString('base64')}` });

describe('the door with keys', () => {
  it.each<Readonly<Record<string, string>>>([
    { 'x-api-key': 'KEY-OF-ALL' },
    { 'x-api-key': ' KEY-OF-ALL ' },
    { authorization: 'Bearer KEY-OF-ALL' },
    { authorization: 'bearer  KEY-OF-ALL' },
    basic('all:KEY-OF-ALL'),
    { 'x-api-key': 'KEY-OF-ONE' },
    { 'x-api-key': 'wrong', authorization: 'Bearer KEY-OF-ALL' },
  ])('lets %j in', async (headers) => {
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
    { authorization: 'Basic !!!' },
    { authorization: 'Digest KEY-OF-ALL' },
    basic('KEY-OF-ALL'),
    basic('one:KEY-OF-ALL'),
    basic('all:'),
  ])('does not let %j in, and says how to come', async (headers) => {
    const { status, headers: answered, body } = await send({ body: form, headers });
    expect({ status, body }).toMatchObject({ status: 401, body: { title: 'Unauthorized', status: 401 } });
    expect(answered?.['www-authenticate']).toMatch(/^Basic realm="pnm2-relay".*, Bearer /);
  });

  it.each([
    { method: 'GET' },
    { body: 'verb=Nope' },
    { body: '{}', headers: { 'content-type': 'application/json' } },
    { body: 'x'.repeat(100_000) },
    { body: 'not base64', isBase64Encoded: true },
  ])('tells nothing about the request %j before the key is good', async (options) => {
    const { status, body } = await send(options);
    expect(status).toBe(401);
    expect(body).not.toHaveProperty('faults');
  });

  it('refuses an app that the key may not push to', async () => {
    const { status, body } = await send({ body: foreignForm, headers: { 'x-api-key': 'KEY-OF-ONE' } });
    expect(status).toBe(403);
    expect(body).toMatchObject({ title: 'Forbidden', faults: [{ parameter: 'AppId', code: 'forbidden' }] });
    expect(await send({ body: foreignForm, headers: { 'x-api-key': 'KEY-OF-ALL' } })).toMatchObject({ status: 202 });
  });

  it('refuses every push where no key is configured, and says why in its log', async () => {
    const { status, log } = await send({ body: form, headers: { 'x-api-key': '' } }, { kind: 'keys', keys: [] });
    expect(status).toBe(401);
    expect(log.join()).toContain('no API key is configured');
  });

  it('is open to everybody where it is meant to be', async () => {
    expect(await send({ body: form }, { kind: 'open' })).toMatchObject({ status: 202 });
  });
});

describe('the log of a refusal', () => {
  const logged = async (...parameters: Parameters<typeof send>) =>
    JSON.parse((await send(...parameters)).log[0] ?? '{}') as Record<string, unknown>;
  const headers = { 'x-api-key': 'KEY-OF-ALL' };

  it('tells whose key it was, whatever was wrong', async () => {
    const json = { ...headers, 'content-type': 'application/json' };
    expect(await logged({ body: form, headers: json })).toMatchObject({ status: 415, key: 'all' });
    expect(await logged({ body: form, headers, method: 'GET' })).toMatchObject({ status: 405, key: 'all' });
    expect(await logged({ body: form.repeat(2000), headers })).toMatchObject({ status: 413, key: 'all' });
    expect(await logged({ body: '', headers })).toMatchObject({ status: 400, key: 'all' });
  });

  it('tells of bad parameters the known verb, the app and the device', async () => {
    const sent = { verb: 'NotifyTextMessage', AppId: 'com.example.app', DeviceToken: 't' };
    const body = new URLSearchParams(sent).toString();
    const known = { appId: 'com.example.app', device: expect.stringMatching(/^[\da-f]{12}$/) as string };
    expect(await logged({ body, headers })).toMatchObject({ status: 400, verb: sent.verb, ...known });
    const odd = await logged({ body: body.replace(sent.verb, 'Verb'), headers });
    expect(odd).toMatchObject(known);
    expect(odd).not.toHaveProperty('verb');
  });

  it('tells a missing key from a wrong one', async () => {
    expect(await logged({ body: form })).toMatchObject({ status: 401, why: 'no API key was sent' });
    expect(await logged({ body: form, headers: { 'x-api-key': 'wrong' } })).toMatchObject({
      status: 401,
      why: 'the API key is not one of those configured',
    });
  });
});
