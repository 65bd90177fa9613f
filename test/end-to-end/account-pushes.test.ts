import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { ReceivedAttempt } from '../../local/sandbox/api.ts';
import { createApiKey } from '../../shared/api-key.ts';
import { patience } from '../support/patience.ts';
import { startStack, type Stack } from '../support/stack.ts';

const backend = createApiKey('backend', []);
const shop = createApiKey('shop', ['com.example.shop']);

const devices = [
  { appId: 'com.example.app', token: 'phone', selector: 'AB:1' },
  { appId: 'com.example.app', token: 'tab+let/==', selector: 'AB:2' },
  { appId: 'com.example.shop', token: 'shop', selector: 'AB:3' },
];

describe.each(['form', 'json'])('a push to an account, with a gateway of the format %s', (format) => {
  let stack: Stack;
  beforeAll(async () => {
    stack = await startStack({ GATEWAY_FORMAT: format, API_KEYS: `${backend.entry};${shop.entry}` });
    for (const device of devices) {
      const report = new URL('/devices/report', stack.pushUrl);
      report.search = String(new URLSearchParams({ account: 'alice@example.com', ...device }));
      expect((await fetch(report)).ok).toBe(true);
    }
  });
  afterAll(() => stack.interrupt());
  beforeEach(() => fetch(`${stack.sandboxUrl}/attempts`, { method: 'DELETE' }));

  const send = async (body: URLSearchParams | object, { key } = backend) => {
    const isForm = body instanceof URLSearchParams;
    const headers = { 'x-api-key': key, ...(!isForm && { 'content-type': 'application/json' }) };
    const response = await fetch(stack.pushUrl, {
      method: 'POST',
      headers,
      body: isForm ? body : JSON.stringify(body),
    });
    return { status: response.status, body: await response.json() };
  };
  /** The parameters of the pushes that the gateway has, as text. */
  const received = () =>
    expect.poll(async () => {
      const pushes = (await (await fetch(`${stack.sandboxUrl}/attempts`)).json()) as ReceivedAttempt[];
      return pushes.map(({ parameters }) => JSON.stringify(parameters)).toSorted();
    }, patience);
  const pushesTo = (some: typeof devices, Badge: string) =>
    some
      .map(({ appId: AppId, token: DeviceToken, selector: Selector }) =>
        JSON.stringify({ verb: 'NotifyTextMessage', AppId, DeviceToken, Selector, Badge }),
      )
      .toSorted();
  const push = { verb: 'NotifyTextMessage', Account: 'alice@example.com', Badge: '1' };
  const id: unknown = expect.any(String);

  it('in a form reaches each device that the apps have reported', async () => {
    const answer = await send(new URLSearchParams(push));
    expect(answer).toEqual({ status: 202, body: { code: 200, response: 'Accepted', ids: [id, id, id] } });
    await received().toEqual(pushesTo(devices, '1'));
  });

  it('in JSON reaches those of the apps that the API key may push to', async () => {
    expect(await send({ ...push, Badge: 2 }, shop)).toMatchObject({ status: 202, body: { ids: [id] } });
    await received().toEqual(pushesTo(devices.slice(2), '2'));
  });

  it('in a batch reaches each device, and an account without one has the code 404', async () => {
    const { status, body } = await send([
      { ...push, Account: 'nobody' },
      { ...push, Badge: 3 },
    ]);
    expect({ status, body }).toMatchObject({ status: 202, body: { results: [{ code: 404 }, { ids: [id, id, id] }] } });
    await received().toEqual(pushesTo(devices, '3'));
  });
});
