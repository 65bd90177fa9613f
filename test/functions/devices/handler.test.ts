import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { signatureOf } from '../../../shared/registry/signature.ts';
import { accountHash, deviceHash } from '../../../shared/push/redaction.ts';
import { deviceEvent, reported, sendToDevices, type DeviceEventOptions } from '../../support/devices.ts';
import { startRegistry, type TestRegistry } from '../../support/registry.ts';
import { maxRequestBytes } from '../../../functions/devices/problem.ts';

let test: TestRegistry;
let nowMs = 1_767_323_045_000;
beforeAll(async () => {
  test = await startRegistry(() => nowMs);
});
afterAll(() => test.stop());

const secrets = ['first-secret-of-the-tests', 'second-secret-of-the-tests'] as const;
const send = (options: DeviceEventOptions, signing: 'open' | readonly string[] = 'open') =>
  sendToDevices(test.registry, deviceEvent(options), { signing });
const devicesOf = (account: string) => test.registry.devicesOf(account);
const json = { 'content-type': 'application/json' };

describe('a report', () => {
  const { token, appId, selector } = reported;
  const values = { token, appId, selector };
  const ways: [string, (account: string) => DeviceEventOptions][] = [
    ['in the query', (account) => ({ query: { ...values, account } })],
    ['as a form', (account) => ({ body: new URLSearchParams({ ...values, account }).toString() })],
    [
      'as a form in base64',
      (account) => ({ body: Buffer.from(new URLSearchParams({ ...values, account }).toString()) }),
    ],
    [
      'as a form, with the account in the query',
      (account) => ({ query: { account }, body: String(new URLSearchParams(values)) }),
    ],
    ['as JSON', (account) => ({ headers: json, body: JSON.stringify({ ...values, account }) })],
    [
      'as JSON, with the account in both',
      (account) => ({ query: { account }, headers: json, body: JSON.stringify({ ...values, account }) }),
    ],
    [
      'as a form that is called JSON',
      (account) => ({ headers: json, body: String(new URLSearchParams({ ...values, account })) }),
    ],
    ['as JSON that is called a form', (account) => ({ body: ` ${JSON.stringify({ ...values, account })}` })],
    [
      'as JSON that is called a text',
      (account) => ({ headers: { 'content-type': 'text/plain' }, body: JSON.stringify({ ...values, account }) }),
    ],
    [
      'as a form with an empty type',
      (account) => ({ headers: { 'content-type': '' }, body: String(new URLSearchParams({ ...values, account })) }),
    ],
    [
      'as JSON with a byte order mark',
      (account) => ({ headers: json, body: `\uFEFF${JSON.stringify({ ...values, account })}` }),
    ],
    [
      'as a form with a byte order mark',
      (account) => ({ body: Buffer.from(`\uFEFF${String(new URLSearchParams({ ...values, account }))}`) }),
    ],
  ];

  it.each(ways)('registers a device: %s', async (way, optionsOf) => {
    const account = `account ${way}`;
    expect(await send(optionsOf(account))).toMatchObject({ status: 200, body: { result: 'registered' } });
    expect(await devicesOf(account)).toMatchObject([{ deviceToken: reported.token, selector: reported.selector }]);
  });

  it('may have no Content-Type, and its event no query', async () => {
    const event = deviceEvent({ body: String(new URLSearchParams({ ...reported, account: 'bare' })) });
    for (const rawQueryString of [null, undefined]) {
      expect(await sendToDevices(test.registry, { ...event, headers: {}, rawQueryString })).toMatchObject({
        status: 200,
      });
    }
    expect(await devicesOf('bare')).toHaveLength(1);
  });

  it('keeps the call pair, the platform and the version', async () => {
    const more = { callToken: 'call', callAppId: 'com.example.pushkit', platform: 'iOS', version: '6.1' };
    await send({ query: { ...reported, ...more, account: 'more' } });
    expect(await devicesOf('more')).toMatchObject([
      { call: { appId: 'com.example.pushkit', deviceToken: 'call' }, platform: 'iOS', version: '6.1' },
    ]);
  });

  it('is refused with every fault at once, and registers nothing', async () => {
    const query = `account=faulty&token=%pushToken%&appId=&callToken=x&version=%00`;
    const answer = await send({ query });
    expect(answer).toMatchObject({
      status: 400,
      headers: { 'content-type': 'application/problem+json', 'cache-control': 'no-store' },
      body: { type: 'about:blank', title: 'Bad Request', status: 400 },
      faults: ['token: placeholder', 'appId: empty', 'selector: missing'],
    });
    expect(await devicesOf('faulty')).toEqual([]);
  });

  it('registers the device without the optional values that cannot be used', async () => {
    const wrong = { callToken: 'a b', platform: { name: 'iOS' }, version: 15.2 };
    const body = JSON.stringify({ ...reported, ...wrong, account: 'optional' });
    const ignored = [
      ['callToken', 'white-space'],
      ['platform', 'nested'],
      ['version', 'number'],
    ];
    const answer = await send({ headers: json, body });
    expect(answer).toMatchObject({
      status: 200,
      body: { result: 'registered', ignored: ignored.map(([parameter, code]) => ({ parameter, code })) },
    });
    expect(answer.log).toMatchObject([{ message: 'report', ignored: ignored.map((each) => each.join(': ')) }]);
    const [device] = await devicesOf('optional');
    expect(device).toMatchObject({ deviceToken: reported.token });
    for (const name of ['call', 'platform', 'version']) expect(device).not.toHaveProperty(name);
  });

  it('is refused if a value in the query is another one in the body', async () => {
    const body = String(new URLSearchParams({ ...reported, account: 'bob' }));
    expect(await send({ query: { account: 'alice' }, body })).toMatchObject({
      status: 400,
      faults: ['account: repeated'],
    });
    expect(await devicesOf('bob')).toEqual([]);
  });

  it.each<[number, string, DeviceEventOptions]>([
    [400, 'the request: json', { query: reported, headers: json, body: '{' }],
    [400, 'the request: object', { query: reported, headers: json, body: '[{}]' }],
    [400, 'the request: object', { query: reported, headers: json, body: '[]' }],
    [
      400,
      'token: nested',
      { query: { account: 'a' }, headers: json, body: JSON.stringify({ ...reported, account: 'a', token: [] }) },
    ],
    [400, 'the request: base64', { query: reported, body: '!', isBase64Encoded: true }],
    [400, 'the request: event', { path: '/pnm2', query: reported }],
    [400, 'the request: event', { path: '/devices/report/', query: reported }],
    [405, '', { method: 'PUT', query: reported }],
    [405, '', { method: 'HEAD', query: reported }],
    [415, '', { query: reported, body: 'x', headers: { 'content-type': 'multipart/form-data; boundary=x' } }],
    [415, '', { query: reported, body: 'x', headers: { 'content-encoding': 'gzip' } }],
    [415, '', { query: reported, body: 'x', headers: { 'content-type': 'text/plain; charset=utf-16' } }],
    [413, '', { query: { ...reported, other: 'x'.repeat(maxRequestBytes) } }],
    [413, '', { query: reported, body: `other=${'x'.repeat(maxRequestBytes)}` }],
  ])('is refused with %i "%s": %j', async (status, fault, options) => {
    expect(await send(options)).toMatchObject({ status, faults: fault === '' ? [] : [fault] });
  });

  it('may be as large as the limit', async () => {
    const query = String(new URLSearchParams({ ...reported, account: 'large' }));
    const body = `other=${'x'.repeat(maxRequestBytes - query.length - 6)}`;
    expect(await send({ query, body })).toMatchObject({ status: 200 });
    expect(await send({ query, body: `${body}x` })).toMatchObject({ status: 413 });
  });
});

