import { Readable } from 'node:stream';
import { describe, expect, it } from 'vitest';
import { readRows, type Row } from '../../../../shared/sweeps/list/rows.ts';
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

  it.each([
    ['since 4.0', 'selector,appid,token,lastseen\nS:1,app,t,2026-01-01 00:00:00+00\n', 'S:1'],
    ['since 4.0, of the whole table', 'selector,token,appid,lastseen\nS:1,t,app,2026-01-01 00:00:00+00\n', 'S:1'],
    ['before 4.0, with the selectors', 'selector,appid,token,lastseen\nS:1,app,t,2026-01-01 00:00:00+00\n', 'S:1'],
    ['before 4.0, of the table alone', 'rowid,id,token,appid,lastseen\n1,7,t,app,2026-01-01 00:00:00+00\n', ''],
  ])('is read in the schema of SIPIS %s', async (_version, text, selector) => {
    const rows: Row[] = [];
    for await (const read of readRows(Readable.from([Buffer.from(text)]))) rows.push(...read.rows);
    const device = { appId: 'app', deviceToken: 't', selector, lastSeen: '2026-01-01 00:00:00+00' };
    expect(rows).toEqual([{ line: 2, device }]);
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
