import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { formatTime } from '../../cli/time.ts';
import { sipisExport } from '../support/sipis-export.ts';
import { minuteMs, startSweep, threeOClock } from '../support/sweep.ts';
import { cli, type CliOptions } from '../support/cli.ts';

const tickMs = 15 * minuteMs;
const list = sipisExport();
const app = 'com.example.softphone';
const at = (minutes: number) => formatTime(threeOClock + minutes * minuteMs);
const threeOClockText = new Date(threeOClock).toISOString();

let folder: string;
let file: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'pnm2-relay-'));
  file = join(folder, 'nightly.csv');
  await writeFile(file, list.text);
});
afterAll(() => rm(folder, { recursive: true }));

let relay: Awaited<ReturnType<typeof startSweep>>;
beforeEach(async () => {
  relay = await startSweep({}, 'pnm2-relay-local-sweeps');
});
afterEach(() => relay.stop());

/** `sweep …` against the bucket of this test, at the time of its sweep. */
const sweep = (words: readonly string[], { environment, ...options }: Partial<CliOptions> = {}) =>
  cli(['sweep', ...words, '--local'], {
    environment: { AWS_PORT: String(relay.port), ...environment },
    now: relay.now,
    ...options,
  });

const start = (...words: string[]) => sweep(['start', file, '--start', threeOClockText, '--yes', ...words]);
const json = async (...words: string[]) => JSON.parse((await sweep([...words, '--json'])).stdout) as unknown;

/** What lies in the bucket. */
async function keysIn(...folders: string[]): Promise<string[]> {
  const listings = await Promise.all(folders.map((name) => relay.store.list(name)));
  return listings.flatMap(({ objects }) => objects.map(({ key }) => key));
}
const planOf = async (name: string) =>
  JSON.parse((await relay.store.readText(`plans/${name}.json`))?.text ?? '') as unknown;

/** Writes a list into the folder of the tests. */
async function listFile(name: string, content: string | Buffer): Promise<string> {
  const path = join(folder, name);
  await writeFile(path, content);
  return path;
}

/** The sweep of the next tests: two slices, of which the first is done. */
async function startedHalf() {
  await start('--window', '30m');
  await relay.tick();
  relay.setNow(threeOClock + 5 * minuteMs);
  const [first] = await relay.reports('nightly');
  if (first === undefined) throw new Error('no slice is done');
  return first;
}
async function finish() {
  relay.setNow(threeOClock + tickMs);
  await relay.tick();
}
const squeezed = (text: string) => text.split('\n').map((line) => line.replace(/ +/g, ' ').trim());

