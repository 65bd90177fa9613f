import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { inSmallChunks, listOf, minuteMs, threeOClock, tickMs, tokensOf } from '../../support/sweep.ts';
import { at, exported, squeezed, startSweepCli, threeOClockText } from '../../support/sweep-cli.ts';

let sweep: Awaited<ReturnType<typeof startSweepCli>>;
beforeEach(async () => {
  sweep = await startSweepCli();
});
afterEach(() => sweep.stop());

describe('sweep status', () => {
  it('shows a sweep before it begins, while it runs and when it has ended', async () => {
    sweep.relay.setNow(threeOClock - 60 * minuteMs);
    await sweep.start('--window', '30m');
    expect(squeezed((await sweep.run(['status', 'nightly'])).stdout)).toEqual([
      'nightly: waiting',
      expect.stringMatching(/^list devices\/nightly-20260102T020000Z-[\da-f]{8}\.csv$/),
      'verb NotifyReprovision',
      'window 30m',
      `begins ${at(1)}, in 1h1m`,
      `ends ${at(30)}, in 1h30m`,
      '',
    ]);

    sweep.relay.setNow(threeOClock);
    await sweep.relay.tick();
    sweep.relay.setNow(threeOClock + 5 * minuteMs);
    const [first] = await sweep.relay.reports('nightly');
    expect(squeezed((await sweep.run(['status'])).stdout)).toEqual([
      'nightly: running 1/2',
      expect.stringMatching(/^list devices\/nightly-20260102T020000Z-[\da-f]{8}\.csv$/),
      'verb NotifyReprovision',
      'window 30m',
      `run ${String(first?.run)}`,
      'slices 1 of 2',
      `enqueued ${String(first?.enqueued)}`,
      `duplicates ${String(first?.duplicates)}`,
      'filtered 0',
      `refused ${String(first?.refused)} ("sweep report nightly" lists them)`,
      `ends ${at(30)}, in 25m`,
      '',
    ]);

    await sweep.finish();
    sweep.relay.setNow(threeOClock + 40 * minuteMs);
    const ended = squeezed((await sweep.run(['status', 'nightly'])).stdout);
    expect(ended).toEqual(
      expect.arrayContaining([
        'nightly: ended',
        'slices 2 of 2',
        `enqueued ${String(exported.devices.length)}`,
        `ended ${at(30)}, 10m ago`,
      ]),
    );
  });

  it('takes the speed from the local stack, whatever the environment of the CLI says', async () => {
    await sweep.relay.putList(listOf(tokensOf(3)));
    await sweep.relay.plan('fast');
    await sweep.relay.tick({ speed: 60, tickMs: tickMs / 60 });
    await sweep.relay.put('local-stack.env', 'TICK_MINUTES=\nSWEEP_SPEED=60\n');
    expect(await sweep.json('status', 'fast')).toMatchObject({ state: 'ended' });
    await sweep.relay.put('local-stack.env', 'TICK_MINUTES=\nSWEEP_SPEED=\n');
    await sweep.relay.plan('slow');
    await sweep.relay.tick();
    const { stdout } = await sweep.run(['status', 'slow'], { environment: { SWEEP_SPEED: '60' } });
    expect(stdout).toContain('slow: ended\n');
  });

  it('prints JSON', async () => {
    await sweep.startHalf();
    expect(await sweep.json('status', 'nightly')).toMatchObject({
      name: 'nightly',
      state: 'running',
      window: 'PT30M',
      last: { hasEnded: false, slices: 2, slicesDone: 1, startsAt: threeOClockText },
    });
    expect(await sweep.json('status')).toMatchObject({ plans: [{ name: 'nightly' }] });
  });

  it('counts what a tick has done of a slice that it had to leave', async () => {
    const { relay } = sweep;
    await relay.putList(listOf(tokensOf(500)));
    await relay.plan('large');
    let isTimeUp = false;
    const store = inSmallChunks(relay.store, (index) => {
      isTimeUp ||= index === 5;
    });
    await relay.tick({ store }, () => (isTimeUp ? 1000 : 800_000));
    expect(relay.countOnQueue()).toBeGreaterThan(0);
    expect(await sweep.json('status', 'large')).toMatchObject({
      state: 'running',
      last: { slicesDone: 0, enqueued: relay.countOnQueue() },
    });
    expect(await sweep.json('report', 'large')).toMatchObject({ slices: 1, slicesDone: 0, verb: 'NotifyReprovision' });
  });

  it('shows why a plan is not run, before and after the function has reported it', async () => {
    await sweep.relay.put('plans/broken.json', '{"devices": "devices/list.csv", "window": "2h"}');
    expect((await sweep.run(['status', 'broken'])).stdout).toMatch(
      /^broken: faulty\n {2}fault +window must be .* P1D\.\n$/,
    );
    await sweep.relay.plan('listless');
    await sweep.relay.tick();
    const { stdout } = await sweep.run(['status', 'listless']);
    expect(stdout).toContain('listless: faulty\n');
    expect(stdout).toContain('There is no list devices/list.csv in the bucket');
    // The fault report is that of the plan before it was replaced.
    await sweep.relay.plan('listless', { window: 'PT1H' });
    expect((await sweep.run(['status', 'listless'])).stdout).toContain('listless: waiting\n');
  });

  it('shows when a sweep that is repeated begins again', async () => {
    await sweep.start('--window', '15m', '--every', '1d');
    await sweep.relay.tick();
    sweep.relay.setNow(threeOClock + 60 * minuteMs);
    expect(squeezed((await sweep.run(['status', 'nightly'])).stdout)).toEqual(
      expect.arrayContaining(['nightly: waiting', 'slices 1 of 1', `begins ${at(1441)}, in 23h1m`, 'every 1d']),
    );
  });

  it('shows how many pushes were not checked for duplicates', async () => {
    await sweep.relay.putList(listOf(tokensOf(10)));
    await sweep.relay.plan('large');
    expect((await sweep.run(['status', 'large'])).stdout).not.toContain('unchecked');
    await sweep.relay.tick({ maxRememberedDevices: 4 });
    expect(squeezed((await sweep.run(['status', 'large'])).stdout)).toContain(
      'unchecked 6 (not checked for duplicates: some of these devices may get a second push)',
    );
    expect(squeezed((await sweep.run(['report', 'large'])).stdout)).toContain('unchecked 6');
  });

  it('follows a run on a terminal until it has ended', async () => {
    const { relay } = sweep;
    const environment = { SWEEP_SPEED: '3600' };
    // At this speed a window of half an hour takes half a second.
    await sweep.run(['start', sweep.file, '--start', threeOClockText, '--window', '30m', '--yes'], { environment });
    const tick = () => relay.tick({ speed: 3600, tickMs: tickMs / 3600 });
    await tick();
    relay.setNow(threeOClock + tickMs / 3600);
    let readings = 0;
    const now = () => {
      // The run ends while it is followed.
      if ((readings += 1) === 10) void tick();
      return relay.now();
    };
    const { exitCode, stdout, stderr } = await sweep.run(['status', 'nightly'], { environment, isTTY: true, now });
    expect(exitCode).toBe(0);
    expect(stderr).toMatch(/█+░+ {2}1 of 2 slices, \d+ enqueued, \d+ refused, ends in /);
    expect(stdout).toContain('nightly: ended\n');
    expect(stdout).toMatch(new RegExp(`enqueued +${String(exported.devices.length)}\n`));
  });

  it('follows one run only, even if the next one begins with the next tick', async () => {
    const { relay } = sweep;
    const fastTickMs = tickMs / 3600;
    await relay.putList(listOf(tokensOf(3)));
    await relay.plan('often', { every: 'PT15M' });
    const tick = () => relay.tick({ speed: 3600, tickMs: fastTickMs });
    await tick();
    relay.setNow(threeOClock + fastTickMs / 2);
    let readings = 0;
    const now = () => {
      if ((readings += 1) === 8) {
        relay.setNow(threeOClock + fastTickMs);
        void tick();
      }
      return relay.now();
    };
    const environment = { SWEEP_SPEED: '3600' };
    const { exitCode, stdout } = await sweep.run(['status', 'often'], { environment, isTTY: true, now });
    expect(exitCode).toBe(0);
    expect(stdout).toMatch(/last run +20260102T030000_250Z/);
  });

  it('shows the state and exits with 130 when it is interrupted', async () => {
    await sweep.startHalf();
    const interruption = new AbortController();
    let readings = 0;
    const now = () => {
      if ((readings += 1) === 3) interruption.abort();
      return sweep.relay.now();
    };
    const { exitCode, stdout } = await sweep.run(['status'], { isTTY: true, now, interrupted: interruption.signal });
    expect({ exitCode, stdout }).toMatchObject({
      exitCode: 130,
      stdout: expect.stringContaining('running 1/2') as string,
    });
  });
});

