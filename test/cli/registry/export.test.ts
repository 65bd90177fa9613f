import { readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { readRows } from '../../../shared/sweeps/list/rows.ts';
import { dayMs, nowMs, startRegistryCli, type RegistryCli } from '../../support/registry-cli.ts';
import { temporaryDirectory } from '../../support/temporary-directory.ts';

let relay: RegistryCli;
let directory: string;
beforeEach(async () => {
  relay = await startRegistryCli();
  directory = temporaryDirectory();
});
afterEach(() => relay.stop());

const warning = 'The list holds device tokens: let nobody else read it, and delete it when it has served.\n';

/** The tokens of a list, as a sweep reads it. */
async function tokensIn(list: string): Promise<unknown[]> {
  const tokens = [];
  for await (const { rows } of readRows(Readable.from([Buffer.from(list)]))) {
    tokens.push(...rows.map((row) => ('device' in row ? row.device.deviceToken : row.fault)));
  }
  return tokens.sort();
}

describe('registry export', () => {
  it('writes a list that an import reads back as it was', async () => {
    const call = { appId: 'app.pushkit', deviceToken: 'call' };
    await relay.put(
      { platform: 'iOS', version: '6.1', call, firstSeenMs: nowMs - dayMs },
      { account: 'bob, "the builder"', deviceToken: 'other' },
    );
    const path = join(directory, 'devices.csv');
    expect(await relay.run(['export', path])).toEqual({
      exitCode: 0,
      stdout: `2 of 2 devices written to ${path}.\n`,
      stderr: `2 devices read\n${warning}`,
    });
    expect(statSync(path).mode & 0o777).toBe(0o600);
    expect(readdirSync(directory)).toEqual(['devices.csv']);
    expect(await tokensIn(readFileSync(path, 'utf8'))).toEqual(['other', 'token-1']);
    const another = await startRegistryCli();
    await another.run(['import', path, '--rate', '100000']);
    for (const account of ['alice', 'bob, "the builder"']) {
      expect(await another.registry.devicesOf(account)).toEqual(await relay.registry.devicesOf(account));
    }
    await another.stop();
  });

  it('writes to stdout only those of an app, or heard of lately', async () => {
    await relay.put(
      { deviceToken: 'one', lastSeenMs: nowMs - 90 * dayMs },
      { deviceToken: 'two', appId: 'other' },
      { deviceToken: 'old', lastSeenMs: nowMs - 90 * dayMs - 1 },
    );
    const { stdout, stderr } = await relay.run(['export', '--seen-within', '90d']);
    expect(await tokensIn(stdout)).toEqual(['one', 'two']);
    expect(stderr).toContain('2 of 3 devices written.\n');
    expect(await tokensIn((await relay.run(['export', '--app', 'other'])).stdout)).toEqual(['two']);
  });

  it('takes what follows an AppId for the file', async () => {
    await relay.put(
      { deviceToken: 'one' },
      { deviceToken: 'two', appId: 'other' },
      { deviceToken: 'three', appId: 'x' },
    );
    const path = join(directory, 'devices.csv');
    const { stdout } = await relay.run(['export', '--app', 'other', '--app', 'x', path]);
    expect(stdout).toBe(`2 of 3 devices written to ${path}.\n`);
    expect(await tokensIn(readFileSync(path, 'utf8'))).toEqual(['three', 'two']);
  });

  it('replaces a file only with --force', async () => {
    const path = join(directory, 'devices.csv');
    writeFileSync(path, 'old');
    const refused = await relay.run(['export', path]);
    expect(refused).toEqual({ exitCode: 1, stdout: '', stderr: `${path} exists: pass another path, or --force.\n` });
    expect(readFileSync(path, 'utf8')).toBe('old');
    expect(await relay.run(['export', path, '--force'])).toMatchObject({ exitCode: 0 });
    expect(readFileSync(path, 'utf8')).toMatch(/^Account,AppId,DeviceToken,Selector,LastSeen,.*\n$/);
  });

  it('leaves no file behind when it is interrupted', async () => {
    await relay.put({});
    const words = ['export', join(directory, 'devices.csv')];
    expect(await relay.run(words, { interrupted: AbortSignal.abort() })).toMatchObject({ exitCode: 130, stdout: '' });
    expect(readdirSync(directory)).toEqual([]);
  });
});
