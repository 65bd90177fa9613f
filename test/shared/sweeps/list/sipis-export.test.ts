import { describe, expect, it } from 'vitest';
import { sipisExport } from '../../../support/sipis-export.ts';
import { startSweep } from '../../../support/sweep.ts';

describe('an export from SIPIS', () => {
  it('contains every kind of row, and is the same for the same seed', () => {
    const list = sipisExport();
    expect(list.text.split('\n')).toHaveLength(list.rows + 2);
    expect(list.devices.length + list.duplicates + list.refused.length).toBe(list.rows);
    expect(new Set(list.devices.map(({ appId, deviceToken }) => `${appId} ${deviceToken}`)).size).toBe(
      list.devices.length,
    );
    expect(list.devices.filter(({ isDead }) => isDead).length).toBeGreaterThan(100);
    expect(list.duplicates).toBeGreaterThan(100);
    expect(new Set(list.refused.map(({ reason }) => reason)).size).toBe(5);
    expect(sipisExport()).toEqual(list);
    expect(sipisExport({ seed: 2 })).not.toEqual(list);
  });

  it('is swept with a push to each good device and a reason for each bad row', async () => {
    const list = sipisExport({ rows: 500 });
    const sweep = await startSweep();
    try {
      await sweep.put('devices/list.csv', list.text);
      await sweep.plan('nightly', { window: 'PT0S' });
      await sweep.tick();
      const devicesOf = (devices: readonly { readonly appId: string; readonly deviceToken: string }[]) =>
        devices.map(({ appId, deviceToken }) => `${appId} ${deviceToken}`).sort();
      expect(devicesOf(sweep.pushes())).toEqual(devicesOf(list.devices));
      expect(await sweep.summaries('nightly')).toMatchObject([
        { rows: list.rows, duplicates: list.duplicates, refusedRows: list.refused },
      ]);
    } finally {
      await sweep.stop();
    }
  });
});