describe('sweep start', () => {
  it('shows what would be done, and does nothing, in a dry run', async () => {
    const { exitCode, stdout, stderr } = await sweep(['start', file, '--start', threeOClockText, '--dry-run']);
    expect(exitCode).toBe(0);
    const lines = squeezed(stdout);
    const calls = list.devices.filter(({ appId }) => appId === `${app}.pushkit`).length;
    expect(lines).toEqual(
      expect.arrayContaining([
        'rows 5000',
        `pushes ${String(list.devices.length)}`,
        `duplicates ${String(list.duplicates)}`,
        'left out 0',
        `refused ${String(list.refused.length)}`,
        `${app} ${String(list.devices.length - calls)}`,
        `${app}.pushkit ${String(calls)}`,
        ...list.refused.slice(0, 100).map(({ line, reason }) => `${String(line)} ${reason}`),
        `and ${String(list.refused.length - 100)} more.`,
        'plan nightly: NotifyReprovision to each',
        `begins ${at(1)}, in 1m`,
        `ends ${at(120)}, in 2h`,
        'rate 0.55 pushes a second; as many devices load their configuration',
      ]),
    );
    expect(stderr).toContain('5000 rows read\n');
    expect(stderr).toContain(`${app}.pushkit is for calls on iOS`);
    expect(await keysIn('plans/', 'devices/')).toEqual([]);
    for (const { deviceToken, selector } of list.devices.slice(0, 100)) {
      expect(stdout).not.toContain(deviceToken);
      expect(stdout).not.toContain(selector);
    }
  });

  it('needs nothing of the network for a dry run of a file', async () => {
    const run = await cli(['sweep', 'start', file, '--stage', 'prod', '--dry-run'], { environment: {} });
    expect(run).toMatchObject({ exitCode: 0, stdout: expect.stringContaining('rows        5000') as string });
  });

  it('puts the list and the plan in their places, for the function to find', async () => {
    const words = ['--window', '30m', '--app', app, '--seen-within', '90d', '--every', '1d12h'];
    const { exitCode, stdout } = await start(...words);
    expect(exitCode).toBe(0);
    expect(stdout).toContain(`again   every 1d12h, next ${at(36 * 60)}\n`);
    expect(stdout).toMatch(/\nStarted: plans\/nightly\.json\. .*sweep status nightly.*sweep stop nightly.*\n$/);
    expect(await keysIn('plans/', 'devices/')).toEqual(['plans/nightly.json', 'devices/nightly-20260102T030000Z.csv']);
    expect(await planOf('nightly')).toEqual({
      devices: 'devices/nightly-20260102T030000Z.csv',
      verb: 'NotifyReprovision',
      start: '2026-01-02T03:00:00Z',
      window: 'PT30M',
      every: 'P1DT12H',
      appIds: [app],
      seenWithin: 'P90D',
    });
    await relay.tick();
    relay.setNow(threeOClock + tickMs);
    await relay.tick();
    const meant = list.devices.filter(({ appId, isDead }) => appId === app && !isDead);
    expect(
      relay
        .pushes()
        .map(({ deviceToken }) => deviceToken)
        .sort(),
    ).toEqual(meant.map(({ deviceToken }) => deviceToken).sort());
  });

  it('takes the parameters of a verb', async () => {
    const words = ['--verb', 'NotifyGenericTextMessage', '--message', 'Back at 6.', '--parameter', 'Badge=1'];
    expect(await start(...words, '--parameter', 'Url=a=b', '--window', 'now', '--name', 'show')).toMatchObject({
      exitCode: 0,
      stdout: expect.stringMatching(/rate +all at once, as fast as the relay delivers\n/) as string,
    });
    expect(await planOf('show')).toMatchObject({
      verb: 'NotifyGenericTextMessage',
      window: 'PT0S',
      parameters: { Message: 'Back at 6.', Badge: '1', Url: 'a=b' },
    });
  });

  it('allows a verb that only the deployment knows, when it is told so', async () => {
    expect(await start('--verb', 'NotifyOther')).toMatchObject({
      exitCode: 1,
      stdout: '',
      stderr: expect.stringMatching(/NotifyReprovision.*--extra-verb\.\)\n$/) as string,
    });
    expect(await start('--verb', 'NotifyOther', '--extra-verb')).toMatchObject({ exitCode: 0 });
    expect(await json('status', 'nightly')).toMatchObject({ state: 'waiting', verb: 'NotifyOther' });
  });

  it('begins with the next tick where it is not said when, and runs as fast as the local stack does', async () => {
    relay.setNow(threeOClock + 5000);
    const environment = { SWEEP_SPEED: '60' };
    const { stdout } = await sweep(['start', file, '--window', '1h', '--yes'], { environment });
    // Ticks are a quarter of a minute apart, of which a fifteenth is for putting the pushes on the queue.
    expect(stdout).toContain(`begins  ${formatTime(threeOClock + 16_000)}, in 11s\n`);
    expect(stdout).toContain(`ends    ${formatTime(threeOClock + 75_000)}, in 1m10s\n`);
    expect(await planOf('nightly')).toMatchObject({ window: 'PT1H' });
  });

  it('says that a start has passed', async () => {
    relay.setNow(threeOClock + 120 * minuteMs);
    expect((await start('--dry-run')).stdout).toContain(
      `The start ${at(0)} has passed: it begins with the next tick.\n`,
    );
  });

  it('takes a list that is in the bucket already', async () => {
    await relay.put('devices/all.jsonl.gz', gzipSync('{"AppId":"A","DeviceToken":"t"}\n'));
    const words = ['--start', threeOClockText, '--yes', '--window', 'now'];
    expect(await sweep(['start', 'devices/all.jsonl.gz', ...words])).toMatchObject({ exitCode: 0 });
    expect(await planOf('all')).toMatchObject({ devices: 'devices/all.jsonl.gz' });
    const named = ['start', 's3://pnm2-relay-local-sweeps/devices/all.jsonl.gz', '--name', 'again', ...words];
    expect(await sweep(named)).toMatchObject({ exitCode: 0 });
    await relay.tick();
    expect(relay.pushes().map(({ deviceToken }) => deviceToken)).toEqual(['t', 't']);
    expect(await sweep(['start', 's3://other/devices/other.jsonl.gz', ...words])).toMatchObject({
      exitCode: 1,
      stderr:
        'The list must be in the bucket of the sweeps, pnm2-relay-local-sweeps: copy it there with aws s3 cp, or give a file.\n',
    });
  });

  it('uploads a large list in parts, with a bar on a terminal', async () => {
    // Incompressible, and more than an embedded S3 takes at once.
    const rows = Array.from({ length: 130_000 }, (_, index) => `app,${'t'.repeat(90)}${String(index)}\n`);
    const large = await listFile('large.csv', `appid,token\n${rows.join('')}`);
    const words = ['start', large, '--start', threeOClockText, '--window', '1d'];
    const { exitCode, stdout, stderr } = await sweep(words, { typed: 'y\n' });
    expect({ exitCode, stdout }).toMatchObject({
      exitCode: 0,
      stdout: expect.stringContaining('pushes      130000') as string,
    });
    expect(stderr).toMatch(/█.*rows read/);
    expect(stderr).toContain('Start it? [y/N] ');
    expect(stderr).toMatch(/█.*MB uploaded/);
    const [key = ''] = await keysIn('devices/');
    const stored = await relay.store.head(key);
    expect(stored?.bytes).toBe(Buffer.byteLength(rows.join('')) + 'appid,token\n'.length);
  });

  it('asks, and starts nothing where the answer is no', async () => {
    const words = ['start', file, '--window', 'now'];
    const declined = await sweep(words, { typed: 'n\n' });
    expect(declined).toMatchObject({
      exitCode: 0,
      stdout: expect.stringMatching(/\nNothing was started\.\n$/) as string,
    });
    expect(await keysIn('plans/', 'devices/')).toEqual([]);
    expect(await sweep(words)).toMatchObject({
      exitCode: 1,
      stdout: '',
      stderr: 'Not a terminal: pass --yes to confirm.\n',
    });
  });

  it('ends as a shell expects when it is interrupted, and leaves nothing behind', async () => {
    const interruption = new AbortController();
    const asked = sweep(['start', file], { isTTY: true, interrupted: interruption.signal });
    interruption.abort();
    expect(await asked).toMatchObject({ exitCode: 130 });
    expect(await keysIn('plans/', 'devices/')).toEqual([]);
  });

  it('does not take the place of another plan', async () => {
    await start();
    const refused = await start('--window', '1h');
    expect(refused).toMatchObject({
      exitCode: 1,
      stdout: '',
      stderr:
        'There is a plan nightly already: give this one another name with --name, or remove that one with "sweep stop nightly".\n',
    });
    expect(await planOf('nightly')).toMatchObject({ window: 'PT2H' });
    const both = await Promise.all([start('--name', 'both'), start('--name', 'both')]);
    expect(both.map(({ exitCode }) => exitCode).sort()).toEqual([0, 1]);
  });

  it.each<[words: string[], told: string | RegExp]>([
    [
      ['--name', 'a/b'],
      '"a/b" is no name of a plan: say one of letters, digits, "_", "." and "-", a hundred at the most, with --name.\n',
    ],
    [['--every', '1h'], 'every must not be shorter than window: a run would start before the last one has ended.\n'],
    [['--verb', 'NotifyGenericTextMessage', '--parameter', 'Selector=S'], /Selector.*Message/],
    [['--message', 'a', '--parameter', 'Message=b'], 'Message is given twice: say it once.\n'],
    [['--window', '40d'], 'window must be at most P31D.\n'],
    [['--window', '2 hours'], /^error: option '--window <duration>' .*such as 90s, 2h or 1d12h\. \(see --help\)\n$/],
    [['--start', 'tomorrow'], /^error: option '--start <time>' .*2026-01-02T03:00.*\n$/],
    [['--parameter', 'Badge'], /^error: option '--parameter <name=value>' .*NAME=VALUE.*\n$/],
    [['--stage', 'prod'], /^error: option '--local' cannot be used with option '--stage <name>'.*\n$/],
  ])('tells a mistake in a line: %j', async (words, told) => {
    const { exitCode, stdout, stderr } = await sweep(['start', file, '--yes', ...words]);
    expect({ exitCode, stdout }).toEqual({ exitCode: 1, stdout: '' });
    if (typeof told === 'string') expect(stderr).toBe(told);
    else expect(stderr).toMatch(told);
    expect(stderr.trimEnd()).not.toContain('\n');
    expect(await keysIn('plans/', 'devices/')).toEqual([]);
  });

  it('tells all that is wrong with a plan at once', async () => {
    const { stderr } = await sweep(['start', file, '--yes', '--window', '40d', '--verb', 'NotifyGenericTextMessage']);
    expect(stderr).toContain('window must be at most P31D.');
    expect(stderr).toContain('Message');
  });

  it.each<[fault: string, content: string | Buffer, told: string]>([
    ['is empty', '', 'The list is empty.'],
    ['has no header', 'S:1,app,token\n', 'The list has no column AppId'],
    ['is no gzip after all', Buffer.from('\x1f\x8bnonsense', 'latin1'), "The list can't be decompressed"],
    ['has no device', 'appid,token\n', 'has no device that would get a push.'],
    ['has none for the app', `appid,token\nother,t\n`, 'has no device that would get a push.'],
  ])('refuses a list that %s', async (_fault, content, told) => {
    const path = await listFile('faulty.csv', content);
    const { exitCode, stderr } = await sweep(['start', path, '--yes', '--app', app]);
    expect({ exitCode, stderr }).toEqual({ exitCode: 1, stderr: expect.stringContaining(told) as string });
    expect(stderr).toContain(path);
    expect(await keysIn('plans/', 'devices/')).toEqual([]);
  });

  it('says that there is no such list', async () => {
    expect(await sweep(['start', 'devices/none.csv', '--yes'])).toMatchObject({
      exitCode: 1,
      stderr:
        'There is no file devices/none.csv here, and no object of that key in the bucket pnm2-relay-local-sweeps.\n',
    });
    expect(await sweep(['start', folder, '--name', 'x', '--yes'])).toMatchObject({
      exitCode: 1,
      stderr: `${folder} is no file: say which list of devices in it.\n`,
    });
    expect(await sweep(['start', 's3://nothing', '--yes'])).toMatchObject({ exitCode: 1 });
  });
});

