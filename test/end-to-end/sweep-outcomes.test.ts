import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { cli } from '../support/cli.ts';
import { startStack, type Stack } from '../support/stack.ts';

let stack: Stack;
let folder: string;
beforeAll(async () => {
  // A tick comes every 0.6 s.
  [stack, folder] = await Promise.all([startStack({ SWEEP_SPEED: '1440' }), mkdtemp(join(tmpdir(), 'pnm2-relay-'))]);
});
afterAll(async () => {
  await stack.interrupt();
  await rm(folder, { recursive: true });
});

const run = (...words: readonly string[]) =>
  cli([...words, '--local'], { environment: { AWS_PORT: String(stack.awsPort) } });

/** Starts a sweep, and waits until each of its pushes has ended. @returns its report. */
async function sweep(name: string, ...words: readonly string[]) {
  const devices = join(folder, 'devices.csv');
  const started = await run('sweep', 'start', devices, '--name', name, '--window', 'now', '--yes', ...words);
  expect(started).toMatchObject({ exitCode: 0 });
  const report = async () => {
    const { exitCode, stdout } = await run('sweep', 'report', name, '--json');
    if (exitCode !== 0) return undefined;
    const { hasEnded, enqueued, excluded, delivered = 0, givenUp = {} } = JSON.parse(stdout) as Report;
    const isOver = hasEnded && enqueued === Object.values(givenUp).reduce((sum, count) => sum + count, delivered);
    return isOver ? { enqueued, excluded, delivered, givenUp } : undefined;
  };
  await expect.poll(report, { timeout: 120_000, interval: 500 }).toBeDefined();
  return report();
}

interface Report {
  readonly hasEnded: boolean;
  readonly enqueued: number;
  readonly excluded: number;
  readonly delivered?: number;
  readonly givenUp?: Readonly<Record<string, number>>;
}

const receivedCount = async () => {
  const response = await fetch(`${stack.sandboxUrl}/attempts`);
  return ((await response.json()) as unknown[]).length;
};

it('counts what a sweep delivered and gave up, and the next one leaves the dead devices out', async () => {
  // The sandbox knows one dead token, so each dead device has an AppId of its own. One in 25 times 4 is 240 of 1,500.
  const rows = Array.from({ length: 1500 }, (_, index) =>
    index % 25 < 4 ? `com.example.app${String(index)},unregistered\n` : `com.example.app,token-${String(index)}\n`,
  );
  await writeFile(join(folder, 'devices.csv'), `AppId,DeviceToken\n${rows.join('')}`);
  const first = await sweep('first');
  expect(first).toEqual({ enqueued: 1500, excluded: 0, delivered: 1260, givenUp: { unregistered: 240 } });

  const dead = join(folder, 'dead.csv');
  expect(await run('dead-letters', 'export', '--reason', 'unregistered', '--output', dead)).toMatchObject({
    exitCode: 0,
  });
  const before = await receivedCount();
  const second = await sweep('second', '--except', dead);
  expect(second).toEqual({ enqueued: 1260, excluded: 240, delivered: 1260, givenUp: {} });
  expect((await receivedCount()) - before).toBe(1260);
});
