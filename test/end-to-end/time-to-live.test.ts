import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { findFreePort } from '../../local/listen.ts';
import { startGateway } from '../../local/sandbox/gateway/gateway.ts';
import { patience } from '../support/patience.ts';
import { startStack, type Stack } from '../support/stack.ts';

let stack: Stack;
let gatewayPort: number;
beforeAll(async () => {
  gatewayPort = await findFreePort(Math.random);
  stack = await startStack({
    ...{ PNM2_URL: `http://127.0.0.1:${String(gatewayPort)}/pnm2` },
    ...{ BACKOFF_BASE_SECONDS: '1', BACKOFF_CAP_SECONDS: '1' },
  });
});
afterAll(() => stack.interrupt());

/** Sends a text for a device with this token. Returns the id of the push. */
async function send(DeviceToken: string, headers: Record<string, string>): Promise<string> {
  const body = JSON.stringify({ verb: 'NotifyTextMessage', AppId: 'com.example.app', DeviceToken, Selector: 'AB:CD' });
  const init = { method: 'POST', headers: { 'content-type': 'application/json', ...headers }, body };
  const response = await fetch(stack.pushUrl, init);
  expect(response.status).toBe(202);
  return ((await response.json()) as { readonly id: string }).id;
}

const linesOf = (id: string, pattern: RegExp) => stack.lines.filter((line) => line.includes(id) && pattern.test(line));

describe('while the gateway is down, a text', () => {
  it('with TTL: 2 expires and is not delivered when the gateway comes back, unlike one without', async () => {
    const [short, long] = [await send('short', { TTL: '2' }), await send('long', {})];
    await expect
      .poll(() => linesOf(short, /undeliverable .* expired .*its time to live is over/), patience)
      .toHaveLength(1);

    const gateway = await startGateway({ port: gatewayPort });
    onTestFinished(gateway.stop);
    await expect.poll(() => linesOf(long, / {2}delivered /), patience).toHaveLength(1);
    expect(gateway.attempts().map(({ parameters }) => parameters['DeviceToken'])).toEqual(['long']);
  });

  it('with TTL: 0 is attempted once', async () => {
    const id = await send('once', { TTL: '0' });
    await expect
      .poll(() => linesOf(id, /undeliverable .* expired .*its time to live is over/), patience)
      .toHaveLength(1);
    expect(linesOf(id, /push not delivered/)).toEqual([expect.stringMatching(/receiveCount 1 .*dead-letter/)]);
  });
});