describe('sweep status', () => {
  it('tells how it stands with a sweep, before it begins, while it runs and when it has ended', async () => {
    relay.setNow(threeOClock - 60 * minuteMs);
    await start('--window', '30m');
    expect(squeezed((await sweep(['status', 'nightly'])).stdout)).toEqual([
      'nightly: waiting',
      'list devices/nightly-20260102T020000Z.csv',
      'verb NotifyReprovision',
      'window 30m',
      `begins ${at(1)}, in 1h1m`,
      `ends ${at(30)}, in 1h30m`,
      '',
    ]);

    relay.setNow(threeOClock);
    await relay.tick();
    relay.setNow(threeOClock + 5 * minuteMs);
    const [first] = await relay.reports('nightly');
    const [runId] = (await relay.store.list('plans/nightly/')).folders.map((name) => name.split('/').at(-2));
    const running = squeezed((await sweep(['status'])).stdout);
    expect(running).toEqual(
      expect.arrayContaining([
        'nightly: running 1/2',
        `run ${String(runId)}`,
        'slices 1 of 2',
        `enqueued ${String(first?.enqueued)}`,
        `refused ${String(first?.refused)} ("sweep report nightly" tells which)`,
        `ends ${at(30)}, in 25m`,
      ]),
    );

    await finish();
    relay.setNow(threeOClock + 40 * minuteMs);
    const ended = squeezed((await sweep(['status', 'nightly'])).stdout);
    expect(ended).toEqual(
      expect.arrayContaining([
        'nightly: ended',
        'slices 2 of 2',
        `enqueued ${String(list.devices.length)}`,
        `ended ${at(30)}, 10m ago`,
      ]),
    );
  });

  it('tells it to programs', async () => {
    await startedHalf();
    expect(await json('status', 'nightly')).toMatchObject({
      name: 'nightly',
      state: 'running',
      window: 'PT30M',
      last: { hasEnded: false, slices: 2, slicesDone: 1, startsAt: threeOClockText },
    });
    expect(await json('status')).toMatchObject({ plans: [{ name: 'nightly' }] });
  });

  it('counts what a tick has done of a slice that it had to leave', async () => {
    await relay.put(
      'devices/list.csv',
      `appid,token\n${'a,t\n'.replace('t', 'x')}${Array.from({ length: 30_000 }, (_, n) => `a,${String(n)}\n`).join('')}`,
    );
    await relay.plan('large', { window: 'PT0S' });
    let looks = 0;
    await relay.tick({}, () => ((looks += 1) > 3 ? 1000 : 800_000));
    const { last } = (await json('status', 'large')) as { last: { slicesDone: number; enqueued: number } };
    expect(last.slicesDone).toBe(0);
    expect(last.enqueued).toBe(relay.pushes().length);
    expect(last.enqueued).toBeGreaterThan(0);
  });

  it('tells why a plan is not worked on: as the function has told, or before it has', async () => {
    await relay.put('plans/broken.json', '{"devices": "devices/list.csv", "window": "2h"}');
    expect((await sweep(['status', 'broken'])).stdout).toMatch(
      /^broken: faulty\n {2}fault +window must be .* P1D\.\n$/,
    );
    await relay.plan('listless', {});
    await relay.tick();
    const { stdout } = await sweep(['status', 'listless']);
    expect(stdout).toContain('listless: faulty\n');
    expect(stdout).toContain('There is no list devices/list.csv in the bucket');
  });

  it('says when a sweep that is repeated begins again', async () => {
    await start('--window', '15m', '--every', '1d');
    await relay.tick();
    relay.setNow(threeOClock + 60 * minuteMs);
    expect(squeezed((await sweep(['status', 'nightly'])).stdout)).toEqual(
      expect.arrayContaining(['nightly: waiting', 'slices 1 of 1', `begins ${at(1441)}, in 23h1m`, 'every 1d']),
    );
  });

  it('follows a run on a terminal until it has ended', async () => {
    const environment = { SWEEP_SPEED: '3600' };
    // A plan of the stack's own time, in which a window of half an hour is half a second.
    await sweep(['start', file, '--start', threeOClockText, '--window', '30m', '--yes'], { environment });
    const tick = () => relay.tick({ speed: 3600, tickMs: tickMs / 3600 });
    await tick();
    relay.setNow(threeOClock + tickMs / 3600);
    let looks = 0;
    const now = () => {
      // It ends while somebody looks.
      if ((looks += 1) === 10) void tick();
      return relay.now();
    };
    const { exitCode, stdout, stderr } = await sweep(['status', 'nightly'], { environment, isTTY: true, now });
    expect(exitCode).toBe(0);
    expect(stderr).toMatch(/█+░+ {2}1 of 2 slices, \d+ enqueued, \d+ refused, ends in /);
    expect(stdout).toContain('nightly: ended\n');
    expect(stdout).toMatch(new RegExp(`enqueued +${String(list.devices.length)}\n`));
  });

  it('ends when the person has seen enough', async () => {
    await startedHalf();
    const interruption = new AbortController();
    let looks = 0;
    const now = () => {
      if ((looks += 1) === 3) interruption.abort();
      return relay.now();
    };
    const { exitCode, stdout } = await sweep(['status'], { isTTY: true, now, interrupted: interruption.signal });
    expect({ exitCode, stdout }).toMatchObject({
      exitCode: 130,
      stdout: expect.stringContaining('running 1/2') as string,
    });
  });

  it('says that there is nothing, and that there is no such plan', async () => {
    expect(await sweep(['status'])).toMatchObject({ exitCode: 0, stdout: 'There are no sweeps.\n' });
    expect(await sweep(['status', 'none'])).toEqual({
      exitCode: 1,
      stdout: '',
      stderr: 'There is no plan none: "sweep list" shows which there are.\n',
    });
  });
});

