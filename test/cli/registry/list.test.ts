import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { squeezed } from '../../support/sweep-cli.ts';
import { dayMs, nowMs, startRegistryCli, type RegistryCli } from '../../support/registry-cli.ts';

let relay: RegistryCli;
beforeEach(async () => {
  relay = await startRegistryCli();
});
afterEach(() => relay.stop());

describe('registry list', () => {
  it('counts the devices by AppId, platform and age, and the accounts', async () => {
    await relay.put(
      { account: 'alice', deviceToken: 'one', platform: 'iOS' },
      { account: 'alice', deviceToken: 'two', platform: 'iOS', lastSeenMs: nowMs - dayMs },
      { account: 'bob', deviceToken: 'three', platform: 'iOS', lastSeenMs: nowMs - 29 * dayMs },
      { account: 'bob', deviceToken: 'four', appId: 'other', lastSeenMs: nowMs - 30 * dayMs },
    );
    const { exitCode, stdout, stderr } = await relay.run(['list']);
    expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '4 devices read\n' });
    expect(squeezed(stdout)).toEqual([
      'AppId platform under 1d under 7d under 30d 30d and more all',
      'com.example.app iOS 1 1 1 0 3',
      'other (none) 0 0 0 1 1',
      'all 1 1 1 1 4',
      '',
      '2 accounts',
      '',
    ]);
    expect(JSON.parse((await relay.run(['list', '--json'])).stdout)).toEqual({
      devices: 4,
      accounts: 2,
      apps: [
        {
          ...{ appId: 'com.example.app', platform: 'iOS', devices: 3 },
          byAge: { 'under 1d': 1, 'under 7d': 1, 'under 30d': 1, '30d and more': 0 },
        },
        {
          ...{ appId: 'other', platform: '', devices: 1 },
          byAge: { 'under 1d': 0, 'under 7d': 0, 'under 30d': 0, '30d and more': 1 },
        },
      ],
    });
  });

  it('says that there are none', async () => {
    expect(await relay.run(['list'])).toMatchObject({ exitCode: 0, stdout: 'There are no devices.\n' });
  });

  it('counts an account once, however many devices it has', async () => {
    const accounts = Array.from({ length: 40 }, (_, index) => `account ${String(index)}`);
    await relay.put(
      ...accounts.flatMap((account) => ['one', 'two', 'three'].map((deviceToken) => ({ account, deviceToken }))),
    );
    expect((await relay.run(['list'])).stdout).toContain('\n40 accounts\n');
  });

  it('explains a local stack without a registry', async () => {
    await relay.setStack('TICK_MINUTES=\n');
    const error = 'The local stack has no registry: stop it, and run npm start with this version.\n';
    expect(await relay.run(['list'])).toEqual({ exitCode: 1, stdout: '', stderr: error });
  });

  it('ends when it is interrupted', async () => {
    await relay.put({});
    expect(await relay.run(['list'], { interrupted: AbortSignal.abort() })).toMatchObject({
      exitCode: 130,
      stdout: '',
    });
  });
});
