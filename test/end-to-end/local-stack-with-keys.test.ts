import { exec } from 'node:child_process';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createApiKey } from '../../shared/api-key.ts';
import { cli } from '../support/cli.ts';
import { startStack, type Stack } from '../support/stack.ts';

const sh = promisify(exec);

const backend = createApiKey('backend', []);
const newsletter = createApiKey('newsletter', ['com.example.app']);

let stack: Stack;
beforeAll(async () => {
  const API_KEYS = `${backend.entry};${newsletter.entry}`;
  stack = await startStack({ API_KEYS, BACKOFF_BASE_SECONDS: '1', BACKOFF_CAP_SECONDS: '1' });
});
afterAll(() => stack.interrupt());

describe('the local stack with API keys', () => {
  const form = 'verb=NotifyReprovision&DeviceToken=t&AppId=';
  const statusOf = async (appId: string, headers: Record<string, string>) => {
    const response = await fetch(stack.pushUrl, { method: 'POST', body: new URLSearchParams(form + appId), headers });
    return response.status;
  };

  it('prints how many keys it has', () => {
    expect(stack.lines.join('\n')).toContain('(2 keys)');
  });

  it('accepts a key in each of three ways, and only for the apps of the key', async () => {
    const app = 'com.example.app';
    expect(await statusOf(app, {})).toBe(401);
    expect(await statusOf(app, { 'x-api-key': `${backend.key}x` })).toBe(401);
    expect(await statusOf(app, { 'x-api-key': backend.key })).toBe(202);
    expect(await statusOf(app, { authorization: `Bearer ${backend.key}` })).toBe(202);
    expect(await statusOf(app, { authorization: `Basic ${btoa(`backend:${backend.key}`)}` })).toBe(202);
    expect(await statusOf(app, { 'x-api-key': newsletter.key })).toBe(202);
    expect(await statusOf('com.example.other', { 'x-api-key': newsletter.key })).toBe(403);
  });

  it('accepts a key from wget, in the address and in a header', async () => {
    const withKey = stack.pushUrl.replace('://', `://backend:${backend.key}@`);
    const post = `--post-data="${form}a" -O -`;
    expect((await sh(`wget "${withKey}" ${post}`)).stdout).toContain('"id"');
    expect((await sh(`wget "${stack.pushUrl}" --header "X-Api-Key: ${backend.key}" ${post}`)).stdout).toContain('"id"');
    await expect(sh(`wget "${stack.pushUrl}" ${post}`)).rejects.toMatchObject({ code: 6 });
  });

  it('never prints a key', () => {
    expect(stack.lines.join('\n')).not.toContain(backend.key);
    expect(stack.lines.join('\n')).not.toContain(newsletter.key);
  });
});

describe('the smoke command', () => {
  const smoke = (...options: string[]) =>
    cli(['smoke', '--url', stack.pushUrl, '--key', backend.key, ...options], {
      environment: { AWS_PORT: String(stack.awsPort) },
    });

  it('follows a push in the queues until it is delivered', async () => {
    const { exitCode, stdout } = await smoke('--local', '--token', 'fail-500-1');
    expect(exitCode).toBe(0);
    expect(stdout).toMatch(
      /^ok without a key: 401, with WWW-Authenticate\nok with a wrong key: 401\naccepted .+\ndelivered /,
    );
  });

  it('reports why a push was given up', async () => {
    const { exitCode, stdout } = await smoke('--local', '--token', 'fail-400');
    expect(exitCode).toBe(1);
    expect(stdout).toMatch(/\nundeliverable \S+: rejected 400 The DeviceToken asks for this status\.\n$/);
  });

  it('reports a push that is still waiting', async () => {
    const { exitCode, stdout } = await smoke('--local', '--token', 'fail-500', '--timeout', '1s');
    expect(exitCode).toBe(1);
    expect(stdout).toMatch(/\nwaiting /);
  });

  it('follows a push at a sandbox', async () => {
    const text = ['--verb', 'NotifyGenericTextMessage', '--message', 'Hello'];
    const { exitCode, stdout } = await smoke('--sandbox', stack.sandboxUrl, ...text);
    expect(exitCode).toBe(0);
    expect(stdout).toContain('the sandbox has received it');
  });

  it.each([
    [['--key', 'wrong'], 'Not accepted, status 401: '],
    [['--url', 'http://127.0.0.1:1/pnm2'], 'Nothing answers at http://127.0.0.1:1/pnm2'],
    [['--verb', 'NotifyTextMessage'], 'Not accepted, status 400: Selector is missing.'],
    [['--sandbox', 'http://127.0.0.1:1'], 'No sandbox answers at http://127.0.0.1:1/attempts'],
    [['--timeout', 'long'], 'Use numbers with the units'],
    [['--url', 'pnm.example.com'], 'Use an http or https address.'],
  ])('reports what is wrong with %j in one line', async (options, words) => {
    const { exitCode, stderr } = await smoke(...options);
    expect(exitCode).toBe(1);
    expect(stderr).toContain(words);
    expect(stderr.trim().split('\n')).toHaveLength(1);
  });
});
