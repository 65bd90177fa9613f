import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { ReceivedAttempt } from '../../local/sandbox/api.ts';
import { gatewayFormats } from '../../shared/gateway-format.ts';
import { patience } from '../support/patience.ts';
import { startStack, type Stack } from '../support/stack.ts';

const run = promisify(execFile);

type Parameters = Readonly<Record<string, string>>;
/** How a client decides whether its push was taken. */
type Judge = (response: Response) => boolean | Promise<boolean>;
/** Sends the push of a client to a gateway. Resolves to what the client makes of the answer. */
type Send = (gatewayUrl: string) => Promise<boolean>;

/** The client does not look at the answer, and takes only a network error for a failure. */
const anyAnswer: Judge = () => true;
const any2xx: Judge = ({ ok }) => ok;
const code200: Judge = async (response) => {
  const body = (await response.json()) as { readonly code?: unknown; readonly response?: unknown };
  return body.code === 200 && typeof body.response === 'string';
};

const wget =
  (data: string): Send =>
  (url) =>
    run('wget', [url, `--post-data=${data}`, '-O', '-']).then(
      () => true,
      () => false,
    );
const post = (body: string, contentType: string, isTaken: Judge, path = ''): Send => {
  return async (url) =>
    isTaken(await fetch(url + path, { method: 'POST', body, headers: { 'content-type': contentType } }));
};
const form = (parameters: Parameters, isTaken: Judge, contentType = 'application/x-www-form-urlencoded') =>
  post(new URLSearchParams(parameters).toString(), contentType, isTaken);
const json = (body: Readonly<Record<string, unknown>>, isTaken: Judge, path = '/send') =>
  post(JSON.stringify(body), 'application/json', isTaken, path);

const device = { AppId: 'com.example.app', DeviceToken: 'LA7U4xm7MqZCVqFPhf4Dz2sILOJ9iVGh0eeTBOyKDRs=' };
const text = { verb: 'NotifyTextMessage', ...device };
const ofAccount = { ...text, Selector: 'C203056764290202B7DA6F61B98671616469AEDB:1DA7349B' };
const generic = { verb: 'NotifyGenericTextMessage', ...device, Message: 'Grüße + 100 % 😀' };
const chat = {
  ...ofAccount,
  ...{ Message: 'Hi & bye', Sound: 'default', UserName: '+4930123', UserDisplayName: 'Jörg "J" Ä', ThreadId: 't-1' },
  ...{ ContentType: 'text/plain', Id: '7d1f' },
};

interface Client {
  readonly client: string;
  readonly send: Send;
  /** What the gateway must receive. */
  readonly parameters: Parameters;
}

/** Requests as eleven public clients of the gateway make them. */
const clients: readonly Client[] = [
  {
    client: 'the wget of the gateway’s document',
    send: wget(
      'verb=NotifyTextMessage&DeviceToken=LA7U4xm7MqZCVqFPhf4Dz2sILOJ9iVGh0eeTBOyKDRs=&Selector=C203056764290202B7DA6F61B98671616469AEDB:1DA7349B&AppId=com.example.app',
    ),
    parameters: ofAccount,
  },
  {
    client: 'a form without a Selector, the answer ignored',
    send: form(text, anyAnswer),
    parameters: text,
  },
  {
    client: 'a form without a Selector and with a charset, the answer ignored',
    send: form(text, anyAnswer, 'application/x-www-form-urlencoded; charset=UTF-8'),
    parameters: text,
  },
  {
    client: 'a form without a Selector and with a text, the answer ignored',
    send: form({ ...text, Message: generic.Message }, anyAnswer),
    parameters: { ...text, Message: generic.Message },
  },
  {
    client: 'a form with all attributes of a chat, any 2xx',
    send: form({ ...chat, Badge: '1' }, any2xx),
    parameters: { ...chat, Badge: '1' },
  },
  {
    client: 'JSON with an integer Badge, code 200 in the body',
    send: json({ ...chat, Badge: 3 }, code200),
    parameters: { ...chat, Badge: '3' },
  },
  {
    client: 'JSON with a string Badge, any 2xx',
    send: json({ ...chat, Badge: '3' }, any2xx),
    parameters: { ...chat, Badge: '3' },
  },
  {
    client: 'JSON to the path of the forms, code 200 in the body',
    send: json({ ...ofAccount, Badge: 0 }, code200, ''),
    parameters: { ...ofAccount, Badge: '0' },
  },
  {
    client: 'JSON with `Selector: null`, code 200 in the body',
    send: json({ ...generic, Selector: null }, code200),
    parameters: generic,
  },
  {
    client: 'JSON, any 2xx',
    send: json(ofAccount, any2xx),
    parameters: ofAccount,
  },
  {
    client: 'JSON, only a network error counts',
    send: json(generic, anyAnswer),
    parameters: generic,
  },
];

/** Sends a request without a token, which must be refused. */
const faulty: readonly (readonly [what: string, send: Send])[] = [
  ['the exit code of wget', wget('verb=NotifyTextMessage&AppId=com.example.app')],
  ['any 2xx to a form', form({ verb: text.verb }, any2xx)],
  ['any 2xx to JSON', json({ verb: text.verb }, any2xx)],
  ['code 200 in the body', json({ verb: text.verb }, code200)],
  ['code 200 in the body, at the path of the forms', json({ verb: text.verb }, code200, '')],
];

describe.each(gatewayFormats)('a client of the gateway, in front of one that reads %s,', (format) => {
  let stack: Stack;
  let seenEnds: number;
  beforeAll(async () => {
    stack = await startStack({ GATEWAY_FORMAT: format, SELECTOR_REQUIRED: 'false' });
  });
  afterAll(() => stack.interrupt());
  beforeEach(async () => {
    await fetch(`${stack.sandboxUrl}/attempts`, { method: 'DELETE' });
    seenEnds = ends().length;
  });
  const ends = () => stack.lines.filter((line) => / {2}(?:delivered|undeliverable) /.test(line));
  const received = async () => (await (await fetch(`${stack.sandboxUrl}/attempts`)).json()) as ReceivedAttempt[];

  it.each(clients)('is answered as it expects, and its push arrives: $client', async ({ send, parameters }) => {
    expect(await send(stack.pushUrl)).toBe(true);
    // The newer gateway requires a Selector: the client does not learn of it, but the operator does.
    const isRefused = format === 'json' && parameters['verb'] === text.verb && parameters['Selector'] === undefined;
    const end = isRefused ? /undeliverable .* rejected 400 Missing: Selector/ : /delivered /;
    await expect.poll(() => ends().slice(seenEnds), patience).toEqual([expect.stringMatching(end)]);
    const receivedAt = expect.any(String) as string;
    expect(await received()).toEqual([{ receivedAt, format, status: isRefused ? 400 : 200, parameters }]);
  });

  it.each(faulty)('learns that its push is refused, if it looks at %s', async (_what, send) => {
    expect(await send(stack.pushUrl)).toBe(false);
  });
});
