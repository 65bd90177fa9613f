import { once } from 'node:events';
import pMap from 'p-map';
import { describe, expect, it, onTestFinished } from 'vitest';
import { startGateway } from '../../local/sandbox/gateway/gateway.ts';
import { patience } from '../support/patience.ts';
import { spawnStart, startStack, type Stack } from '../support/stack.ts';
import { temporaryDirectory } from '../support/temporary-directory.ts';

/** Sends a push, whose text is its number. @returns whether it was accepted. */
async function push(stack: Stack, token: string, number: number): Promise<boolean> {
  const parameters = { verb: 'NotifyGenericTextMessage', AppId: 'a', DeviceToken: token, Message: String(number) };
  try {
    return (await fetch(stack.pushUrl, { method: 'POST', body: new URLSearchParams(parameters) })).status === 202;
  } catch {
    return false;
  }
}

async function startWithData(environment: NodeJS.ProcessEnv = {}) {
  const DATA_DIR = temporaryDirectory();
  const gateway = await startGateway({ port: 0 });
  onTestFinished(gateway.stop);
  const PNM2_URL = `http://127.0.0.1:${String(gateway.port)}/pnm2`;
  const start = async () => {
    const stack = await startStack({ DATA_DIR, PNM2_URL, BACKOFF_CAP_SECONDS: '2', ...environment });
    onTestFinished(stack.interrupt);
    return stack;
  };
  return { DATA_DIR, gateway, start };
}

describe('a local stack with DATA_DIR', () => {
  it('loses no device and no accepted push when it is killed amid pushes and started again on other ports', async () => {
    const { gateway, start } = await startWithData();
    const first = await start();
    const device = { account: 'alice', token: 'token', appId: 'app', selector: 'S:1' };
    const report = new URL(`/devices/report?${new URLSearchParams(device).toString()}`, first.pushUrl);
    expect((await fetch(report)).ok).toBe(true);
    const accepted: string[] = [];
    const count = 300;
    await pMap(
      Array.from({ length: count }, (_, number) => number),
      async (number) => {
        if (number === Math.floor(count / 2)) process.kill(-(first.process.pid ?? 0), 'SIGKILL');
        // Some wait for their second attempt when the stack is killed.
        const token = number % 10 === 0 ? 'fail-500-1' : 'well';
        if (await push(first, token, number)) accepted.push(String(number));
      },
      { concurrency: 20 },
    );
    await first.interrupt();
    expect(accepted.length).toBeGreaterThan(0);
    expect(accepted.length).toBeLessThan(count);

    const second = await start();
    expect(second.pushUrl).not.toBe(first.pushUrl);
    const missing = () => {
      const delivered = gateway.attempts().filter(({ status }) => status === 200);
      const numbers = new Set(delivered.map(({ parameters }) => parameters['Message']));
      return accepted.filter((number) => !numbers.has(number));
    };
    await expect.poll(missing, patience).toEqual([]);
    // Also for pushes of the earlier run.
    await expect.poll(() => second.lines.some((line) => line.includes('  delivered ')), patience).toBe(true);

    const body = new URLSearchParams({ verb: 'NotifyReprovision', Account: 'alice' });
    expect((await fetch(second.pushUrl, { method: 'POST', body })).status).toBe(202);
    const tokens = () => gateway.attempts().map(({ parameters }) => parameters['DeviceToken']);
    await expect.poll(tokens, patience).toContain('token');
    await second.interrupt();
    // Besides pushes that the first stack took from the queue and did not delete, if they are not visible again yet.
    expect(second.lines.at(-1)).toMatch(/^Kept in .*: .*\b1 device\.$/);
  });

  it('says after Ctrl-C how many pushes are kept, and refuses a second stack in one line', async () => {
    const { DATA_DIR, start } = await startWithData();
    const stack = await start();
    expect(await push(stack, 'fail-500', 1)).toBe(true);
    expect(await push(stack, 'fail-500', 2)).toBe(true);

    const second = spawnStart({ DATA_DIR });
    expect(await once(second, 'close')).toEqual([1, null]);
    expect(second.lines).toContain(
      `DATA_DIR: another local stack uses ${DATA_DIR}: end it, or choose another directory`,
    );
    expect(second.lines.filter((line) => line.includes(' at '))).toEqual([]);

    await stack.interrupt();
    expect(stack.lines.at(-1)).toBe(`Kept in ${DATA_DIR}: 2 pushes.`);
  });
});

describe('a local stack without DATA_DIR', () => {
  it('says after Ctrl-C how many pushes are dropped, and what keeps them', async () => {
    const { start } = await startWithData({ DATA_DIR: '' });
    const stack = await start();
    expect(await push(stack, 'fail-500', 1)).toBe(true);
    await stack.interrupt();
    expect(stack.lines.at(-1)).toBe('Dropped: 1 push. To keep them, start with DATA_DIR=PATH npm start.');
  });
});