describe('sweep list', () => {
  it('shows each plan in a line, with what has become of it', async () => {
    expect(await sweep(['list'])).toMatchObject({ exitCode: 0, stdout: 'There are no sweeps.\n' });
    await start('--name', 'later', '--window', '1h', '--every', '1d');
    await startedHalf();
    await start('--name', 'done', '--window', 'now');
    await relay.plan('ghost', {});
    await relay.put('plans/note.txt', 'hello');
    await relay.tick();
    const { stdout } = await sweep(['list'], { columns: 300 });
    const [titles, ...rows] = squeezed(stdout).filter((line) => line !== '');
    const [first] = await relay.reports('nightly');
    const [later] = await relay.reports('later');
    const refused = String(list.refused.length);
    expect(titles).toBe('name state verb window begins every enqueued refused list');
    expect(rows).toEqual([
      `done ended NotifyReprovision now ${at(0)} ${String(list.devices.length)} ${refused} devices/done-20260102T030500Z.csv`,
      `ghost faulty NotifyReprovision 2h There is no list devices/list.csv in the bucket: upload it, or change devices in the plan.`,
      `later running 1/4 NotifyReprovision 1h ${at(0)} 1d ${String(later?.enqueued)} ${String(later?.refused)} devices/later-20260102T030000Z.csv`,
      `nightly running 1/2 NotifyReprovision 30m ${at(0)} ${String(first?.enqueued)} ${String(first?.refused)} devices/nightly-20260102T030000Z.csv`,
      `note.txt faulty A plan is a JSON file: its name must end in .json.`,
    ]);
    expect(await json('list')).toMatchObject({
      plans: [
        { name: 'done', state: 'ended', last: { hasEnded: true, enqueued: list.devices.length } },
        { name: 'ghost', state: 'faulty', faults: [{ property: 'devices' }] },
        { name: 'later', state: 'running', every: 'P1D' },
        { name: 'nightly', state: 'running' },
        { name: 'note.txt', state: 'faulty' },
      ],
    });
  });
});

