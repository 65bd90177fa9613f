import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { exportedApp, startSweepCli } from '../../support/sweep-cli.ts';

let sweep: Awaited<ReturnType<typeof startSweepCli>>;
beforeAll(async () => {
  sweep = await startSweepCli();
});
afterAll(() => sweep.stop());

describe('sweep start', () => {
  it.each<[words: string[], error: string | RegExp]>([
    [['--name', 'a/b'], /^"a\/b" is not a valid plan name: pass --name with at most 100 letters, .*\n$/],
    [['--name', '..'], /^"\.\." is not a valid plan name: .* not beginning with "\." or "-"\.\n$/],
    [['--name=-x'], /^"-x" is not a valid plan name: /],
    [['--every', '1h'], 'every must not be shorter than window: a run would start before the last one has ended.\n'],
    [['--verb', 'NotifyGenericTextMessage', '--parameter', 'Selector=S'], /Selector.*Message/],
    [['--message', 'a', '--parameter', 'Message=b'], 'Message is given twice: pass it once.\n'],
    [['--window', '40d'], 'window must be at most P31D.\n'],
    [['--window', '40d', '--verb', 'NotifyGenericTextMessage'], /window must be at most P31D\..*Message/],
    [['--window', '2 hours'], /^error: option '--window <duration>' .*such as 90s, 2h or 1d12h\. \(see --help\)\n$/],
    [['--start', 'tomorrow'], /^error: option '--start <time>' .*2026-01-02T03:00.*\n$/],
    [['--parameter', 'Badge'], /^error: option '--parameter <name=value>' .*NAME=VALUE.*\n$/],
    [['--tick-minutes', '0'], /^error: option '--tick-minutes <number>' .* It must be one of 1, 2, 3, .*\n$/],
    [['--tick-minutes', '20'], /^error: option '--tick-minutes <number>' .* It must be one of 1, 2, 3, .*\n$/],
    [['--stage', 'prod'], /^error: option '--local' cannot be used with option '--stage <name>'.*\n$/],
  ])('reports a wrong option in one line: %j', async (words, error) => {
    const { exitCode, stdout, stderr } = await sweep.run(['start', sweep.file, '--yes', ...words]);
    expect({ exitCode, stdout }).toEqual({ exitCode: 1, stdout: '' });
    if (typeof error === 'string') expect(stderr).toBe(error);
    else expect(stderr).toMatch(error);
    expect(stderr.trimEnd()).not.toContain('\n');
    expect(await sweep.keysIn('plans/', 'devices/')).toEqual([]);
  });

  it.each<[fault: string, content: string | Buffer, error: string]>([
    ['is empty', '', 'The list is empty.'],
    ['has no header', 'S:1,app,token\n', 'The list has no column AppId'],
    ['begins like gzip but is not', Buffer.from('\x1f\x8bnonsense', 'latin1'), "The list can't be decompressed"],
    ['has no device', 'appid,token\n', 'has no device that would get a push.'],
    ['has no device of the app', `appid,token\nother,t\n`, 'has no device that would get a push.'],
  ])('refuses a list that %s', async (_fault, content, error) => {
    const path = await sweep.listFile('faulty.csv', content);
    const { exitCode, stderr } = await sweep.run(['start', path, '--yes', '--app', exportedApp]);
    expect({ exitCode, stderr }).toEqual({ exitCode: 1, stderr: expect.stringContaining(error) as string });
    expect(stderr).toContain(path);
    expect(await sweep.keysIn('plans/', 'devices/')).toEqual([]);
  });

  it.each([
    [
      'devices/none.csv',
      'There is no file devices/none.csv on this machine, and no object devices/none.csv in the bucket pnm2-relay-local-sweeps.\n',
    ],
    ['/nonexistent/devices.csv', 'There is no file /nonexistent/devices.csv.\n'],
    ['./none.csv', 'There is no file ./none.csv.\n'],
    ['../none.csv', 'There is no file ../none.csv.\n'],
    ['~/none.csv', 'There is no file ~/none.csv.\n'],
    ['docs', 'docs is not a file: pass the path of a list.\n'],
    ['s3://pnm2-relay-local-sweeps/none.csv', 'There is no object none.csv in the bucket pnm2-relay-local-sweeps.\n'],
    ['s3://nothing', 'Use s3://BUCKET/KEY, such as s3://BUCKET/devices/list.csv.\n'],
    [
      's3://other/devices/list.csv',
      'The list must be in the bucket of the sweeps, pnm2-relay-local-sweeps: copy it there with aws s3 cp, or pass a file.\n',
    ],
  ])('reports that there is no list at %s', async (devices, stderr) => {
    expect(await sweep.run(['start', devices, '--yes'])).toEqual({ exitCode: 1, stdout: '', stderr });
  });
});

describe('sweep status, report and stop', () => {
  it('say that there is no such plan or run', async () => {
    expect(await sweep.run(['status'])).toMatchObject({ exitCode: 0, stdout: 'There are no sweeps.\n' });
    expect(await sweep.run(['list'])).toMatchObject({ exitCode: 0, stdout: 'There are no sweeps.\n' });
    const noPlan = 'There is no plan none: "sweep list" shows the plans.\n';
    expect(await sweep.run(['status', 'none'])).toEqual({ exitCode: 1, stdout: '', stderr: noPlan });
    expect(await sweep.run(['stop', 'none', '--yes'])).toEqual({ exitCode: 1, stdout: '', stderr: noPlan });
    expect(await sweep.run(['report', 'none'])).toEqual({
      exitCode: 1,
      stdout: '',
      stderr: 'No run of none has begun: "sweep list" shows when plans begin.\n',
    });
  });
});