describe('sweep list', () => {
  it('shows each plan in one line', async () => {
    const { relay } = sweep;
    await sweep.start('--name', 'later', '--window', '1h', '--every', '1d');
    await sweep.startHalf();
    await sweep.start('--name', 'done', '--window', 'now');
    await relay.plan('ghost', { window: 'PT2H' });
    await relay.put('plans/note.txt', 'hello');
    await relay.tick();
    const { stdout } = await sweep.run(['list'], { columns: 300 });
    const [titles, ...rows] = squeezed(stdout).filter((line) => line !== '');
    const counts = async (name: string) => {
      const [first] = await relay.reports(name);
      return `${String(first?.enqueued)} ${String(first?.refused)}`;
    };
    const list = async (name: string) => ((await sweep.plan(name)) as { devices: string }).devices;
    expect(titles).toBe('name state verb window begins every enqueued refused list');
    expect(rows).toEqual([
      `done ended NotifyReprovision now ${at(0)} ${await counts('done')} ${await list('done')}`,
      `ghost faulty NotifyReprovision 2h There is no list devices/list.csv in the bucket: upload it, or change devices in the plan.`,
      `later running 1/4 NotifyReprovision 1h ${at(0)} 1d ${await counts('later')} ${await list('later')}`,
      `nightly running 1/2 NotifyReprovision 30m ${at(0)} ${await counts('nightly')} ${await list('nightly')}`,
      `note.txt faulty A plan is a JSON file: its name must end in .json.`,
    ]);
    expect(await sweep.json('list')).toMatchObject({
      plans: [
        { name: 'done', state: 'ended', last: { hasEnded: true, enqueued: exported.devices.length } },
        { name: 'ghost', state: 'faulty', faults: [{ property: 'devices' }] },
        { name: 'later', state: 'running', every: 'P1D' },
        { name: 'nightly', state: 'running' },
        { name: 'note.txt', state: 'faulty' },
      ],
    });
  });
});