describe('sweep stop', () => {
  it('deletes the plan, says what is done, and leaves the reports and the list', async () => {
    const first = await startedHalf();
    const told = `nightly: running 1/2. It has enqueued ${String(first.enqueued)} pushes; those that still wait on their queue, of 15m at the most, are delivered all the same.\n`;
    expect(await sweep(['stop', 'nightly', '--dry-run'])).toEqual({
      exitCode: 0,
      stdout: `${told}plans/nightly.json would be deleted.\n`,
      stderr: '',
    });
    expect(await sweep(['stop', 'nightly'], { typed: 'n\n' })).toMatchObject({ exitCode: 0, stdout: told });
    expect(await keysIn('plans/')).toEqual(['plans/nightly.json']);
    expect(await sweep(['stop', 'nightly'], { typed: 'y\n' })).toMatchObject({
      exitCode: 0,
      stdout: `${told}Stopped. Its reports and its list stay in the bucket.\n`,
      stderr: 'Stop it? [y/N] ',
    });
    expect(await keysIn('plans/')).toEqual([]);
    const before = relay.pushes().length;
    await finish();
    expect(relay.pushes()).toHaveLength(before);
    expect(await relay.reports('nightly')).toHaveLength(1);
    expect(await keysIn('devices/')).toHaveLength(1);
  });

  it('does so unasked only with --yes', async () => {
    await start();
    expect(await sweep(['stop', 'nightly'])).toEqual({
      exitCode: 1,
      stdout: '',
      stderr: 'Not a terminal: pass --yes to confirm.\n',
    });
    expect(await sweep(['stop', 'nightly', '--yes'])).toMatchObject({
      exitCode: 0,
      stdout: expect.stringContaining('nightly: waiting. Nothing of it has been enqueued.\n') as string,
    });
    expect(await sweep(['stop', 'nightly', '--yes'])).toMatchObject({
      exitCode: 1,
      stderr: 'There is no plan nightly: "sweep list" shows which there are.\n',
    });
  });
});

