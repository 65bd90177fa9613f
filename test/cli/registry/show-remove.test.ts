import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { remove } from '../../../cli/registry/remove.ts';
import { deviceHash } from '../../../shared/push/redaction.ts';
import { withContext } from '../../support/cli.ts';
import { squeezed } from '../../support/sweep-cli.ts';
import { dayMs, nowMs, startRegistryCli, type RegistryCli } from '../../support/registry-cli.ts';
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
    [['--account', 'alice', '--account', 'bob'], "argument 'bob' is invalid. Pass it only once. (see --help)"],
    [['--selector', 'S:9', '--account', 'alice'], "error: option '--selector <selector>' cannot be used with "],
  ])('explains %j in one line', async (words, error) => {
    const { exitCode, stdout, stderr } = await relay.run(['show', ...words]);
    expect({ exitCode, stdout }).toEqual({ exitCode: 1, stdout: '' });
    expect(stderr).toContain(error);
    expect(stderr.trimEnd()).not.toContain('\n');
  });
});

describe('registry remove', () => {
  const putMany = (count: number) =>
    Promise.all(Array.from({ length: count }, (_, index) => relay.put({ deviceToken: `token-${String(index)}` })));

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

  it('removes the devices of all accounts that were first seen after a time, and no other', async () => {
    const leakedMs = nowMs - dayMs;
    await relay.put(
      { deviceToken: 'before', firstSeenMs: leakedMs },
      { deviceToken: 'after', account: 'carol', firstSeenMs: leakedMs + 1 },
    );
    const words = ['remove', '--first-seen-after', new Date(leakedMs).toISOString()];
    const preview = await relay.run([...words, '--dry-run']);
    expect(preview).toMatchObject({ exitCode: 0, stderr: '5 devices read\n' });
    expect(preview.stdout).toMatch(/\ncarol .+\n4 devices would be removed\.\n$/);
    expect(preview.stdout).not.toContain(hashOf('before'));
    expect(await tokensOf('carol')).toEqual(['after']);
    expect((await relay.run([...words, '--yes'])).stdout).toMatch(/\n4 devices removed\.\n$/);
    expect([await tokensOf('alice'), await tokensOf('bob'), await tokensOf('carol')]).toEqual([['before'], [], []]);
    expect(await relay.run([...words, '--yes'])).toMatchObject({
      ...{ exitCode: 0, stdout: 'No device was first seen after this time.\n' },
    });
  });

  it('shows fifty devices and the number of the others, and asks about all of them', async () => {
    await putMany(60);
    const words = ['remove', '--first-seen-after', '2025-01-01T00:00Z'];
    const { stdout, stderr } = await relay.run(words, { typed: 'y\n' });
    expect(stdout.split('\n')).toHaveLength(54);
    expect(stdout).toMatch(/\nand 13 more\n63 devices removed\.\n$/);
    expect(stderr).toContain('Remove 63 devices? ');
    expect(await tokensOf('alice')).toEqual([]);
  });

  /** Removes all devices from the registry, whose function `remove` is replaced. */
  const removeAll = (removeOne: typeof relay.registry.remove, interrupted = new AbortController().signal) =>
    withContext({ now: () => nowMs, interrupted }, (context) => {
      const registry = { ...relay.registry, remove: removeOne };
      return remove({ registry, context, countItems: () => Promise.resolve(0) }, { firstSeenAfter: 0, yes: true });
    });

  it('keeps a device that has reported since it was shown', async () => {
    const { stdout } = await removeAll(async (account, key, notSeenAfterMs) => {
      if (account === 'bob') await relay.put({ account, lastSeenMs: nowMs + 1 });
      return relay.registry.remove(account, key, notSeenAfterMs);
    });
    expect(stdout).toMatch(/\n2 devices removed, 1 not: reported again, or removed meanwhile\.\n$/);
    expect([await tokensOf('alice'), await tokensOf('bob')]).toEqual([[], ['token-1']]);
  });

  it('says how many were removed before an interruption', async () => {
    await putMany(60);
    const interruption = new AbortController();
    const { exitCode, stdout, stderr } = await removeAll((...device) => {
      interruption.abort();
      return relay.registry.remove(...device);
    }, interruption.signal);
    expect(exitCode).toBe(130);
    expect(stderr).toContain('Not all were removed: run the command again to continue.\n');
    const [, removed = ''] = /\n(\d+) devices? removed\.\n$/.exec(stdout) ?? [];
    expect((await tokensOf('alice')).length + (await tokensOf('bob')).length).toBe(63 - Number(removed));
  });

  it.each([
    [['--yes'], 'Pass either --account or --first-seen-after.'],
    [['--first-seen-after', 'yesterday', '--yes'], 'Use a time such as 2026-01-02T03:00'],
    [['--first-seen-after', '2026-01-02T03:00Z', '--account', 'alice', '--yes'], 'cannot be used with option'],
    [['--first-seen-after', '2026-01-02T03:00Z'], 'Not a terminal: pass --yes to confirm.'],
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
