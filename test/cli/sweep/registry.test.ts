import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { localStackKey } from '../../../shared/local-stack.ts';
import type { RegisteredDevice } from '../../../shared/registry/device.ts';
import { registerDevices, startRegistry, type TestRegistry } from '../../support/registry.ts';
import { at, squeezed, startSweepCli, threeOClockText } from '../../support/sweep-cli.ts';
import { minuteMs, threeOClock } from '../../support/sweep.ts';

let sweep: Awaited<ReturnType<typeof startSweepCli>>;
let devices: TestRegistry;
beforeEach(async () => {
  sweep = await startSweepCli();
  devices = await startRegistry(() => threeOClock, 'pnm2-relay-local-devices');
  await sweep.relay.put(localStackKey, `DYNAMODB_URL=${devices.environment.AWS_ENDPOINT_URL_DYNAMODB}\n`);
});
afterEach(async () => {
  await sweep.stop();
  await devices.stop();
});

const register = (...changes: Partial<RegisteredDevice>[]) => registerDevices(devices, threeOClock - minuteMs, changes);
const openRegistry = () => Promise.resolve(devices.registry);

describe('sweep start --registry', () => {
  it('counts the registered devices, and starts a plan that needs no list', async () => {
    await register(
      { account: 'alice', deviceToken: 'a' },
      { account: 'bob', deviceToken: 'b' },
      { account: 'bob', deviceToken: 'a' },
      { account: 'carol', deviceToken: 'c', appId: 'other' },
    );
    const { exitCode, stdout, stderr } = await sweep.run([
      ...['start', '--registry', '--yes', '--start', threeOClockText, '--every', '1d', '--app', 'com.example.app'],
    ]);
    expect({ exitCode, stderr }).toMatchObject({ exitCode: 0, stderr: '4 rows read\n' });
    expect(squeezed(stdout)).toEqual([
      ...['rows 4', 'pushes 2', 'duplicates 1', 'filtered 1', 'refused 0', '', 'AppId pushes', 'com.example.app 2', ''],
      'plan registry: NotifyReprovision to each device',
      ...[`begins ${at(1)}, in 1m`, `ends ${at(120)}, in 2h`],
      'rate 0.00028 pushes a second; the devices load their configuration at this rate',
      'limits on iOS, not received by an app that was force-quit, and perhaps late to save battery',
      `again every 1d, next ${at(1440)}`,
      'Started: plans/registry.json. Follow it with "sweep status registry", stop it with "sweep stop registry".',
      '',
    ]);
    expect(await sweep.plan('registry')).toEqual({
      devices: 'registry',
      verb: 'NotifyReprovision',
      start: '2026-01-02T03:00:00Z',
      window: 'PT2H',
      every: 'P1D',
      appIds: ['com.example.app'],
    });
    expect(await sweep.keysIn('devices/')).toEqual([]);
  });

  it('selects accounts', async () => {
    await register({ account: 'alice', deviceToken: 'a' }, { account: 'bob', deviceToken: 'b' });
    const { stdout } = await sweep.run(['start', '--account', 'alice', '--account', 'carol', '--yes', '--name', 'two']);
    expect(squeezed(stdout)).toContain('pushes 1');
    expect(await sweep.plan('two')).toMatchObject({ devices: 'registry', accounts: ['alice', 'carol'] });
  });

  it('starts nothing if no device is registered, or with --dry-run', async () => {
    expect(await sweep.run(['start', '--registry', '--yes'])).toMatchObject({
      exitCode: 1,
      stderr: expect.stringContaining('The registry has no device that would get a push.\n') as string,
    });
    await register({});
    expect(await sweep.run(['start', '--registry', '--dry-run'])).toMatchObject({ exitCode: 0 });
    expect(await sweep.keysIn('plans/')).toEqual([]);
  });

  it.each([
    [[], 'Pass either a list or --registry, which --account is for.\n'],
    [['nightly.csv', '--registry'], 'Pass either a list or --registry, which --account is for.\n'],
    [['nightly.csv', '--account', 'alice'], 'Pass either a list or --registry, which --account is for.\n'],
    [['--account', ''], 'accounts.0 must be an account of 1 to 256 characters.\n'],
  ])('reports wrong words in one line: %j', async (words, stderr) => {
    expect(await sweep.run(['start', '--yes', ...words])).toEqual({ exitCode: 1, stdout: '', stderr });
  });

  it('says so if the local stack has no registry', async () => {
    await sweep.relay.put(localStackKey, 'TICK_MINUTES=\n');
    expect(await sweep.run(['start', '--registry', '--dry-run'])).toMatchObject({
      exitCode: 1,
      stderr: 'The local stack has no registry: stop it, and run npm start with this version.\n',
    });
  });
});

describe('a sweep of the registry', () => {
  it('is shown with the registry as its list', async () => {
    await register({});
    await sweep.run(['start', '--registry', '--yes', '--window', 'now', '--start', threeOClockText]);
    await sweep.run(['start', '--account', 'alice', '--yes', '--window', '30m', '--name', 'alice']);
    await sweep.relay.tick({ openRegistry });
    const status = squeezed((await sweep.run(['status'])).stdout);
    expect(status).toEqual(
      expect.arrayContaining(['registry: ended', 'list the registry', 'list the registry, 1 account']),
    );
    expect((await sweep.run(['list'])).stdout).toMatch(/^registry .* the registry$/m);
    expect(await sweep.json('list')).toMatchObject({
      plans: [{ name: 'alice', devices: 'registry', accounts: ['alice'] }, { devices: 'registry' }],
    });
    expect(squeezed((await sweep.run(['report', 'registry'])).stdout)).toContain('list the registry');
    expect(await sweep.json('report', 'registry')).toMatchObject({ devices: 'registry', enqueued: 1 });
  });

  it('leaves no snapshot when it is stopped', async () => {
    await register({});
    await sweep.run(['start', '--registry', '--yes', '--window', '30m', '--start', threeOClockText]);
    await sweep.relay.tick({ openRegistry });
    expect(await sweep.keysIn('snapshots/registry/')).toHaveLength(1);
    const { stdout } = await sweep.run(['stop', 'registry', '--yes']);
    expect(stdout).toContain('plans/registry.json is deleted. Its reports stay in the bucket.\n');
    expect(await sweep.keysIn('snapshots/registry/')).toEqual([]);
  });
});
