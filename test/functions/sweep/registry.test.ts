import { afterEach, beforeEach, describe, expect, it, onTestFinished, vi } from 'vitest';
import { openRegistry as connectToRegistry } from '../../../functions/sweep/registry.ts';
import { stopReserveMs } from '../../../functions/sweep/slice.ts';
import type { RegisteredDevice } from '../../../shared/registry/device.ts';
import { snapshotsFolder } from '../../../shared/sweeps/keys.ts';
import { startDynamoDbProxy } from '../../support/dynamodb-proxy.ts';
import { minuteMs, startSweep, threeOClock, tickMs } from '../../support/sweep.ts';
import { registerDevices, startRegistry, type TestRegistry } from '../../support/registry.ts';

let sweep: Awaited<ReturnType<typeof startSweep>>;
let devices: TestRegistry;
const openRegistry = vi.fn(() => Promise.resolve(devices.registry));

beforeEach(async () => {
  openRegistry.mockClear();
  sweep = await startSweep({ openRegistry });
  devices = await startRegistry(() => threeOClock);
});
afterEach(async () => {
  await sweep.stop();
  await devices.stop();
});

const register = (...changes: Partial<RegisteredDevice>[]) => registerDevices(devices, threeOClock - minuteMs, changes);
const named = (deviceToken: string, account = deviceToken): Partial<RegisteredDevice> => ({ deviceToken, account });
const registryPlan = (name: string, properties: Readonly<Record<string, unknown>> = {}) =>
  sweep.plan(name, { devices: 'registry', ...properties });
const snapshots = async (name: string) =>
  (await sweep.store.list(`${snapshotsFolder}${name}/`)).objects.map(({ key }) => key);
const removeSnapshots = async (name: string) => {
  for (const key of await snapshots(name)) await sweep.store.remove(key);
};

describe('a sweep of the registry', () => {
  it('sends one push to each device, and keeps no tokens once the run has ended', async () => {
    await register(named('a'), named('b'), named('c'));
    await registryPlan('all');
    await sweep.tick();
    expect(sweep.tokens()).toEqual(['a', 'b', 'c']);
    expect(await sweep.summaries('all')).toMatchObject([{ devices: 'registry', rows: 3, enqueued: 3, refused: 0 }]);
    expect(await snapshots('all')).toEqual([]);
    expect(sweep.log.lines.join('\n')).toMatch(/"snapshot".*"plan":"all".*"devices":3,"bytes":\d+,"ms":0/);
  });

  it('is what a plan without devices orders', async () => {
    await register(named('a'));
    await sweep.put('plans/none.json', JSON.stringify({ start: new Date(threeOClock).toISOString(), window: 'PT0S' }));
    await sweep.tick();
    expect(sweep.tokens()).toEqual(['a']);
  });

  it('ends at once with a report if no device is registered', async () => {
    await registryPlan('empty', { every: 'P1D' });
    await sweep.tick();
    expect(await sweep.summaries('empty')).toMatchObject([{ rows: 0, enqueued: 0 }]);
    expect(await sweep.faults('empty')).toBeUndefined();
    expect(sweep.countOnQueue()).toBe(0);
  });

  it('takes one snapshot for all slices of a run', async () => {
    const tokens = Array.from({ length: 20 }, (_, index) => `early-${String(index)}`);
    await register(...tokens.map((token) => named(token)));
    await registryPlan('slices', { window: 'PT30M' });
    await sweep.tick();
    const [key] = await snapshots('slices');
    await register(...tokens.map((token) => named(`late-${token}`)));
    sweep.setNow(threeOClock + tickMs);
    await sweep.tick();
    expect(sweep.tokens()).toEqual(tokens.sort());
    expect(openRegistry).toHaveBeenCalledTimes(1);
    const lists = (await sweep.reports('slices')).map(({ list }) => list);
    expect(lists).toHaveLength(2);
    expect(lists[0]).toEqual(lists[1]);
    expect(lists[0]?.key).toBe(key);
  });

  it('takes another snapshot for each run of a repeated plan', async () => {
    await register(named('a'));
    await registryPlan('nightly', { every: 'P1D' });
    await sweep.tick();
    await register(named('b'));
    sweep.setNow(threeOClock + 24 * 60 * minuteMs);
    await sweep.tick();
    expect(sweep.tokens()).toEqual(['a', 'a', 'b']);
  });

  it('selects accounts without reading the others', async () => {
    const { registry } = devices;
    const scan = vi.spyOn(registry, 'scan');
    await register(named('a1', 'alice'), named('a2', 'alice'), named('b1', 'bob'), named('c1', 'carol'));
    await registryPlan('some', { accounts: ['alice', 'carol', 'nobody'] });
    await sweep.tick();
    expect(sweep.tokens()).toEqual(['a1', 'a2', 'c1']);
    expect(scan).not.toHaveBeenCalled();
  });

  it('selects by app and by the last report, as from a list', async () => {
    await register(
      { ...named('new'), appId: 'phone' },
      { ...named('old'), appId: 'phone', lastSeenMs: threeOClock - 91 * 24 * 60 * minuteMs },
      { ...named('other'), appId: 'tablet' },
    );
    await registryPlan('selected', { appIds: ['phone'], seenWithin: 'P90D' });
    await sweep.tick();
    expect(sweep.tokens()).toEqual(['new']);
    expect(await sweep.summaries('selected')).toMatchObject([{ enqueued: 1, filtered: 2 }]);
  });

  it('pushes once to a device of two accounts, or once for each account if the push names it', async () => {
    await register(
      { ...named('shared', 'alice'), selector: 'S:alice' },
      { ...named('shared', 'bob'), selector: 'S:bob' },
    );
    await registryPlan('silent');
    await sweep.tick();
    expect(sweep.tokens()).toEqual(['shared']);
    await registryPlan('text', { verb: 'NotifyTextMessage' });
    await sweep.tick();
    expect(sweep.tokens()).toEqual(['shared', 'shared', 'shared']);
  });
});

