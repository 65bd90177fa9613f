import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { RegisteredDevice } from '../../../shared/registry/device.ts';
import { parseLastSeen } from '../../../shared/sweeps/list/device.ts';
import { readRows } from '../../../shared/sweeps/list/rows.ts';
import { registeredDevices, snapshotHeader, snapshotRows } from '../../../shared/sweeps/snapshot.ts';
import { registeredDevice, startRegistry, type TestRegistry } from '../../support/registry.ts';

const atMs = 1_760_000_000_000;

/** The rows that a sweep reads from a snapshot of these devices. */
async function rowsOf(...devices: readonly RegisteredDevice[]) {
  const bytes = async function* () {
    yield await Promise.resolve(Buffer.from(snapshotHeader + snapshotRows(devices)));
  };
  const rows = [];
  for await (const read of readRows(bytes())) rows.push(...read.rows);
  return rows;
}

describe('the rows of a snapshot', () => {
  it('are read as the devices of the registry', async () => {
    const [row] = await rowsOf(registeredDevice({ lastSeenMs: atMs }));
    expect(row).toEqual({
      line: 2,
      device: {
        appId: 'com.example.app',
        deviceToken: 'token-1',
        selector: '12869E0E:7C3A0D14',
        lastSeen: '2025-10-09T08:53:20Z',
      },
    });
  });

  it('have a time that seenWithin reads', async () => {
    const [row] = await rowsOf(registeredDevice({ lastSeenMs: atMs + 999 }));
    expect(row !== undefined && 'device' in row && parseLastSeen(row.device.lastSeen)).toBe(atMs);
  });

  it.each(['a,b', 'a"b', '"', ',,', '"a",b', 'ä ü'])('keep the token %j', async (deviceToken) => {
    expect(await rowsOf(registeredDevice({ deviceToken }))).toMatchObject([{ device: { deviceToken } }]);
  });

  it('are one for each device, even if an app has reported line breaks', async () => {
    const deviceToken = 'a\napp,other,selector,2025-10-09T08:53:20Z\r\nb';
    const rows = await rowsOf(registeredDevice({ deviceToken }), registeredDevice());
    expect(rows).toMatchObject([
      { line: 2, device: { deviceToken: 'a app,other,selector,2025-10-09T08:53:20Z  b' } },
      { line: 3, device: { deviceToken: 'token-1' } },
    ]);
  });
});

describe('the devices of a snapshot', () => {
  let devices: TestRegistry;
  beforeEach(async () => {
    devices = await startRegistry(() => atMs);
  });
  afterEach(() => devices.stop());

  const put = (deviceToken: string, account: string) =>
    devices.registry.put(registeredDevice({ account, deviceToken, lastSeenMs: atMs }), 180);
  const tokensOf = async (accounts?: readonly string[]) => {
    const tokens: string[] = [];
    for await (const page of registeredDevices(devices.registry, accounts)) {
      tokens.push(...page.map(({ deviceToken }) => deviceToken));
    }
    return tokens.sort();
  };

  it('are those of the accounts, in no other order than theirs', async () => {
    await put('a', 'alice');
    await put('b', 'bob');
    await put('c', 'carol');
    expect(await tokensOf(['carol', 'alice'])).toEqual(['a', 'c']);
  });

  it('end with the error of any part of the table', async () => {
    const failing = {
      ...devices.registry,
      async *scan({ segment } = { segment: 0 }) {
        yield await Promise.resolve([registeredDevice()]);
        if (segment === 2) throw new Error('no answer');
        yield await Promise.resolve([registeredDevice()]);
      },
    };
    const read = async () => {
      for await (const page of registeredDevices(failing, undefined)) expect(page).toHaveLength(1);
    };
    await expect(read()).rejects.toThrow('no answer');
  });
});
