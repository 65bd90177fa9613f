import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { startGateway, type Gateway } from '../../../../local/sandbox/gateway/gateway.ts';

let gateway: Gateway;
let url: string;
beforeAll(async () => {
  gateway = await startGateway({ port: 0 });
  url = `http://127.0.0.1:${String(gateway.port)}/pnm2/send`;
});
afterAll(() => gateway.stop());
beforeEach(() => {
  gateway.forget();
});

const json = { 'content-type': 'application/json' };
const answerTo = async (init: RequestInit) => {
  const response = await fetch(url, { redirect: 'manual', ...init });
  return { http: response.status, body: await response.json() };
};
const post = (body: unknown, headers: Record<string, string> = json) =>
  answerTo({ method: 'POST', headers, body: typeof body === 'string' ? body : JSON.stringify(body) });
const push = { verb: 'NotifyTextMessage', AppId: 'a', DeviceToken: 't', Selector: 's' };
const pushTo = (DeviceToken: string) => post({ ...push, DeviceToken });
const says = (code: number, words: unknown = expect.any(String), http = 200) => ({
  http,
  body: { code, response: words },
});

describe('the newer gateway of the sandbox', () => {
  it('accepts a push, and shows its values as strings', async () => {
    const sent = '{"Badge":3,"Sound":null,"__proto__":"x"}'.replace('{', `${JSON.stringify(push).slice(0, -1)},`);
    expect(await post(sent, { 'content-type': 'Application/JSON; charset=utf-8' })).toEqual(says(200, 'OK'));
    const [shown] = gateway.attempts();
    expect(shown).toMatchObject({ format: 'json', status: 200 });
    expect(new Map(Object.entries(shown?.parameters ?? {}))).toEqual(
      new Map([...Object.entries(push), ['Badge', '3'], ['__proto__', 'x']]),
    );
  });

  it('answers with the HTTP status 400 to what is not a POST of a JSON object', async () => {
    expect(await answerTo({})).toEqual(says(400, 'Use POST.', 400));
    expect(await post(push, { 'content-type': 'text/plain' })).toEqual(says(400, expect.any(String), 400));
    for (const body of ['', '{', '[]', 'null', '"text"', 'verb=NotifyReprovision&AppId=a&DeviceToken=t']) {
      expect(await post(body)).toEqual(says(400, 'The body must be a JSON object.', 400));
    }
    expect(gateway.attempts()).toEqual([]);
  });

  it('says in the body which parameters are missing', async () => {
    for (const missing of ['verb', 'AppId', 'DeviceToken', 'Selector']) {
      for (const value of [undefined, null, '']) {
        expect(await post({ ...push, [missing]: value })).toEqual(says(400, `Missing: ${missing}`));
      }
    }
    expect(await post({})).toEqual(says(400, 'Missing: verb, AppId, DeviceToken, Selector'));
  });

  it('requires a Selector with every verb but NotifyGenericTextMessage', async () => {
    const without = { ...push, Selector: undefined };
    expect(await post({ ...without, verb: 'NotifyReprovision' })).toEqual(says(400, 'Missing: Selector'));
    expect(await post({ ...without, verb: 'NotifyOther' })).toEqual(says(400, 'Missing: Selector'));
    expect(await post({ ...without, verb: 'NotifyGenericTextMessage', Message: 'm' })).toEqual(says(200, 'OK'));
  });

  it('says in the body that a token is not registered', async () => {
    expect(await pushTo('unregistered')).toEqual(says(404));
    expect(gateway.attempts()).toMatchObject([{ status: 404 }]);
  });

  it.each([
    ['fail-400', 200, 400],
    ['fail-404', 200, 404],
    ['fail-500', 200, 500],
    ['fail-302', 302, 302],
    ['fail-403', 403, 403],
    ['fail-429', 429, 429],
    ['fail-503', 503, 503],
    ['fail-nothing', 200, 400],
  ])('answers to %s with the HTTP status %i and the code %i', async (token, http, code) => {
    expect(await pushTo(token)).toEqual(says(code, expect.any(String), http));
    expect(gateway.attempts()).toMatchObject([{ status: code }]);
  });

  it('accepts a push after it has failed as often as the token asks', async () => {
    expect([await pushTo('fail-500-1'), await pushTo('fail-500-1')]).toEqual([says(500), says(200)]);
  });

  it('closes the connection, or answers late, as the token asks', async () => {
    await expect(pushTo('reset')).rejects.toThrow();
    expect(await pushTo('slow-20')).toEqual(says(200, 'OK'));
  });
});
