import { exec } from 'node:child_process';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createApiKey } from '../../shared/api-key.ts';
import { startStack, type Stack } from '../support/stack.ts';

const sh = promisify(exec);

const all = createApiKey('backend', []);
const one = createApiKey('newsletter', ['com.example.app']);

let stack: Stack;
beforeAll(async () => {
  stack = await startStack({ API_KEYS: `${all.entry};${one.entry}` });
});
afterAll(() => stack.interrupt());

const form = 'verb=NotifyReprovision&DeviceToken=t&AppId=';
const statusOf = async (appId: string, headers: Record<string, string>) => {
  const response = await fetch(stack.pushUrl, { method: 'POST', body: new URLSearchParams(form + appId), headers });
  return response.status;
};
const basic = (name: string, key: string) => ({ authorization: `Basic ${btoa(`${name}:${key}`)}` });

describe('the local stack with keys', () => {
  it('says that it has them', () => {
    expect(stack.lines.join('\n')).toContain('(2 keys)');
  });

  it('lets in whoever has one, in each of the three ways, and for its apps only', async () => {
    const app = 'com.example.app';
    expect(await statusOf(app, {})).toBe(401);
    expect(await statusOf(app, { 'x-api-key': `${all.key}x` })).toBe(401);
    expect(await statusOf(app, { 'x-api-key': all.key })).toBe(202);
    expect(await statusOf(app, { authorization: `Bearer ${all.key}` })).toBe(202);
    expect(await statusOf(app, basic('backend', all.key))).toBe(202);
    expect(await statusOf(app, { 'x-api-key': one.key })).toBe(202);
    expect(await statusOf('com.example.other', { 'x-api-key': one.key })).toBe(403);
  });

  it('takes the key in the address, and in a header, from wget', async () => {
    const inAddress = stack.pushUrl.replace('://', `://backend:${all.key}@`);
    const post = `--post-data="${form}a" -O -`;
    expect((await sh(`wget "${inAddress}" ${post}`)).stdout).toContain('"id"');
    expect((await sh(`wget "${stack.pushUrl}" --header "X-Api-Key: ${all.key}" ${post}`)).stdout).toContain('"id"');
    await expect(sh(`wget "${stack.pushUrl}" ${post}`)).rejects.toMatchObject({ code: 6 });
  });

  it('never shows a key', () => {
    expect(stack.lines.join('\n')).not.toContain(all.key);
    expect(stack.lines.join('\n')).not.toContain(one.key);
  });
});
