import { PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { ReceivedAttempt } from '../../local/sandbox/api.ts';
import { patience } from '../support/patience.ts';
import { startStack, type Stack } from '../support/stack.ts';

let stack: Stack;
beforeAll(async () => {
  stack = await startStack({
    ...{ GATEWAY_FORMAT: 'json', SELECTOR_REQUIRED: 'false', EXTRA_VERBS: 'NotifyOther', MAX_BODY_BYTES: '1024' },
    SWEEP_SPEED: '360',
    ...{ BACKOFF_BASE_SECONDS: '1', BACKOFF_CAP_SECONDS: '1' },
  });
});
afterAll(() => stack.interrupt());
beforeEach(() => fetch(`${stack.sandboxUrl}/attempts`, { method: 'DELETE' }));

async function received(): Promise<ReceivedAttempt[]> {
  return (await (await fetch(`${stack.sandboxUrl}/attempts`)).json()) as ReceivedAttempt[];
}

const post = (parameters: Record<string, string>) =>
  fetch(stack.pushUrl, { method: 'POST', body: new URLSearchParams(parameters) });
/** Sends a push that the intake accepts. Returns its id. */
const push = async (parameters: Record<string, string>) => {
  const response = await post({ AppId: 'com.example.app', ...parameters });
  expect(response.status).toBe(202);
  return ((await response.json()) as { readonly id: string }).id;
};
const text = (DeviceToken: string) => ({ verb: 'NotifyTextMessage', DeviceToken, Selector: 'AB12:CD34' });
/** The line that says how a push ended. */
const endOf = (id: string) =>
  expect.poll(() => stack.lines.filter((line) => / {2}(?:delivered|undeliverable) /.test(line) && line.includes(id)), {
    ...patience,
  });
const line = (pattern: RegExp) => [expect.stringMatching(pattern) as string];

describe('pushes to the newer gateway', () => {
  it('are posted to its address, which the local stack prints', () => {
    expect(stack.lines.join('\n')).toMatch(/gateway {3}http:\/\/127\.0\.0\.1:\d+\/pnm2\/send/);
  });

  it('are delivered with every parameter', async () => {
    const parameters = { ...text('a+b/c=='), AppId: 'com.example.app', Badge: '3', UserName: 'Grüße 😀', Id: '17' };
    const id = await push(parameters);
    await endOf(id).toEqual(line(/delivered/));
    expect(await received()).toMatchObject([{ format: 'json', status: 200, parameters }]);
  });

  it('are dead letters if the token is no longer registered, or the gateway refuses them', async () => {
    const unregistered = await push(text('unregistered'));
    const rejected = await push(text('fail-400'));
    await endOf(unregistered).toEqual(line(/unregistered 404 The token is not registered\./));
    await endOf(rejected).toEqual(line(/rejected 400 The DeviceToken asks for this status\./));
  });

  it.each([
    ['fail-429-1', [429, 200]],
    ['fail-503-1', [503, 200]],
    ['fail-500-2', [500, 500, 200]],
    ['fail-502-1', [502, 200]],
  ])('are retried until they are delivered: %s', async (token, statuses) => {
    await endOf(await push(text(token))).toEqual(line(/delivered/));
    expect((await received()).map(({ status }) => status)).toEqual(statuses);
  });

  it('are rejected without the Selector that this gateway requires, and the intake need not', async () => {
    for (const verb of ['NotifyReprovision', 'NotifyTextMessage', 'NotifyOther']) {
      const id = await push({ verb, DeviceToken: 't' });
      await endOf(id).toEqual(line(/rejected 400 Missing: Selector/));
    }
    const generic = await push({ verb: 'NotifyGenericTextMessage', DeviceToken: 't', Message: 'Hello' });
    await endOf(generic).toEqual(line(/delivered/));
  });
});

describe('a sweep to the newer gateway', () => {
  it('sends the Selector that this gateway requires also with NotifyReprovision', async () => {
    const [bucket = ''] = stack.lines.flatMap((line) => /S3 .*\(bucket (\S+)\)/.exec(line)?.[1] ?? []);
    const s3 = new S3Client({
      endpoint: `http://127.0.0.1:${String(stack.awsPort)}`,
      region: 'us-east-1',
      credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
    });
    const put = (Key: string, Body: string) => s3.send(new PutObjectCommand({ Bucket: bucket, Key, Body }));
    await put('devices/some.csv', 'appid,token,selector\r\ncom.example.app,swept,AB12:CD34');
    await put('plans/some.json', JSON.stringify({ devices: 'devices/some.csv', window: 'PT0S' }));
    const parameters = { ...text('swept'), verb: 'NotifyReprovision', AppId: 'com.example.app' };
    await expect.poll(received, patience).toMatchObject([{ format: 'json', status: 200, parameters }]);
  });
});

describe('the intake of the local stack', () => {
  it('takes its limits from the environment', async () => {
    const response = await post({ ...text('t'), AppId: 'a', Message: 'x'.repeat(1024) });
    expect(response.status).toBe(413);
    expect((await post({ verb: 'NotifyUnknown', AppId: 'a', DeviceToken: 't' })).status).toBe(400);
  });
});
