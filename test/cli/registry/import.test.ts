import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { deviceKeyOf } from '../../../shared/registry/device.ts';
import type { CliOptions } from '../../support/cli.ts';
import { registeredDevice } from '../../support/registry.ts';
import { dayMs, nowMs, startRegistryCli, type RegistryCli } from '../../support/registry-cli.ts';
import { sipisExport } from '../../support/sipis-export.ts';
import { squeezed } from '../../support/sweep-cli.ts';
import { temporaryDirectory } from '../../support/temporary-directory.ts';

let relay: RegistryCli;
let path: string;
beforeEach(async () => {
  relay = await startRegistryCli();
  path = join(temporaryDirectory(), 'devices.csv');
});
afterEach(() => relay.stop());

const header = 'selector,appid,token,lastseen,account';
const yesterday = '2026-01-01 03:00:00+00';

/** Imports a list. */
async function importList(rows: readonly string[], words: readonly string[] = [], options: CliOptions = {}) {
  writeFileSync(path, `${rows.join('\n')}\n`);
  const { stdout, ...others } = await relay.run(['import', path, '--rate', '100000', ...words], options);
  const [counts = '', refused = ''] = stdout.split('\n\n');
  return { counts: squeezed(counts).filter((line) => line !== ''), refused: squeezed(refused), ...others };
}

const devicesOf = (account: string) => relay.registry.devicesOf(account);

