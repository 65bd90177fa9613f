import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { signatureOf } from '../../shared/registry/signature.ts';
import { deviceHash } from '../../shared/push/redaction.ts';
import { cli } from '../support/cli.ts';
import { startStack, type Stack } from '../support/stack.ts';

const device = { token: 'dG9r+ZW4/eA==', appId: 'com.example.app', selector: '12869E0E:7C3A0D14' };
const secret = 'secret-of-the-local-stack';

let stack: Stack;
/** What is sent to the registry, in the address or in the body. */
const send = (path: string, query: string, init: RequestInit = {}) =>
  fetch(new URL(`/devices/${path}?${query}`, stack.pushUrl), init);
const queryOf = (values: Record<string, string>) => new URLSearchParams(values).toString();
const answerOf = async (response: Response) => ({ status: response.status, body: await response.json() });

/** The tokens that are registered for an account. */
async function tokensOf(account: string): Promise<string[]> {
  const words = ['registry', 'show', '--local', '--json', '--reveal', '--account', account];
  const { exitCode, stdout } = await cli(words, { environment: { AWS_PORT: String(stack.awsPort) } });
  if (exitCode !== 0) return [];
  const { devices } = JSON.parse(stdout) as { readonly devices: readonly { readonly deviceToken: string }[] };
  return devices.map(({ deviceToken }) => deviceToken);
}

describe('the registry of the local stack', () => {
  beforeAll(async () => {
    stack = await startStack();
  });
  afterAll(() => stack.interrupt());

  it('prints its address, and that it is open', () => {
    const { origin } = new URL(stack.pushUrl);
    expect(stack.lines).toContain(`  devices   ${origin}/devices/report (open: REPORT_SECRET is not set)`);
  });

  it('gives the CLI its address, at which an account can report', async () => {
    const environment = { AWS_PORT: String(stack.awsPort), REPORT_SECRET: secret };
    const { stdout } = await cli(['registry', 'sign', '--local', '--account', 'signed'], { environment });
    const response = await fetch(`${stdout.trim()}&${queryOf(device)}`);
    expect(await answerOf(response)).toEqual({ status: 200, body: { result: 'registered' } });
  });

  it.each<[string, (account: string) => Promise<Response>]>([
    ['a GET', (account) => send('report', queryOf({ ...device, account }))],
    ['a form', (account) => send('report', '', { method: 'POST', body: new URLSearchParams({ ...device, account }) })],
    [
      'a form whose account is in the address',
      (account) => send('report', queryOf({ account }), { method: 'POST', body: new URLSearchParams(device) }),
    ],
    [
      'JSON',
      (account) =>
        send('report', '', {
          method: 'POST',
          headers: { 'content-type': 'application/json' },
          body: JSON.stringify({ ...device, account }),
        }),
    ],
    [
      'a form without Content-Type',
      (account) => send('report', queryOf({ account }), { method: 'POST', body: Buffer.from(queryOf(device)) }),
    ],
  ])('takes a report as %s, and prints a line for it', async (way, sendReport) => {
    const account = `žofie (${way})`;
    expect(await answerOf(await sendReport(account))).toEqual({ status: 200, body: { result: 'registered' } });
    expect(await answerOf(await sendReport(account))).toEqual({ status: 200, body: { result: 'unchanged' } });
    expect(await tokensOf(account)).toEqual([device.token]);
    const hash = deviceHash(device.appId, device.token);
    await expect.poll(() => stack.lines.join('\n')).toMatch(new RegExp(`report +result unchanged .*device ${hash}`));
    expect(stack.lines.join('\n')).not.toContain(device.token);
  });

  it.each(['%pushToken%', '%account[username]%', '%deviceid%', ''])(
    'refuses a token that the app has not filled in, in the address and in a form: "%s"',
    async (token) => {
      const values = `account=late&token=${token}&appId=com.example.app&selector=%selector%`;
      const headers = { 'content-type': 'application/x-www-form-urlencoded' };
      for (const response of [
        await send('report', values),
        await send('report', '', { method: 'POST', headers, body: values }),
      ]) {
        expect(await answerOf(response)).toMatchObject({
          status: 400,
          body: {
            faults: [
              { parameter: 'token', code: token === '' ? 'empty' : 'placeholder' },
              { parameter: 'selector', code: 'placeholder' },
            ],
          },
        });
      }
      expect(await tokensOf('late')).toEqual([]);
    },
  );

  it('removes a device, and all devices with a selector', async () => {
    const report = (token: string) => send('report', queryOf({ ...device, account: 'leaving', token }));
    for (const token of ['one', 'two', 'three']) await report(token);
    const one = await send('remove', queryOf({ ...device, account: 'leaving', token: 'one' }));
    expect(await answerOf(one)).toEqual({ status: 200, body: { result: 'removed', devices: 1 } });
    expect((await tokensOf('leaving')).sort()).toEqual(['three', 'two']);
    const others = await send('remove', `account=leaving&token=%pushToken%&selector=${device.selector}`);
    expect(await answerOf(others)).toEqual({ status: 200, body: { result: 'removed', devices: 2 } });
    expect(await tokensOf('leaving')).toEqual([]);
    await report('one');
    expect(await tokensOf('leaving')).toEqual(['one']);
  });

  it('refuses other methods, and what is too large', async () => {
    const query = queryOf({ ...device, account: 'odd' });
    const put = await send('report', query, { method: 'PUT', body: '' });
    expect({ status: put.status, allow: put.headers.get('allow') }).toEqual({ status: 405, allow: 'GET, POST' });
    const large = await send('report', query, { method: 'POST', body: new URLSearchParams({ x: 'x'.repeat(20_000) }) });
    expect(large.status).toBe(413);
    expect(await tokensOf('odd')).toEqual([]);
  });
});

describe('the registry of the local stack with REPORT_SECRET', () => {
  beforeAll(async () => {
    stack = await startStack({ REPORT_SECRET: secret });
  });
  afterAll(() => stack.interrupt());

  it('says that reports must be signed, and does not print the secret', () => {
    const { origin } = new URL(stack.pushUrl);
    expect(stack.lines).toContain(`  devices   ${origin}/devices/report (signed with REPORT_SECRET)`);
    expect(stack.lines.join('\n')).not.toContain(secret);
  });

  it('takes a report with the signature of its account alone', async () => {
    const sig = signatureOf('alice', secret);
    const values = { ...device, account: 'alice' };
    for (const refused of [
      values,
      { ...values, sig: 'x' },
      { ...values, account: 'bob', sig },
      { ...values, account: '', sig },
    ]) {
      expect((await send('report', queryOf(refused))).status).toBe(401);
      expect((await send('remove', queryOf(refused))).status).toBe(401);
    }
    expect(await tokensOf('bob')).toEqual([]);
    expect((await send('report', queryOf({ ...values, sig }))).status).toBe(200);
    expect(await tokensOf('alice')).toEqual([device.token]);
    const signedAddress = queryOf({ account: 'alice', sig });
    const removal = await send('remove', signedAddress, { method: 'POST', body: new URLSearchParams(device) });
    expect(await answerOf(removal)).toEqual({ status: 200, body: { result: 'removed', devices: 1 } });
    expect(await tokensOf('alice')).toEqual([]);
  });

  it('prints why a report is refused', async () => {
    await send('report', queryOf({ ...device, account: 'carol', sig: 'x' }));
    await expect
      .poll(() => stack.lines.join('\n'))
      .toMatch(/warn +report refused .*reason unauthorized .*sig is wrong/);
  });
});
