import { afterAll, afterEach, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import type { ShownPhone, ShownPhones } from '../../../../local/sandbox/api.ts';
import type { Sandbox } from '../../../../local/sandbox/sandbox.ts';
import { startDevicesServer } from '../../../support/devices-server.ts';
import { startRegistry, type TestRegistry } from '../../../support/registry.ts';
import { startLoneSandbox } from '../../../support/sandbox.ts';

const secret = 'a-secret-of-twenty-characters';
let registry: TestRegistry;
let devices: Awaited<ReturnType<typeof startDevicesServer>>;
let sandbox: Sandbox;
beforeAll(async () => {
  registry = await startRegistry();
  devices = await startDevicesServer(registry.registry, secret);
  sandbox = await startLoneSandbox({ devicesUrl: devices.devicesUrl, secret });
});
afterAll(() => Promise.all([sandbox.stop(), devices.stop(), registry.stop()]));
afterEach(() => call('DELETE', '/phones'));

async function call(method: string, path: string, body?: unknown) {
  const url = `http://127.0.0.1:${String(sandbox.port)}${path}`;
  const response = await fetch(url, { method, ...(body !== undefined && { body: JSON.stringify(body) }) });
  const text = await response.text();
  return { status: response.status, body: (text === '' ? undefined : JSON.parse(text)) as unknown };
}
const phones = async () => ((await call('GET', '/phones')).body as ShownPhones).phones;
const add = async (body: unknown) => (await call('POST', '/phones', body)).body as ShownPhone;
const registered = (account: string) => registry.registry.devicesOf(account);
const pushTo = async ({ appId, deviceToken }: ShownPhone) => {
  const body = new URLSearchParams({ verb: 'NotifyReprovision', AppId: appId, DeviceToken: deviceToken });
  return (await fetch(sandbox.gatewayUrl, { method: 'POST', body })).json().catch(() => 'OK');
};

describe('the phones in the API of the sandbox', () => {
  it('adds a phone that reports its device, with made-up values and a signature', async () => {
    const { status, body } = await call('POST', '/phones', { account: 'alice' });
    expect({ status, body }).toMatchObject({
      status: 201,
      body: {
        appId: 'com.example.softphone',
        deviceToken: expect.stringMatching(/^[0-9A-Za-z]{22}$/) as string,
        account: {
          account: 'alice',
          selector: expect.stringMatching(/^[0-9A-F]{40}:[0-9A-F]{8}$/) as string,
          isLoggedIn: true,
          answer: { to: 'report', status: 200, body: '{"result":"registered"}' },
        },
      },
    });
    expect(await phones()).toEqual([body]);
    const { appId, deviceToken, account } = body as ShownPhone;
    expect(await registered('alice')).toMatchObject([{ appId, deviceToken, selector: account?.selector }]);
  });

  it('takes the values that are given', async () => {
    const values = { account: 'bob', selector: 'B:1', appId: 'app', deviceToken: 'tok+en/=' };
    await add(values);
    expect(await registered('bob')).toMatchObject([values]);
  });

  it('restarts a phone, which reports again, and logs it out, which removes its device', async () => {
    const { id } = await add({ account: 'carol' });
    expect((await call('POST', `/phones/${id}/restart`)).body).toMatchObject({
      account: { isLoggedIn: true, answer: { to: 'report', body: '{"result":"unchanged"}' } },
    });
    expect((await call('POST', `/phones/${id}/log-out`)).body).toMatchObject({
      account: { isLoggedIn: false, answer: { to: 'removal', body: '{"result":"removed","devices":1}' } },
    });
    expect(await registered('carol')).toEqual([]);
    expect(await call('POST', `/phones/${id}/restart`)).toMatchObject({
      status: 409,
      body: { error: expect.stringMatching(/^The phone has no account: /) as string },
    });
  });

  it('adds a phone without an account, which reports nothing', async () => {
    const before = devices.answers.length;
    await add({ appId: 'app', deviceToken: 'alone' });
    expect(await phones()).toMatchObject([{ appId: 'app', deviceToken: 'alone' }]);
    expect(devices.answers).toHaveLength(before);
  });

  it('lets the gateway call a device unregistered that is marked dead, and no longer', async () => {
    const phone = await add({ appId: 'app', deviceToken: 'fail-500' });
    expect(await call('PUT', `/phones/${phone.id}`, { isDead: true })).toMatchObject({ status: 200 });
    expect(await pushTo(phone)).toMatchObject({ code: 404 });
    expect(await phones()).toMatchObject([{ isDead: true, isMarkedDead: true, lastAttempt: { status: 404 } }]);
    await call('PUT', `/phones/${phone.id}`, { isDead: false });
    await pushTo(phone);
    expect(await phones()).toMatchObject([{ isDead: false, isMarkedDead: false, lastAttempt: { status: 500 } }]);
  });

  it('marks no phone dead if pushes go to another gateway, which is not told', async () => {
    const elsewhere = await startLoneSandbox(undefined, { isSandboxed: false });
    onTestFinished(elsewhere.stop);
    const added = await fetch(`${elsewhere.sandboxUrl}/phones`, { method: 'POST', body: '{}' });
    const { id } = (await added.json()) as ShownPhone;
    const url = `${elsewhere.sandboxUrl}/phones/${id}`;
    const answer = await fetch(url, { method: 'PUT', body: '{"isDead":true}' });
    expect({ status: answer.status, body: await answer.json() }).toEqual({
      status: 409,
      body: { error: expect.stringMatching(/^PNM2_URL is set, .*Start without it to mark a phone dead\.$/) as string },
    });
  });

  it('shows a device as a phone when the gateway gets a push for it, and forgets it', async () => {
    await fetch(sandbox.gatewayUrl, {
      method: 'POST',
      body: new URLSearchParams({
        ...{ verb: 'NotifyGenericTextMessage', AppId: 'app', DeviceToken: 'new', Message: '<b>שלום</b> 👋' },
      }),
    });
    const [phone] = await phones();
    expect(phone).toMatchObject({ deviceToken: 'new', notifications: [{ text: '<b>שלום</b> 👋' }] });
    expect((await call('DELETE', `/phones/${phone?.id ?? ''}`)).status).toBe(204);
    expect(await phones()).toEqual([]);
  });

  it('says what the registry has refused, and adds no phone', async () => {
    const error = /^The registry refused the report with 400: token contains white space: [^{]*\.$/;
    expect(await call('POST', '/phones', { account: 'x', deviceToken: 'a b' })).toEqual({
      status: 400,
      body: { error: expect.stringMatching(error) as string },
    });
    expect(await phones()).toEqual([]);
  });

  it('says that the registry does not answer', async () => {
    const alone = await startLoneSandbox();
    try {
      const url = `http://127.0.0.1:${String(alone.port)}/phones`;
      const response = await fetch(url, { method: 'POST', body: '{"account":"alice"}' });
      expect(response.status).toBe(502);
      expect(await response.text()).toMatch(/The registry does not answer \(.*\): is the local stack ready\?/);
    } finally {
      await alone.stop();
    }
  });

  it.each([
    ['POST', '/phones', { token: 'x' }, /^token is unknown: use account, selector, appId, deviceToken\.$/],
    ['POST', '/phones', { 'a.b': 1 }, /^a\.b is unknown: use account, selector, appId, deviceToken\.$/],
    ['POST', '/phones', { account: '' }, /^account must be a text of 1 to 256 characters\.$/],
    ['POST', '/phones', { selector: 'A:1' }, /^selector belongs to an account: send account too\.$/],
    ['PUT', '/phones/x', {}, /^isDead is missing\.$/],
    ['PUT', '/phones/x', { isDead: 1 }, /^isDead must be true or false\.$/],
  ])('refuses %s %s with %j, and says why', async (method, path, body, words) => {
    expect(await call(method, path, body)).toEqual({
      status: 400,
      body: { error: expect.stringMatching(words) as string },
    });
  });

  it.each([
    ['PUT', '/phones/x', { isDead: true }],
    ['DELETE', '/phones/x', undefined],
    ['POST', '/phones/x/restart', undefined],
    ['POST', '/phones/x/log-out', undefined],
  ])('answers 404 to %s %s for an unknown phone', async (method, path, body) => {
    expect((await call(method, path, body)).status).toBe(404);
  });
});
