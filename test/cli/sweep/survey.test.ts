import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { readPlan } from '../../../shared/sweeps/plan.ts';
import { ListError } from '../../../shared/sweeps/list/rows.ts';
import { surveyList } from '../../../cli/sweep/survey.ts';
import { sipisExport } from '../../support/sipis-export.ts';
import { threeOClock } from '../../support/sweep.ts';

const rules = { extraVerbs: [], selectorRequired: true };

async function survey(text: string | Buffer, properties: object = {}, rememberedDevices = 100_000) {
  const reading = readPlan(JSON.stringify({ devices: 'devices/list.csv', ...properties }), rules);
  if (!reading.ok) throw new Error(JSON.stringify(reading.faults));
  const told: number[] = [];
  let opened = 0;
  const read = await surveyList(
    // eslint-disable-next-line @typescript-eslint/require-await -- a stream as it may come
    async function* () {
      opened += 1;
      const bytes = Buffer.from(text);
      for (let at = 0; at < bytes.length; at += 65_536) yield bytes.subarray(at, at + 65_536);
    },
    { plan: reading.plan, rules, rememberedDevices, now: () => threeOClock, tell: (rows) => told.push(rows) },
  );
  return { ...read, told, opened };
}

describe('a survey', () => {
  const list = sipisExport();

  it('counts what a run would do', async () => {
    const { tally, apps, told, opened } = await survey(list.text);
    expect(tally).toMatchObject({
      rows: list.rows,
      enqueued: list.devices.length,
      duplicates: list.duplicates,
      filtered: 0,
      refused: list.refused.length,
      refusedRows: list.refused.slice(0, 100),
    });
    const calls = list.devices.filter(({ appId }) => appId.endsWith('.pushkit')).length;
    expect(apps).toEqual([
      { appId: 'com.example.softphone', pushes: list.devices.length - calls },
      { appId: 'com.example.softphone.pushkit', pushes: calls },
    ]);
    expect(told.at(-1)).toBe(list.rows);
    expect(opened).toBe(1);
  });

  it('heeds what the plan leaves out', async () => {
    const meant = list.devices.filter(({ appId, isDead }) => appId === 'com.example.softphone' && !isDead);
    const properties = { appIds: ['com.example.softphone'], seenWithin: 'P90D' };
    expect((await survey(gzipSync(list.text), properties)).tally).toMatchObject({
      rows: list.rows,
      enqueued: meant.length,
      refused: list.refused.length,
    });
  });

  it('reads a list again that has more devices than can be remembered, and counts the same', async () => {
    const once = await survey(list.text);
    const again = await survey(list.text, {}, 500);
    expect(again.opened).toBeGreaterThan(2);
    expect({ tally: { ...again.tally, refusedRows: [] }, apps: again.apps }).toEqual({
      tally: { ...once.tally, refusedRows: [] },
      apps: once.apps,
    });
  });

  it('says that a list is none', async () => {
    await expect(survey('')).rejects.toThrow(ListError);
    await expect(survey('S:1,app,token\n')).rejects.toThrow('no column AppId');
  });
});