describe('a signed report', () => {
  const signed = (account: string, secret: string) => ({ ...reported, account, sig: signatureOf(account, secret) });

  it.each(secrets)('is taken with each of two secrets: %s', async (secret) => {
    for (const account of ['signed', 'žofie@example.com', '+420 123']) {
      expect(await send({ query: signed(account, secret) }, secrets)).toMatchObject({ status: 200 });
    }
  });

  const right = signed('victim', secrets[0]);
  it.each<[string, DeviceEventOptions, readonly string[]]>([
    ['no secret is configured', { query: right }, []],
    ['no secret is configured', { query: signed('victim', '') }, []],
    ['sig is missing', { query: { ...reported, account: 'victim' } }, secrets],
    ['sig is wrong', { query: { ...right, account: 'victim ' } }, secrets],
    ['sig is wrong', { query: { ...right, sig: right.sig.toUpperCase() } }, secrets],
    ['sig is wrong', { query: { ...right, sig: right.sig.slice(1) } }, secrets],
    ['sig is wrong', { query: { ...right, sig: '' } }, secrets],
    ['sig is wrong', { query: right }, [secrets[1]]],
    ['account is missing', { query: { sig: right.sig } }, secrets],
    ['sig is wrong', { query: { account: 'victim', token: '%pushToken%', sig: 'x' } }, secrets],
    ['sig is wrong', { query: { account: 'victim', sig: 'x' }, body: '{', headers: json }, secrets],
    ['sig is wrong', { query: { account: 'thief', sig: right.sig }, body: 'account=victim' }, secrets],
  ])('is refused with a 401 that says nothing else: %s', async (why, options, signing) => {
    for (const path of ['/devices/report', '/devices/remove']) {
      const answer = await send({ ...options, path }, signing);
      expect(answer).toMatchObject({ status: 401, log: [{ level: 'warn', reason: 'unauthorized', why }] });
      expect(answer.body).toEqual({
        ...{ type: 'about:blank', title: 'Unauthorized', status: 401 },
        detail: 'The address needs the account and its signature: account=ACCOUNT&sig=SIG.',
      });
    }
    expect(await devicesOf('victim')).toEqual([]);
  });

  it('is refused if the account in its body is not the one that is signed', async () => {
    const thief = signed('thief', secrets[0]);
    const body = new URLSearchParams({ account: 'victim' }).toString();
    expect(await send({ query: thief, body }, secrets)).toMatchObject({ status: 400, faults: ['account: repeated'] });
    expect(await devicesOf('victim')).toEqual([]);
  });
});

