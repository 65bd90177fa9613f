import { gzipSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { formatTime } from '../../../cli/time.ts';
import { cli } from '../../support/cli.ts';
import { minuteMs, threeOClock } from '../../support/sweep.ts';
import { at, exported, exportedApp, squeezed, startSweepCli, threeOClockText } from '../../support/sweep-cli.ts';

let sweep: Awaited<ReturnType<typeof startSweepCli>>;
beforeEach(async () => {
  sweep = await startSweepCli();
});
afterEach(() => sweep.stop());

describe('sweep start --dry-run', () => {
  it('shows what the sweep would do, and starts nothing', async () => {
    const { exitCode, stdout, stderr } = await sweep.run([
      ...['start', sweep.file, '--start', threeOClockText, '--dry-run'],
    ]);
    expect(exitCode).toBe(0);
    const { devices, duplicates, refused, rows } = exported;
    const calls = devices.filter(({ appId }) => appId === `${exportedApp}.pushkit`).length;
    expect(squeezed(stdout)).toEqual([
      `rows ${String(rows)}`,
      `pushes ${String(devices.length)}`,
      `duplicates ${String(duplicates)}`,
      'filtered 0',
      `refused ${String(refused.length)}`,
      '',
      'AppId pushes',
      `${exportedApp} ${String(devices.length - calls)}`,
      `${exportedApp}.pushkit ${String(calls)}`,
      '',
      'line reason',
      ...refused.map(({ line, reason }) => `${String(line)} ${reason}`),
      '',
      'plan nightly: NotifyReprovision to each device',
      `begins ${at(1)}, in 1m`,
      `ends ${at(120)}, in 2h`,
      `rate ${(devices.length / 7200).toPrecision(2)} pushes a second; the devices load their configuration at this rate`,
      'limits on iOS, not received by an app that was force-quit, and perhaps late to save battery',
      '',
    ]);
    expect(stderr).toBe(
      `300 rows read\n${exportedApp}.pushkit is for calls on iOS; text messages and reprovisions go to the app's other AppId. Pass --app ${exportedApp} to leave it out.\n`,
    );
    expect(await sweep.keysIn('plans/', 'devices/')).toEqual([]);
    for (const { deviceToken, selector } of devices) {
      expect(stdout).not.toContain(deviceToken);
      expect(stdout).not.toContain(selector);
    }
  });

  it('does not use the network for a file', async () => {
    const run = await cli(['sweep', 'start', sweep.file, '--stage', 'prod', '--dry-run'], { environment: {} });
    expect(run).toMatchObject({ exitCode: 0, stdout: expect.stringContaining('rows        300') as string });
  });

  it('says that the start has passed', async () => {
    sweep.relay.setNow(threeOClock + 120 * minuteMs);
    expect((await sweep.start('--dry-run')).stdout).toContain(
      `The start ${at(0)} has passed: the sweep begins with the next tick.\n`,
    );
  });

  it('shows at most twenty AppIds and a hundred refused rows', async () => {
    const apps = Array.from({ length: 25 }, (_, index) => `app${String(index)},t\n`);
    const path = await sweep.listFile('apps.csv', `appid,token\n${apps.join('')}${'app,\n'.repeat(130)}`);
    const { stdout } = await sweep.run(['start', path, '--dry-run', '--window', '1m']);
    expect(stdout).toContain('app19       1\nand 5 more.\n');
    expect(stdout).toContain(' 126  DeviceToken is empty.\nand 30 more.\n');
    expect(stdout).toContain('0.42 pushes a second');
  });
});

describe('sweep start', () => {
  it('puts the list and the plan where the function finds them', async () => {
    const words = ['--window', '30m', '--app', exportedApp, '--seen-within', '90d', '--every', '1d12h'];
    const { exitCode, stdout } = await sweep.start(...words);
    expect(exitCode).toBe(0);
    expect(stdout).toContain(`again   every 1d12h, next ${at(36 * 60)}\n`);
    expect(stdout).toMatch(
      /\nStarted: plans\/nightly\.json\. Follow it with "sweep status nightly", stop it with "sweep stop nightly"\.\n$/,
    );
    expect(await sweep.keysIn('plans/')).toEqual(['plans/nightly.json']);
    const [devices] = await sweep.keysIn('devices/');
    expect(devices).toMatch(/^devices\/nightly-20260102T030000Z-[\da-f]{8}\.csv$/);
    expect(await sweep.plan('nightly')).toEqual({
      devices,
      verb: 'NotifyReprovision',
      start: '2026-01-02T03:00:00Z',
      window: 'PT30M',
      every: 'P1DT12H',
      appIds: [exportedApp],
      seenWithin: 'P90D',
    });
    await sweep.relay.tick();
    await sweep.finish();
    const selected = exported.devices.filter(({ appId, isDead }) => appId === exportedApp && !isDead);
    expect(sweep.relay.tokens()).toEqual(selected.map(({ deviceToken }) => deviceToken).sort());
  });

  it('passes the parameters of a verb', async () => {
    const words = ['--verb', 'NotifyGenericTextMessage', '--message', 'Back at 6.', '--parameter', 'Badge=1'];
    expect(await sweep.start(...words, '--parameter', 'Url=a=b', '--window', 'now', '--name', 'show')).toMatchObject({
      exitCode: 0,
      stdout: expect.stringMatching(/rate +all at once, as fast as the relay delivers\n/) as string,
    });
    expect(await sweep.plan('show')).toMatchObject({
      verb: 'NotifyGenericTextMessage',
      window: 'PT0S',
      parameters: { Message: 'Back at 6.', Badge: '1', Url: 'a=b' },
    });
  });

  it('accepts a verb that only the deployment knows if --extra-verb is passed', async () => {
    expect(await sweep.start('--verb', 'NotifyOther')).toMatchObject({
      exitCode: 1,
      stdout: '',
      stderr: expect.stringMatching(/NotifyReprovision.*--extra-verb\.\)\n$/) as string,
    });
    expect(await sweep.start('--verb', 'NotifyOther', '--extra-verb')).toMatchObject({ exitCode: 0 });
    expect(await sweep.json('status', 'nightly')).toMatchObject({ state: 'waiting', verb: 'NotifyOther' });
  });

  it('begins with the next tick by default, and runs as fast as the local stack does', async () => {
    sweep.relay.setNow(threeOClock + 5000);
    const environment = { SWEEP_SPEED: '60' };
    const { stdout } = await sweep.run(['start', sweep.file, '--window', '1h', '--yes'], { environment });
    // There is a tick every 15 seconds, of which a fifteenth is left for enqueueing.
    expect(stdout).toContain(`begins  ${formatTime(threeOClock + 16_000)}, in 11s\n`);
    expect(stdout).toContain(`ends    ${formatTime(threeOClock + 75_000)}, in 1m10s\n`);
    expect(await sweep.plan('nightly')).toMatchObject({ window: 'PT1H' });
  });

  it('uses a list that is in the bucket already', async () => {
    await sweep.relay.put('devices/all.jsonl.gz', gzipSync('{"AppId":"A","DeviceToken":"t"}\n'));
    const words = ['--start', threeOClockText, '--yes', '--window', 'now'];
    expect(await sweep.run(['start', 'devices/all.jsonl.gz', ...words])).toMatchObject({ exitCode: 0 });
    expect(await sweep.plan('all')).toMatchObject({ devices: 'devices/all.jsonl.gz' });
    const named = ['start', 's3://pnm2-relay-local-sweeps/devices/all.jsonl.gz', '--name', 'again', ...words];
    expect(await sweep.run(named)).toMatchObject({ exitCode: 0 });
    await sweep.relay.tick();
    expect(sweep.relay.tokens()).toEqual(['t', 't']);
  });

  it('starts nothing if the answer is no, or if there is no terminal to ask', async () => {
    const words = ['start', sweep.file, '--window', 'now'];
    const declined = await sweep.run(words, { typed: 'n\n' });
    expect(declined).toMatchObject({
      exitCode: 0,
      stdout: expect.stringMatching(/\nNothing was started\.\n$/) as string,
    });
    expect(await sweep.keysIn('plans/', 'devices/')).toEqual([]);
    const withoutTerminal = await sweep.run(words);
    expect(withoutTerminal).toMatchObject({ exitCode: 1, stdout: expect.stringContaining('devices') as string });
    expect(withoutTerminal.stderr).toMatch(/Not a terminal: pass --yes to confirm\.\n$/);
    expect(await sweep.keysIn('plans/', 'devices/')).toEqual([]);
  });

  it('reports a missing file before it asks for a terminal', async () => {
    const { exitCode, stderr } = await sweep.run(['start', '/nonexistent/devices.csv']);
    expect(exitCode).toBe(1);
    expect(stderr).not.toContain('terminal');
  });
});
