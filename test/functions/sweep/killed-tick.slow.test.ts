import { fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { startSweep, threeOClock, tickMs, tokensOf } from '../../support/sweep.ts';

let sweep: Awaited<ReturnType<typeof startSweep>>;
beforeEach(async () => {
  sweep = await startSweep();
});
afterEach(() => sweep.stop());

const tokens = tokensOf(40_000);

/** Starts a process that runs one tick, with a clock that goes thirty times as fast. */
function startTick(nowMs: number) {
  const { queues, awsEndpoint, bucket } = sweep;
  return fork(fileURLToPath(new URL('tick-instance.ts', import.meta.url)), [String(nowMs), '30'], {
    env: {
      AWS_REGION: 'us-east-1',
      AWS_ACCESS_KEY_ID: 'test',
      AWS_SECRET_ACCESS_KEY: 'test',
      AWS_ENDPOINT_URL_S3: awsEndpoint,
      AWS_ENDPOINT_URL_SQS: `http://127.0.0.1:${String(queues.server.port)}`,
      SWEEPS_QUEUE_URL: queues.pushes.url,
      OUTCOME_COUNTS_QUEUE_URL: queues.outcomeCounts.url,
      SWEEPS_BUCKET: bucket,
      DEVICES_TABLE: 'devices',
    },
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  });
}

describe('a tick that is killed in the middle of a slice', () => {
  it('is followed by one that misses no device and sends few pushes twice', async () => {
    const rows = tokens.map((token) => `${'S'.repeat(49)},com.example.app,${token},2026-01-02 03:04:05.678+00\n`);
    await sweep.putList(`selector,appid,token,lastseen\n${rows.join('')}`);
    await sweep.plan('killed');

    const killed = startTick(threeOClock);
    const ended = once(killed, 'exit');
    await vi.waitUntil(() => sweep.countOnQueue() > tokens.length / 2, { timeout: 60_000, interval: 5 });
    killed.kill('SIGKILL');
    await ended;
    const before = sweep.countOnQueue();
    expect(before).toBeLessThan(tokens.length);
    expect(await sweep.reports('killed')).toEqual([]);

    const next = startTick(threeOClock + tickMs);
    expect(await once(next, 'exit')).toEqual([0, null]);
    expect(new Set(sweep.tokens())).toEqual(new Set(tokens));
    const twice = sweep.countOnQueue() - tokens.length;
    console.log(`${String(before)} of ${String(tokens.length)} enqueued when killed; ${String(twice)} sent twice`);
    expect(twice).toBeLessThanOrEqual(before);
    expect(await sweep.summaries('killed')).toMatchObject([{ slices: 1 }]);
    expect(await sweep.reports('killed')).toMatchObject([{ ticks: 2 }]);
  });
});
