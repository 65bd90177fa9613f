import { connect } from 'node:net';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { startGateway, type Gateway } from '../../../../local/sandbox/gateway/gateway.ts';
import { patience } from '../../../support/patience.ts';

let gateway: Gateway;
let host: string;
let url: string;
beforeAll(async () => {
  gateway = await startGateway({ port: 0 });
  host = `127.0.0.1:${String(gateway.port)}`;
  url = `http://${host}`;
});
afterAll(() => gateway.stop());
beforeEach(() => {
  gateway.forget();
});

const post = (parameters: Record<string, string>) =>
  fetch(`${url}/pnm2`, { method: 'POST', body: new URLSearchParams(parameters), redirect: 'manual' });
const pushTo = (DeviceToken: string) => post({ verb: 'NotifyReprovision', AppId: 'a', DeviceToken });
const statuses = async (DeviceToken: string, times: number) => {
  const all: number[] = [];
  for (let time = 0; time < times; time += 1) all.push((await pushTo(DeviceToken)).status);
  return all;
};

describe('the gateway of the sandbox', () => {
  it('remembers the attempts that it received until it forgets them', async () => {
    await post({ verb: 'NotifyGenericTextMessage', AppId: 'a', DeviceToken: 't+/=', Message: 'Grüße' });
    expect(gateway.attempts()).toEqual([
      {
        receivedAt: expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/) as string,
        format: 'form',
        status: 200,
        parameters: { verb: 'NotifyGenericTextMessage', AppId: 'a', DeviceToken: 't+/=', Message: 'Grüße' },
      },
    ]);
    gateway.forget();
    expect(gateway.attempts()).toEqual([]);
  });

  it('accepts only POST, only forms, and only forms with every required parameter', async () => {
    expect((await fetch(`${url}/pnm2`)).status).toBe(405);
    expect((await fetch(`${url}/pnm2`, { method: 'POST', body: '{}' })).status).toBe(415);
    for (const missing of ['verb', 'AppId', 'DeviceToken']) {
      const parameters = new Map([
        ['verb', 'NotifyReprovision'],
        ['AppId', 'a'],
        ['DeviceToken', 't'],
      ]);
      parameters.delete(missing);
      const response = await post(Object.fromEntries(parameters));
      expect({ status: response.status, body: await response.text() }).toEqual({
        status: 400,
        body: `Missing: ${missing}`,
      });
    }
  });

  it('answers 404 to any other path, even to one that is not a URL', async () => {
    for (const path of ['/', '//', '//[', '/pnm2/x', '/pushes']) {
      const socket = connect(gateway.port, '127.0.0.1');
      socket.end(`GET ${path} HTTP/1.1\r\nHost: ${host}\r\nConnection: close\r\n\r\n`);
      expect(await text(socket)).toMatch(/^HTTP\/1\.1 404 /);
    }
  });

  it('fails as the token asks', async () => {
    expect(await statuses('fail-500', 3)).toEqual([500, 500, 500]);
    expect(await statuses('fail-429-2', 6)).toEqual([429, 429, 200, 429, 429, 200]);
    expect(await statuses('fail-302', 1)).toEqual([302]);
    expect(await statuses('failure', 1)).toEqual([200]);
  });

  it.each([
    ['fail-600', /fail-STATUS.* from 200 to 599/],
    ['fail-101', /fail-STATUS.* from 200 to 599/],
    ['fail-1000', /fail-STATUS/],
    ['fail-500-x', /fail-STATUS-N/],
    ['slow-abc', /slow-MS/],
    ['slow-', /slow-MS/],
  ])('refuses %s, and says what such a token must be', async (token, words) => {
    const response = await pushTo(token);
    expect({ status: response.status, body: await response.text() }).toEqual({
      status: 400,
      body: expect.stringMatching(words) as string,
    });
    expect(gateway.attempts()).toMatchObject([{ status: 400 }]);
  });

  it('counts the failures of each push separately', async () => {
    const send = async (Message: string) =>
      (await post({ verb: 'NotifyGenericTextMessage', AppId: 'a', DeviceToken: 'fail-500-1', Message })).status;
    expect([await send('one'), await send('two'), await send('one'), await send('two')]).toEqual([500, 500, 200, 200]);
  });

  it('answers 200 for an unregistered token, with 404 in the body', async () => {
    const response = await pushTo('unregistered');
    expect(response.status).toBe(200);
    expect(await response.json()).toMatchObject({ code: 404 });
    expect(gateway.attempts()).toMatchObject([{ status: 404 }]);
  });

  it('closes the connection, or answers late, as the token asks', async () => {
    await expect(pushTo('reset')).rejects.toThrow();
    expect(gateway.attempts()).toMatchObject([{ status: null }]);
    expect((await pushTo('slow-20')).status).toBe(200);
  });

  it('shows that the sender of a slow push did not wait for the answer', async () => {
    const form = 'verb=NotifyReprovision&AppId=a&DeviceToken=slow-300';
    const socket = connect(gateway.port, '127.0.0.1');
    const type = 'application/x-www-form-urlencoded';
    const head = `POST /pnm2 HTTP/1.1\r\nHost: ${host}\r\nContent-Type: ${type}\r\nContent-Length: ${String(form.length)}`;
    socket.write(`${head}\r\n\r\n${form}`, () => socket.destroy());
    await expect.poll(() => gateway.attempts().map(({ status }) => status), patience).toEqual([null]);
  });
});
