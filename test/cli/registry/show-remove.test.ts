import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { deviceHash } from '../../../shared/push/redaction.ts';
import { squeezed } from '../../support/sweep-cli.ts';
import { nowMs, startRegistryCli, type RegistryCli } from '../../support/registry-cli.ts';
import { formatTime } from '../../../cli/time.ts';

let relay: RegistryCli;
beforeEach(async () => {
  relay = await startRegistryCli();
});
afterEach(() => relay.stop());

const hashOf = (token: string) => deviceHash('com.example.app', token);
const call = { appId: 'com.example.app.pushkit', deviceToken: 'secret-call' };
const tokensOf = async (account: string) => (await relay.registry.devicesOf(account)).map((one) => one.deviceToken);

describe('registry show', () => {
  it('shows the devices of an account, the last heard of first, without tokens and selectors', async () => {
    await relay.put(
      { deviceToken: 'secret-1', lastSeenMs: nowMs - 1000 },
      { deviceToken: 'secret-2', platform: 'iOS', version: '6.1', call },
      { account: 'bob' },
    );
    const { exitCode, stdout } = await relay.run(['show', '--account', 'alice']);
    const [before, now] = [formatTime(nowMs - 1000), formatTime(nowMs)];
    expect(exitCode).toBe(0);
    expect(squeezed(stdout)).toEqual([
      'account device AppId platform version first seen last seen calls',
      `alice ${hashOf('secret-2')} com.example.app iOS 6.1 ${now} ${now} yes`,
      `alice ${hashOf('secret-1')} com.example.app ${before} ${before} no`,
      '',
    ]);
    const json = await relay.run(['show', '--account', 'alice', '--json']);
    expect(JSON.parse(json.stdout)).toMatchObject({
      devices: [{ device: hashOf('secret-2'), hasCallPair: true, lastSeen: '2026-01-02T03:00:00.000Z' }, {}],
    });
    for (const text of [stdout, json.stdout]) {
      expect(text).not.toContain('secret');
      expect(text).not.toContain('12869E0E');
    }
  });

  it('shows tokens and selectors with --reveal', async () => {
    await relay.put({ deviceToken: 'secret-1', call });
    const { stdout } = await relay.run(['show', '--account', 'alice', '--reveal']);
    expect(stdout).toMatch(/12869E0E:7C3A0D14 +secret-1 +com\.example\.app\.pushkit +secret-call\n/);
    const json = await relay.run(['show', '--account', 'alice', '--reveal', '--json']);
    expect(JSON.parse(json.stdout)).toMatchObject({
      devices: [{ selector: '12869E0E:7C3A0D14', deviceToken: 'secret-1', call }],
    });
  });

  it('finds the devices with a selector, in whatever account', async () => {
    await relay.put({ account: 'bob', selector: 'S:1' }, { account: 'bob', selector: 'S:2', deviceToken: 'other' });
    const { stdout } = await relay.run(['show', '--selector', 'S:1', '--json']);
    expect(JSON.parse(stdout)).toMatchObject({ devices: [{ account: 'bob', device: hashOf('token-1') }] });
  });

  it.each([
    [['--account', 'nobody'], 'The account has no device: '],
    [['--selector', 'S:9'], 'No device has this selector: '],
    [[], 'Pass either --account or --selector.'],
    [['--selector', 'S:9', '--account', 'alice'], "error: option '--selector <selector>' cannot be used with "],
  ])('explains %j in one line', async (words, error) => {
    const { exitCode, stdout, stderr } = await relay.run(['show', ...words]);
    expect({ exitCode, stdout }).toEqual({ exitCode: 1, stdout: '' });
    expect(stderr).toContain(error);
    expect(stderr.trimEnd()).not.toContain('\n');
  });
});

describe('registry remove', () => {
  beforeEach(() => relay.put({ deviceToken: 'one' }, { deviceToken: 'two' }, { account: 'bob' }));

  it('removes the devices of an account after a question, which says that they may come back', async () => {
    const { exitCode, stdout, stderr } = await relay.run(['remove', '--account', 'alice'], { typed: 'y\n' });
    expect(exitCode).toBe(0);
    expect(stdout).toContain(hashOf('one'));
    expect(stdout).toMatch(/\n2 devices removed\.\n$/);
    expect(stderr).toBe('Remove 2 devices? A device that is in use reports again when its app starts. [y/N] ');
    expect(await tokensOf('alice')).toEqual([]);
    expect(await tokensOf('bob')).toHaveLength(1);
  });

  it('removes only the device with a hash', async () => {
    const words = ['remove', '--account', 'alice', '--device', hashOf('one'), '--yes'];
    expect((await relay.run(words)).stdout).toMatch(/\n1 device removed\.\n$/);
    expect(await tokensOf('alice')).toEqual(['two']);
    expect(await relay.run(words)).toEqual({
      ...{ exitCode: 1, stdout: '' },
      stderr: `The account has no device ${hashOf('one')}: "registry show" shows the hashes of its devices.\n`,
    });
  });

  it('removes nothing unless the answer is yes', async () => {
    const remove = relay.run(['remove', '--account', 'alice', '--device', hashOf('one')], { typed: 'n\n' });
    expect((await remove).stdout).toMatch(/\nNothing was removed\.\n$/);
    expect(await tokensOf('alice')).toHaveLength(2);
  });

  it('only shows the devices with --dry-run', async () => {
    const { exitCode, stdout, stderr } = await relay.run(['remove', '--account', 'alice', '--dry-run']);
    expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' });
    expect(stdout).toContain(hashOf('two'));
    expect(await tokensOf('alice')).toHaveLength(2);
  });

  it.each([
    [['--account', 'alice'], 'Not a terminal: pass --yes to confirm.'],
    [['--account', 'alice', '--device', 'x'], 'Use the 12 digits and letters that "registry show" prints.'],
    [['--account', 'nobody', '--yes'], 'The account has no device: '],
  ])('refuses %j', async (words, error) => {
    const { exitCode, stderr } = await relay.run(['remove', ...words]);
    expect(exitCode).toBe(1);
    expect(stderr).toContain(error);
    expect(await tokensOf('alice')).toHaveLength(2);
  });
});
