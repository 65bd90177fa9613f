import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { deviceKeyOf } from '../../../shared/registry/device.ts';
import { registeredDevice, startRegistry, type TestRegistry } from '../../support/registry.ts';

const start = 1_760_000_000_000;
const dayMs = 86_400_000;
let nowMs = start;
let test: TestRegistry;
beforeAll(async () => {
  test = await startRegistry(() => nowMs);
});
afterAll(() => test.stop());

describe('the registry', () => {
  it('returns a device as it was written, by account, by device and by selector', async () => {
    const device = registeredDevice({
      account: 'écoute@example.com',
      call: { appId: 'com.example.app.voip', deviceToken: 'call-token' },
      platform: 'iOS',
      version: '6.1',
    });
    expect(await test.registry.put(device, 180)).toBe(true);
    expect(await test.registry.devicesOf(device.account)).toEqual([device]);
    expect(await test.registry.accountsOf(device)).toEqual([device.account]);
    expect(await test.registry.accountsOfSelector(device.selector)).toEqual([device.account]);
    expect(await test.registry.devicesOf('another')).toEqual([]);
  });

  it('keeps the newer of two reports, whichever comes first', async () => {
    const newer = registeredDevice({ account: 'bob', lastSeenMs: start + 1, version: '2' });
    expect(await test.registry.put(newer, 180)).toBe(true);
    expect(await test.registry.put({ ...newer, lastSeenMs: start, version: '1' }, 180)).toBe(false);
    expect(await test.registry.devicesOf('bob')).toEqual([newer]);
  });

  it('does not bring a device back with a report that is older than its removal', async () => {
    const device = registeredDevice({ account: 'carol', lastSeenMs: start });
    const key = deviceKeyOf(device);
    expect(await test.registry.markRemoved('carol', key, start + 5)).toBe(true);
    expect(await test.registry.put(device, 180)).toBe(false);
    expect(await test.registry.entriesOf('carol')).toEqual([{ kind: 'removed', key, removedAtMs: start + 5 }]);
    expect(await test.registry.put({ ...device, lastSeenMs: start + 6 }, 180)).toBe(true);
    expect(await test.registry.markRemoved('carol', key, start + 5)).toBe(false);
    expect(await test.registry.devicesOf('carol')).toHaveLength(1);
  });

  it('deletes a device only if it was not seen since', async () => {
    const device = registeredDevice({ account: 'dave', lastSeenMs: start + 10 });
    await test.registry.put(device, 180);
    expect(await test.registry.remove('dave', deviceKeyOf(device), start + 9)).toBe(false);
    expect(await test.registry.remove('dave', deviceKeyOf(device), start + 10)).toBe(true);
    expect(await test.registry.remove('dave', deviceKeyOf(device), start + 10)).toBe(false);
    expect(await test.registry.devicesOf('dave')).toEqual([]);
  });

  it('leaves out a device that has expired, and that DynamoDB has not deleted yet', async () => {
    await test.registry.put(registeredDevice({ account: 'erin' }), 2);
    nowMs = start + 2 * dayMs;
    expect(await test.registry.devicesOf('erin')).toEqual([]);
    nowMs = start;
    expect(await test.registry.devicesOf('erin')).toHaveLength(1);
  });

  it('scans all devices, in segments or in one', async () => {
    const devices = Array.from({ length: 40 }, (_, index) =>
      registeredDevice({ account: `scanned-${String(index)}`, deviceToken: `token-${String(index)}` }),
    );
    // Not all at once: dynalite would take longer for some than the client waits.
    for (const device of devices) await test.registry.put(device, 180);
    const scanned = async (segments: number) => {
      const accounts: string[] = [];
      for (let segment = 0; segment < segments; segment += 1) {
        for await (const page of test.registry.scan({ segment, segments })) {
          accounts.push(...page.map(({ account }) => account).filter((account) => account.startsWith('scanned-')));
        }
      }
      return accounts.sort();
    };
    const expected = devices.map(({ account }) => account).sort();
    expect(await scanned(1)).toEqual(expected);
    expect(await scanned(4)).toEqual(expected);
  });
});
