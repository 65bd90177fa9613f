import pMap from 'p-map';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { RegisteredDevice } from '../../../shared/registry/device.ts';
import { registeredDevices } from '../../../shared/sweeps/snapshot.ts';
import { registeredDevice, startRegistry, type TestRegistry } from '../../support/registry.ts';

const atMs = 1_760_000_000_000;

let devices: TestRegistry;
beforeEach(async () => {
  devices = await startRegistry(() => atMs);
});
afterEach(() => devices.stop());

const put = (deviceToken: string, account: string, changes: Partial<RegisteredDevice> = {}) =>
  devices.registry.put(registeredDevice({ account, deviceToken, lastSeenMs: atMs, ...changes }), 180);

describe('a snapshot of a registry that changes', () => {
  it('has each device that is there throughout, while others come, report and go', async () => {
    // Several pages of each segment: a page has at most 1 MB.
    const version = 'v'.repeat(20_000);
    const stays = Array.from({ length: 300 }, (_, index) => `stays-${String(index)}`);
    await pMap(stays, (token) => put(token, token, { version }), { concurrency: 8 });
    const goes = Array.from({ length: 100 }, (_, index) => `goes-${String(index)}`);
    await pMap(goes, (token) => put(token, token), { concurrency: 8 });
    const reading = new AbortController();
    const changing = (async () => {
      for (let index = 0; !reading.signal.aborted; index += 1) {
        await put(`comes-${String(index)}`, `account-${String(index)}`);
        const reported = stays[(index * 37) % stays.length] ?? '';
        await put(reported, reported, { version, lastSeenMs: atMs + index });
        const [gone] = await devices.registry.entriesOf(goes[index % goes.length] ?? '');
        if (gone?.kind === 'device') await devices.registry.markRemoved(gone.device.account, gone.key, atMs + 1);
      }
    })();
    const read: string[] = [];
    for await (const page of registeredDevices(devices.registry, undefined)) {
      read.push(...page.map(({ deviceToken }) => deviceToken));
    }
    reading.abort();
    await changing;
    const staying = read.filter((token) => token.startsWith('stays-'));
    expect(staying).toHaveLength(stays.length);
    expect(new Set(staying)).toEqual(new Set(stays));
  });
});