describe('the log', () => {
  const account = accountHash('logged');
  const device = deviceHash(reported.appId, reported.token);

  it('has a line for each report and removal, with its metrics', async () => {
    const query = { ...reported, account: 'logged' };
    const { appId } = reported;
    const line = { level: 'info', account, device, appId, Stage: 'test' };
    expect((await send({ query })).log).toMatchObject([
      { ...line, message: 'report', result: 'registered', ReportsTaken: 1, DevicesWritten: 1 },
    ]);
    const [unchanged] = (await send({ query })).log;
    expect(unchanged).toMatchObject({ ...line, message: 'report', result: 'unchanged', ReportsTaken: 1 });
    expect(unchanged).not.toHaveProperty('DevicesWritten');
    expect((await send({ query, path: '/devices/remove' })).log).toMatchObject([
      { ...line, message: 'removal', result: 'removed', devices: 1, RemovalsTaken: 1, DevicesRemoved: 1 },
    ]);
  });

  it('counts a refused report, with the codes of its faults', async () => {
    const { log } = await send({ query: { account: 'logged', token: '%pushToken%' } });
    const faults = ['token: placeholder', 'appId: missing', 'selector: missing'];
    expect(log).toMatchObject([
      { level: 'warn', message: 'report refused', status: 400, account, faults, ReportsRefused: 1 },
    ]);
  });

  it('calls a refused removal by its name, and a request that is neither a request', async () => {
    const removal = await send({ path: '/devices/remove', query: { account: 'logged' } });
    expect(removal.log).toMatchObject([{ level: 'warn', message: 'removal refused', ReportsRefused: 1 }]);
    const other = await send({ method: 'PUT', query: reported });
    expect(other.log).toMatchObject([{ level: 'warn', message: 'request refused', ReportsRefused: 1 }]);
  });

  it('never shows a token, a selector, an account or a signature', async () => {
    const query = { ...reported, account: 'logged', sig: 'x', callToken: 'dG9rZW4=', version: 'dG9rZW4=' };
    nowMs += 1;
    const answers = await Promise.all([
      send({ query }),
      send({ query: { ...query, token: 'dG9r ZW4=', appId: '' } }),
      send({ query: { ...query, dG9rZW4: '', 'logged%': 'logged' } }),
      send({ query, path: '/devices/remove' }),
      send({ query }, secrets),
    ]);
    const text = JSON.stringify(answers.map(({ log }) => log));
    for (const secret of ['dG9r', reported.selector, '"logged', '"x"']) expect(text).not.toContain(secret);
  });
});
