import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createApiKey } from '../../shared/api-key.ts';
import { startStack, type Stack } from '../support/stack.ts';
import { cli } from '../support/cli.ts';

const { key, entry } = createApiKey('smoke', []);

let stack: Stack;
beforeAll(async () => {
  stack = await startStack({ API_KEYS: entry, BACKOFF_BASE_SECONDS: '1', BACKOFF_CAP_SECONDS: '1' });
});
afterAll(() => stack.interrupt());

const smoke = (...options: string[]) =>
  cli(['smoke', '--url', stack.pushUrl, '--key', key, ...options], {
    environment: { AWS_PORT: String(stack.awsPort) },
  });

describe('the smoke command', () => {
  it('follows a push in the queues until it is delivered', async () => {
    const { exitCode, stdout } = await smoke('--local', '--token', 'fail-500-1');
    expect(exitCode).toBe(0);
    expect(stdout).toMatch(/^accepted .+\ndelivered /);
  });

  it('reports why a push was given up', async () => {
    const { exitCode, stdout } = await smoke('--local', '--token', 'fail-400');
    expect(exitCode).toBe(1);
    expect(stdout).toMatch(/\nundeliverable \S+: rejected 400 As the token asked\.\n$/);
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
    [['--sandbox', 'http://127.0.0.1:1'], 'No sandbox answers at http://127.0.0.1:1/pushes'],
    [['--timeout', 'long'], 'Use numbers with the units'],
    [['--url', 'pnm.example.com'], 'Use an http or https address.'],
  ])('reports what is wrong with %j in one line', async (options, words) => {
    const { exitCode, stderr } = await smoke(...options);
    expect(exitCode).toBe(1);
    expect(stderr).toContain(words);
    expect(stderr.trim().split('\n')).toHaveLength(1);
  });
});
