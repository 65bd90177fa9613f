import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { minuteMs, threeOClock } from '../../support/sweep.ts';
import { at, exported, exportedApp, squeezed, startSweepCli } from '../../support/sweep-cli.ts';

let sweep: Awaited<ReturnType<typeof startSweepCli>>;
beforeEach(async () => {
  sweep = await startSweepCli();
});
afterEach(() => sweep.stop());

describe('sweep report', () => {
  it('shows the totals of a run so far, and all of them when it has ended', async () => {
    const first = await sweep.startHalf();
    expect(squeezed((await sweep.run(['report', 'nightly'])).stdout)).toEqual([
      `nightly, run ${first.run}: running`,
      expect.stringMatching(/^list devices\/nightly-\S+\.csv$/) as string,
      'verb NotifyReprovision',
      'slices 1 of 2',
      `due ${at(1)} to ${at(15)}`,
      `rows ${String(first.rows)}`,
      `enqueued ${String(first.enqueued)}`,
      `duplicates ${String(first.duplicates)}`,
      'filtered 0',
      `refused ${String(first.refused)}`,
      '',
      'line reason',
      ...first.refusedRows.map(({ line, reason }) => `${String(line)} ${reason}`),
      '',
    ]);
    await sweep.finish();
    expect(await sweep.json('report', 'nightly')).toMatchObject({
      run: first.run,
      hasEnded: true,
      slicesDone: 2,
      rows: exported.rows,
      enqueued: exported.devices.length,
      duplicates: exported.duplicates,
      refused: exported.refused.length,
      refusedRows: exported.refused,
    });
    const { stdout } = await sweep.run(['report', 'nightly']);
    expect(stdout).toContain(`run ${first.run}: ended\n`);
    await sweep.run(['stop', 'nightly', '--yes']);
    expect(await sweep.json('report', 'nightly')).toMatchObject({ state: 'ended' });
    for (const { deviceToken, selector } of exported.devices) {
      expect(stdout).not.toContain(deviceToken);
      expect(stdout).not.toContain(selector);
    }
  });

  it('shows how the pushes ended, as far as ticks have counted it', async () => {
    const { run } = await sweep.startHalf();
    await sweep.relay.reportOutcomes({ plan: 'nightly', run, delivered: 3, givenUp: { expired: 1, unregistered: 2 } });
    await sweep.finish();
    const lines = squeezed((await sweep.run(['report', 'nightly'])).stdout);
    expect(lines).toEqual(expect.arrayContaining(['delivered 3', 'given up 2 unregistered, 1 expired']));
    const counts = { delivered: 3, givenUp: { expired: 1, unregistered: 2 }, countedAt: '2026-01-02T03:15:00.000Z' };
    expect(await sweep.json('report', 'nightly')).toMatchObject(counts);

    await sweep.relay.reportOutcomes({ plan: 'nightly', run, delivered: 4, givenUp: {} });
    await sweep.relay.tick();
    const status = squeezed((await sweep.run(['status', 'nightly'])).stdout);
    expect(status).toEqual(expect.arrayContaining(['nightly: ended', 'delivered 7']));
    expect(await sweep.json('status', 'nightly')).toMatchObject({ last: { ...counts, delivered: 7 } });
    expect(await sweep.json('list')).toMatchObject({ plans: [{ name: 'nightly', state: 'ended' }] });
  });

  it('calls a run stopped whose plan was deleted or replaced before it had ended', async () => {
    await sweep.startHalf();
    expect(await sweep.json('report', 'nightly')).toMatchObject({ state: 'running', hasEnded: false });
    await sweep.relay.plan('nightly', { window: 'PT1H' });
    expect(await sweep.json('report', 'nightly')).toMatchObject({ state: 'stopped', hasEnded: false });
    await sweep.relay.put('plans/nightly.json', '{}');
    expect(await sweep.json('report', 'nightly')).toMatchObject({ state: 'stopped' });
    await sweep.run(['stop', 'nightly', '--yes']);
    expect((await sweep.run(['report', 'nightly'])).stdout).toMatch(/^nightly, run \S+: stopped\n/);
  });

  it('lists the first hundred refused rows', async () => {
    await sweep.relay.putList(`appid,token\napp,t\n${'app,\n'.repeat(130)}`);
    await sweep.relay.plan('once');
    await sweep.relay.tick();
    const { stdout } = await sweep.run(['report', 'once']);
    expect(stdout).toContain('   3  DeviceToken is empty.\n');
    expect(stdout).toContain(' 102  DeviceToken is empty.\nand 30 more.\n');
  });

  it('shows any run, also of a plan that was deleted', async () => {
    await sweep.start('--window', 'now', '--every', '1d');
    await sweep.relay.tick();
    sweep.relay.setNow(threeOClock + 1440 * minuteMs);
    await sweep.relay.tick();
    await sweep.run(['stop', 'nightly', '--yes']);
    const last = (await sweep.json('report', 'nightly')) as { run: string };
    expect(last.run).toMatch(/^20260103T030000Z-[\da-f]{8}$/);
    const firstRun = last.run.replace('20260103', '20260102');
    expect(await sweep.json('report', 'nightly', '--run', firstRun)).toMatchObject({ run: firstRun, hasEnded: true });
    expect(await sweep.run(['report', 'nightly', '--run', 'other'])).toEqual({
      exitCode: 1,
      stdout: '',
      stderr: `nightly has no run other. Its runs: ${firstRun}, ${last.run}.\n`,
    });
  });

  it('shows the later one of two runs with the same name and start', async () => {
    await sweep.start('--window', 'now');
    await sweep.relay.tick();
    await sweep.run(['stop', 'nightly', '--yes']);
    sweep.relay.setNow(threeOClock + minuteMs);
    await sweep.start('--window', 'now', '--app', exportedApp);
    await sweep.relay.tick();
    const { enqueued, filtered } = (await sweep.json('report', 'nightly')) as { enqueued: number; filtered: number };
    expect(filtered).toBeGreaterThan(0);
    expect(enqueued).toBeLessThan(exported.devices.length);
  });
});