describe('sweep report', () => {
  it('adds up what is done so far, and tells all of it in the end', async () => {
    const first = await startedHalf();
    const soFar = squeezed((await sweep(['report', 'nightly'])).stdout);
    expect(soFar).toEqual(
      expect.arrayContaining([
        expect.stringMatching(/^nightly, run 20260102T030000Z-[\da-f]{8}: not ended$/) as string,
        'slices 1 of 2',
        `rows ${String(first.rows)}`,
        `enqueued ${String(first.enqueued)}`,
        ...first.refusedRows.map(({ line, reason }) => `${String(line)} ${reason}`),
      ]),
    );
    await finish();
    expect(await json('report', 'nightly')).toMatchObject({
      hasEnded: true,
      slicesDone: 2,
      rows: list.rows,
      enqueued: list.devices.length,
      duplicates: list.duplicates,
      refused: list.refused.length,
      refusedRows: list.refused.slice(0, 100),
    });
    const { stdout } = await sweep(['report', 'nightly']);
    expect(stdout).toContain(`and ${String(list.refused.length - 100)} more.\n`);
    for (const { deviceToken, selector } of list.devices.slice(0, 100)) {
      expect(stdout).not.toContain(deviceToken);
      expect(stdout).not.toContain(selector);
    }
  });

  it('tells of any run, also of a plan that is gone', async () => {
    await start('--window', 'now', '--every', '1d');
    await relay.tick();
    relay.setNow(threeOClock + 1440 * minuteMs);
    await relay.tick();
    await sweep(['stop', 'nightly', '--yes']);
    const last = (await json('report', 'nightly')) as { run: string };
    expect(last.run).toMatch(/^20260103T030000Z-/);
    const firstRun = last.run.replace('20260103', '20260102');
    expect(await json('report', 'nightly', '--run', firstRun)).toMatchObject({ run: firstRun, hasEnded: true });
    expect(await sweep(['report', 'nightly', '--run', 'other'])).toMatchObject({
      exitCode: 1,
      stderr: `nightly has no run other: there are ${firstRun}, ${last.run}.\n`,
    });
  });

  it('tells of the later one of two plans that began at the same time under the same name', async () => {
    await start('--window', 'now');
    await relay.tick();
    await sweep(['stop', 'nightly', '--yes']);
    relay.setNow(threeOClock + minuteMs);
    await start('--window', 'now', '--app', app);
    await relay.tick();
    const { enqueued, filtered } = (await json('report', 'nightly')) as { enqueued: number; filtered: number };
    expect(filtered).toBeGreaterThan(0);
    expect(enqueued).toBeLessThan(list.devices.length);
  });

  it('says that no run has begun', async () => {
    expect(await sweep(['report', 'nightly'])).toMatchObject({
      exitCode: 1,
      stderr: 'No run of nightly has begun: "sweep status nightly" tells when it will.\n',
    });
  });
});
