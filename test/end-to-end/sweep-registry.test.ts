import { afterAll, beforeAll, expect, it } from 'vitest';
import { cli } from '../support/cli.ts';
import { startStack, type Stack } from '../support/stack.ts';

let stack: Stack;
beforeAll(async () => {
  // A tick comes every 0.6 s.
  stack = await startStack({ SWEEP_SPEED: '1440' });
});
afterAll(() => stack.interrupt());

const run = (...words: readonly string[]) =>
  cli(['sweep', ...words, '--local'], { environment: { AWS_PORT: String(stack.awsPort) } });

/** Reports a device, as its app does. */
async function report(account: string, token: string) {
  const selector = `S:${account}`;
  const url = stack.pushUrl.replace(/\/pnm2$/, '/devices/report');
  const response = await fetch(`${url}?${String(new URLSearchParams({ account, token, selector, appId: 'app' }))}`);
  expect(response.ok).toBe(true);
}

const receivedTokens = async () => {
  const response = await fetch(`${stack.sandboxUrl}/attempts`);
  const pushes = (await response.json()) as { readonly parameters: Readonly<Record<string, string>> }[];
  return pushes.map(({ parameters }) => parameters['DeviceToken']).sort();
};

it('sends one push to each device that has been reported, in each slice of the window', async () => {
  const tokens = Array.from({ length: 30 }, (_, index) => `token-${String(index)}`).sort();
  for (const token of tokens) await report(`account-of-${token}`, token);
  // A second account on the same device.
  await report('other', 'token-0');
  const started = await run('start', '--registry', '--window', '30m', '--yes');
  expect(started).toMatchObject({ exitCode: 0 });
  const summary = async () => {
    const { exitCode, stdout } = await run('report', 'registry', '--json');
    return exitCode === 0 ? (JSON.parse(stdout) as unknown) : undefined;
  };
  const expected = { hasEnded: true, devices: 'registry', rows: 31, enqueued: 30, duplicates: 1 };
  await expect.poll(summary, { timeout: 60_000, interval: 250 }).toMatchObject(expected);
  await expect.poll(receivedTokens, { timeout: 60_000, interval: 250 }).toEqual(tokens);
});