describe('the snapshot of a run', () => {
  it('is taken by one of two ticks at once', async () => {
    await register(named('a'), named('b'));
    await registryPlan('twice');
    await Promise.all([sweep.tick(), sweep.tick()]);
    expect(openRegistry).toHaveBeenCalledTimes(1);
    expect(sweep.tokens()).toEqual(['a', 'b']);
  });

  it('is taken anew after the tick that took it was killed', async () => {
    await register(named('a'), named('b'));
    await registryPlan('killed');
    const begun = Promise.withResolvers<undefined>();
    const never = new Promise<never>(() => undefined);
    const create = () => {
      begun.resolve(undefined);
      return never;
    };
    void sweep.tick({ store: { ...sweep.store, create } });
    await begun.promise;
    await sweep.tick();
    expect(sweep.countOnQueue()).toBe(0);
    sweep.setNow(threeOClock + tickMs);
    await sweep.tick();
    expect(sweep.tokens()).toEqual(['a', 'b']);
    expect(await sweep.summaries('killed')).toMatchObject([{ enqueued: 2 }]);
  });

  it('is used by the next tick if the one that took it was killed right after', async () => {
    await register(named('a'));
    await registryPlan('killed');
    const taken = Promise.withResolvers<undefined>();
    const head = async (key: string) => {
      const found = await sweep.store.head(key);
      if (!key.startsWith(snapshotsFolder) || found === undefined) return found;
      taken.resolve(undefined);
      return new Promise<never>(() => undefined);
    };
    void sweep.tick({ store: { ...sweep.store, head } });
    await taken.promise;
    await register(named('late'));
    sweep.setNow(threeOClock + tickMs);
    await sweep.tick();
    expect(sweep.tokens()).toEqual(['a']);
    expect(openRegistry).toHaveBeenCalledTimes(1);
  });

  it.each([
    ['hangs', 'hang', undefined],
    ['hangs for the accounts of the plan', 'hang', ['a', 'b']],
    ['throttles', 'throttle', undefined],
  ] as const)(
    'is not stored in part if the table %s until the time of the tick is up',
    async (_how, fate, accounts) => {
      await register(named('a'), named('b'));
      await registryPlan('slow', { accounts });
      const { AWS_ENDPOINT_URL_DYNAMODB: url, DEVICES_TABLE: table } = devices.environment;
      const { port, stop } = await startDynamoDbProxy(url, () => fate);
      onTestFinished(stop);
      const environment = { ...devices.environment, AWS_ENDPOINT_URL_DYNAMODB: `http://127.0.0.1:${String(port)}` };
      openRegistry.mockImplementationOnce(() => connectToRegistry(environment, table));
      await sweep.tick({}, () => stopReserveMs + 200);
      expect(await snapshots('slow')).toEqual([]);
      expect(sweep.log.lines.join('\n')).toContain('no time left for a snapshot');
      sweep.setNow(threeOClock + minuteMs);
      await sweep.tick();
      expect(sweep.tokens()).toEqual(['a', 'b']);
      expect(await sweep.reports('slow')).toMatchObject([{ ticks: 2 }]);
    },
  );

  it('is not stored in part if the table fails, and the next tick takes it', async () => {
    await register(named('a'));
    await registryPlan('failing');
    openRegistry.mockImplementationOnce(() =>
      Promise.resolve({
        ...devices.registry,
        async *scan() {
          yield await devices.registry.devicesOf('a');
          throw new Error('no answer');
        },
      }),
    );
    await expect(sweep.tick()).rejects.toThrow('1 of 1 plans failed');
    expect(await snapshots('failing')).toEqual([]);
    await sweep.tick();
    expect(sweep.tokens()).toEqual(['a']);
  });

  it('is removed, and nothing is sent, if the plan is deleted meanwhile', async () => {
    await register(named('a'));
    await registryPlan('deleted');
    openRegistry.mockImplementationOnce(async () => {
      await sweep.store.remove('plans/deleted.json');
      return devices.registry;
    });
    await sweep.tick();
    expect(await snapshots('deleted')).toEqual([]);
    expect(sweep.countOnQueue()).toBe(0);
    expect(sweep.log.lines.join('\n')).toContain('"end":"withdrawn"');
  });

  it('is no fault of the plan if both are deleted while the snapshot is opened', async () => {
    await register(named('a'));
    await registryPlan('stopped');
    const open: typeof sweep.store.open = async (key, etag) => {
      if (key.startsWith(snapshotsFolder)) {
        await sweep.store.remove('plans/stopped.json');
        await sweep.store.remove(key);
      }
      return sweep.store.open(key, etag);
    };
    await sweep.tick({ store: { ...sweep.store, open } });
    expect(await sweep.faults('stopped')).toBeUndefined();
    expect(sweep.log.lines.join('\n')).not.toContain('PlansRefused');
    expect(sweep.countOnQueue()).toBe(0);
  });

  it('is replaced for the slices that are left if somebody removes it', async () => {
    const tokens = Array.from({ length: 20 }, (_, index) => `token-${String(index)}`);
    await register(...tokens.map((token) => named(token)));
    await registryPlan('removed', { window: 'PT30M' });
    await sweep.tick();
    await removeSnapshots('removed');
    sweep.setNow(threeOClock + tickMs);
    await sweep.tick();
    expect(sweep.tokens()).toEqual(tokens.sort());
    expect(openRegistry).toHaveBeenCalledTimes(2);
  });

  it('is stored once if the answer of the bucket is lost', async () => {
    await register(named('a'));
    await registryPlan('lost');
    sweep.loseAnswers((key) => key.includes(snapshotsFolder));
    await sweep.tick();
    expect(sweep.tokens()).toEqual(['a']);
  });
});