describe('registry import', () => {
  it('registers the devices of a list, with the times that it has', async () => {
    const { exitCode, counts } = await importList([
      header,
      `S:1,app,token-1,${yesterday},alice`,
      `S:2,app,token-2,,alice`,
    ]);
    expect({ exitCode, counts }).toEqual({
      exitCode: 0,
      counts: ['rows 2', 'written 2', 'kept 0', 'removed 0', 'expired 0', 'refused 0'],
    });
    expect((await devicesOf('alice')).sort((a, b) => a.lastSeenMs - b.lastSeenMs)).toEqual([
      {
        ...{ account: 'alice', appId: 'app', deviceToken: 'token-1', selector: 'S:1' },
        ...{ firstSeenMs: nowMs - dayMs, lastSeenMs: nowMs - dayMs },
      },
      {
        ...{ account: 'alice', appId: 'app', deviceToken: 'token-2', selector: 'S:2' },
        ...{ firstSeenMs: nowMs, lastSeenMs: nowMs },
      },
    ]);
  });

  it('changes nothing when it is run again', async () => {
    const rows = [header, `S:1,app,token-1,${yesterday},alice`, `S:2,app,token-2,,bob`];
    await importList(rows);
    expect((await importList(rows)).counts).toEqual(expect.arrayContaining(['written 0', 'kept 2']));
  });

  it('leaves a newer report as it is, and adds to an older one', async () => {
    const call = { appId: 'app.pushkit', deviceToken: 'call' };
    await relay.put(
      { appId: 'app', deviceToken: 'newer', selector: 'S:new' },
      { appId: 'app', deviceToken: 'older', lastSeenMs: nowMs - 9 * dayMs, platform: 'iOS', call },
    );
    const rows = [header, `S:old,app,newer,${yesterday},alice`, `S:1,app,older,${yesterday},alice`];
    expect((await importList(rows)).counts).toEqual(expect.arrayContaining(['written 1', 'kept 1']));
    const older = { firstSeenMs: nowMs - 9 * dayMs, lastSeenMs: nowMs - dayMs, selector: 'S:1', platform: 'iOS', call };
    expect(await devicesOf('alice')).toEqual(
      expect.arrayContaining([
        expect.objectContaining({ deviceToken: 'newer', selector: 'S:new', lastSeenMs: nowMs }),
        expect.objectContaining(older),
      ]),
    );
  });

  it.each([
    ['written', '2026-01-01 16:00:00+00'],
    ['removed', '2026-01-01 14:00:00+00'],
    ['removed', ''],
  ])('counts a device as %s that was removed at 15:00 and heard of at "%s"', async (kind, lastSeen) => {
    const removedAtMs = Date.parse('2026-01-01T15:00:00Z');
    await relay.registry.markRemoved('alice', deviceKeyOf({ appId: 'app', deviceToken: 'gone' }), removedAtMs);
    expect((await importList([header, `S:1,app,gone,${lastSeen},alice`])).counts).toContain(`${kind} 1`);
    expect(await devicesOf('alice')).toHaveLength(kind === 'written' ? 1 : 0);
  });

  it('takes a time in the future for none: later reports must not be late, nor later imports write again', async () => {
    const list = [header, 'S:1,app,token-1,2026-02-01,alice'];
    await importList(list);
    expect(await devicesOf('alice')).toMatchObject([{ lastSeenMs: nowMs }]);
    expect((await importList(list, [], { now: () => nowMs + dayMs })).counts).toContain('kept 1');
    expect(await relay.registry.put(registeredDevice({ lastSeenMs: nowMs + 1 }), 180)).toBe(true);
  });

  it('leaves out devices that would leave at once', async () => {
    const rows = [header, 'S:1,app,token-1,2025-07-06T03:00Z,alice', 'S:1,app,token-2,2025-07-06T03:01Z,alice'];
    expect((await importList(rows)).counts).toEqual(expect.arrayContaining(['written 1', 'expired 1']));
  });

  it('refuses rows by the rules of reports, with their lines', async () => {
    const { exitCode, counts, refused } = await importList([
      header,
      `S:1,app,token-1,${yesterday},`,
      `S:1,app,a b,${yesterday},alice`,
      `S:1,app,%pushToken%,${yesterday},alice`,
      `S:1,app,token-1,yesterday,alice`,
      `S:1,app,token-1,${yesterday},#alice`,
      `S:1,app,${'t'.repeat(1025)},${yesterday},alice`,
      `,,token-1,${yesterday},alice`,
      `S:1,app,token-1,${yesterday}`,
      `S:1,app,token-1,${yesterday},alice`,
    ]);
    expect({ exitCode, counts }).toMatchObject({
      exitCode: 0,
      counts: expect.arrayContaining(['written 1', 'refused 8']) as [],
    });
    expect(refused).toEqual([
      'line reason',
      '2 Account is empty.',
      '3 DeviceToken contains white space: write it as the app reported it.',
      '4 DeviceToken has a placeholder that was not filled in, or is not UTF-8.',
      '5 LastSeen is not a time: use 2026-01-02T03:00:00Z.',
      "6 Account begins with '#', which no account may do.",
      '7 DeviceToken is longer than 1024 characters.',
      '8 AppId is empty. Selector is empty.',
      '9 The row has 4 fields, the header has 5.',
      '',
    ]);
  });

  it('leaves out optional values that cannot be used, and says so', async () => {
    const row = (token: string, version: string) => `S:1,app,${token},${yesterday},alice,${version}`;
    const list = [`${header},version`, row('token-1', '6.1'), row('token-2', 'v'.repeat(65)), row('token-3', '')];
    const { counts, stderr } = await importList(list);
    expect(counts).toContain('written 3');
    expect(stderr).toContain(
      '1 row without a value that cannot be used, as in line 3: Version is longer than 64 characters.\n',
    );
  });

  it('says which columns a list has that lacks the account, and takes another', async () => {
    const rows = ['selector,appid,token,lastseen,sip_user', `S:1,app,token-1,${yesterday},alice`];
    expect(await importList(rows)).toMatchObject({
      exitCode: 1,
      stderr: `${path}: The list has no column account (or username, or another that --account-column names): its first line must name its columns, separated by commas, and has selector, appid, token, lastseen, sip_user.\n`,
    });
    expect(await importList(rows, ['--account-column', 'SIP_user'])).toMatchObject({ exitCode: 0 });
    expect(await devicesOf('alice')).toHaveLength(1);
    expect(await importList(rows, ['--account-column', 'selector'])).toMatchObject({
      exitCode: 1,
      stderr: 'The column selector has another meaning: it cannot be the account.\n',
    });
  });

  it('warns of devices beyond the limit of an account', async () => {
    const rows = Array.from({ length: 22 }, (_, index) => `S:1,app,token-${String(index)},${yesterday},alice`);
    expect((await importList([header, ...rows.slice(0, 20)])).stderr).not.toContain('beyond');
    expect((await importList([header, ...rows])).stderr).toContain('2 devices beyond the 20 of an account: ');
  });

  it('warns of devices beyond the limit of an account that are all new, also with --dry-run', async () => {
    const rows = Array.from({ length: 25 }, (_, index) => `S:1,app,token-${String(index)},${yesterday},alice`);
    const list = [header, ...rows, ...rows, `S:1,app,token-1,${yesterday},bob`];
    expect((await importList(list, ['--dry-run'])).stderr).toContain(
      '5 devices beyond the 20 of an account, the default of devicesPerAccount: when the account reports again, ',
    );
    expect(await importList(list)).toMatchObject({
      counts: expect.arrayContaining(['written 26', 'kept 25']) as [],
      stderr: expect.stringContaining('5 devices beyond the 20 of an account: ') as string,
    });
  });

  it('only reads the list with --dry-run, also without a local stack', async () => {
    const { text, devices, duplicates, refused } = sipisExport({ rows: 300, nowMs });
    const [columns = '', ...rows] = text.trimEnd().split('\n');
    const list = [`${columns},username`, ...rows.map((row, index) => `${row},user-${String(index)}`)];
    const { counts, stderr } = await importList(list, ['--dry-run']);
    expect(counts).toEqual([
      'rows 300',
      `valid ${String(devices.length + duplicates)}`,
      `refused ${String(refused.length)}`,
    ]);
    expect(stderr).toBe('300 rows read\n');
    expect(await devicesOf('user-0')).toEqual([]);
  });

  it('ends with the reason if no row can be used', async () => {
    expect(await importList([header, 'S:1,app,,,alice'])).toMatchObject({ exitCode: 1 });
    expect(await relay.run(['import', 'none.csv'])).toMatchObject({
      exitCode: 1,
      stderr: 'There is no file none.csv.\n',
    });
  });

  it('can be interrupted, and says how to continue', async () => {
    writeFileSync(path, `${header}\nS:1,app,token-1,${yesterday},alice\nS:1,app,token-2,${yesterday},alice\n`);
    const { exitCode, stdout, stderr } = await relay.run(['import', path], { interrupted: AbortSignal.abort() });
    expect(exitCode).toBe(130);
    expect(stdout).toContain('rows     1\n');
    expect(stderr).toMatch(/Not all rows were read: run the command again to continue\.\n$/);
  });
});
