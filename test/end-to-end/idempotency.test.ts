import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { blocksOf } from '../support/page.ts';
import { patience } from '../support/patience.ts';
import { startStack, type Stack } from '../support/stack.ts';

const run = promisify(execFile);

let stack: Stack;
beforeAll(async () => {
  stack = await startStack();
});
afterAll(() => stack.interrupt());

async function send(path: string, key: string, DeviceToken: string) {
  const body = JSON.stringify({ verb: 'NotifyTextMessage', AppId: 'com.example.app', DeviceToken, Selector: 'AB:CD' });
  const headers = { 'content-type': 'application/json', 'idempotency-key': key };
  const response = await fetch(new URL(path, stack.pushUrl), { method: 'POST', headers, body });
  const { id } = (await response.json()) as { readonly id?: string };
  return { status: response.status, replayed: response.headers.get('idempotent-replayed'), id };
}

const delivered = (text: string) => stack.lines.filter((line) => / {2}delivered /.test(line) && line.includes(text));
/** Waits until a push of a later request was delivered, so that any others would have been. */
async function settle() {
  const { id = '' } = await send('/pnm2', crypto.randomUUID(), 'last');
  await expect.poll(() => delivered(id), patience).toHaveLength(1);
}

describe('a request with an Idempotency-Key', () => {
  it('that comes three times has one push and the same answer', async () => {
    const first = await send('/pnm2', 'three times', 'three');
    expect(first).toMatchObject({ status: 202, replayed: null });
    expect(await send('/pnm2', 'three times', 'three')).toEqual({ ...first, replayed: 'true' });
    expect(await send('/pnm2/send', 'three times', 'three')).toEqual({ ...first, replayed: 'true' });
    await settle();
    expect(delivered(first.id ?? '')).toHaveLength(1);
  });

  it('that comes twice at once has one push', async () => {
    const answers = await Promise.all([1, 2].map(() => send('/pnm2', 'twice', 'twice')));
    const ids = new Set(answers.flatMap(({ id }) => id ?? []));
    expect(ids.size).toBe(1);
    // The other one is answered 409, unless the first was quicker.
    expect(answers.every(({ status, replayed }) => status === 409 || status === 202 || replayed !== null)).toBe(true);
    expect(answers.filter(({ status, replayed }) => status === 202 && replayed === null)).toHaveLength(1);
    await settle();
    expect(delivered([...ids][0] ?? '')).toHaveLength(1);
  });

  it('with another body under the key of the first is refused', async () => {
    expect(await send('/pnm2', 'another', 'one')).toMatchObject({ status: 202 });
    expect(await send('/pnm2', 'another', 'two')).toMatchObject({ status: 422 });
  });

  it('prints the same id each time, in the example of docs/sending.md', async () => {
    const script = blocksOf('sending.md').codeOf('file', 'send-once.sh');
    const env = { ...process.env, RELAY_URL: new URL(stack.pushUrl).origin, API_KEY: 'none' };
    const [first, second] = [await run('sh', ['-c', script], { env }), await run('sh', ['-c', script], { env })];
    expect(first.stdout).toMatch(/"response":"Accepted","id":"[\da-f-]{36}"/);
    expect(second.stdout).toBe(first.stdout);
  });
});
