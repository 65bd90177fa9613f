import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { createDocumentClient } from '../../shared/aws/dynamodb.ts';
import { localRegion, localStackKey, standInCredentials } from '../../shared/local-stack.ts';
import { deviceHash } from '../../shared/push/redaction.ts';
import { createRegistry, type Registry } from '../../shared/registry/registry.ts';
import { patience } from '../support/patience.ts';
import { startStack, type Stack } from '../support/stack.ts';

const appId = 'com.example.softphone';
let stack: Stack;
let registry: Registry;

beforeAll(async () => {
  stack = await startStack();
  const told = await fetch(`http://127.0.0.1:${String(stack.awsPort)}/pnm2-relay-local-sweeps/${localStackKey}`);
  const [, url = ''] = /^DYNAMODB_URL=(.+)$/m.exec(await told.text()) ?? [];
  const environment = { AWS_REGION: localRegion, AWS_ENDPOINT_URL_DYNAMODB: url, ...standInCredentials };
  registry = createRegistry(createDocumentClient(environment), 'pnm2-relay-local-devices', Date.now);
});
afterAll(() => stack.interrupt());

/** Reports devices as their app does at its start. */
async function report(account: string, ...tokens: readonly string[]): Promise<void> {
  for (const token of tokens) {
    const url = new URL('/devices/report', stack.pushUrl);
    url.search = new URLSearchParams({ account, token, appId, selector: '12869E0E:7C3A0D14' }).toString();
    expect(await fetch(url)).toMatchObject({ status: 200 });
  }
}

const hasLine = (pattern: RegExp) => stack.lines.some((line) => pattern.test(line));

/** Pushes to a device, and waits until the push has ended and `deliver` is free for the next. Returns its id. */
async function push(DeviceToken: string): Promise<string> {
  const body = new URLSearchParams({ verb: 'NotifyGenericTextMessage', Message: 'Hi', AppId: appId, DeviceToken });
  const response = await fetch(stack.pushUrl, { method: 'POST', body });
  const { id } = (await response.json()) as { readonly id: string };
  await vi.waitUntil(() => hasLine(new RegExp(` (delivered|undeliverable) +${id}`)), patience);
  return id;
}

const tokens = async (account = 'alice') =>
  (await registry.devicesOf(account)).map(({ deviceToken }) => deviceToken).toSorted();

describe('a device that the gateway calls unregistered', () => {
  const device = deviceHash(appId, 'unregistered');

  it('stays as long as no push was delivered, because the address of the gateway may be wrong', async () => {
    await report('alice', 'living', 'unregistered');
    await report('bob', 'unregistered');
    const id = await push('unregistered');
    const kept = new RegExp(`device kept +id ${id} +device ${device} +why unconfirmed`);
    await vi.waitUntil(() => stack.lines.filter((line) => kept.test(line)).length === 2, patience);
    expect([await tokens(), await tokens('bob')]).toEqual([['living', 'unregistered'], ['unregistered']]);
  });

  it('leaves its accounts after a push was delivered, and the living device stays', async () => {
    await push('living');
    const id = await push('unregistered');
    await expect.poll(async () => [await tokens(), await tokens('bob')], patience).toEqual([['living'], []]);
    await vi.waitUntil(() => hasLine(new RegExp(`device pruned +id ${id} +device ${device}`)), patience);
  });

  it('is back with its next report, and leaves again', async () => {
    await report('alice', 'unregistered');
    expect(await tokens()).toEqual(['living', 'unregistered']);
    await push('unregistered');
    await expect.poll(() => tokens(), patience).toEqual(['living']);
  });
});
