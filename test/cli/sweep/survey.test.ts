import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { readPlan } from '../../../shared/sweeps/plan.ts';
import { ListError } from '../../../shared/sweeps/list/lines.ts';
import { surveyList } from '../../../cli/sweep/survey.ts';
import { sipisExport } from '../../support/sipis-export.ts';
import { threeOClock } from '../../support/sweep.ts';

const rules = { extraVerbs: [], selectorRequired: true };

async function survey(text: string | Buffer, properties: object = {}, maxRememberedDevices = 100_000) {
  const reading = readPlan(JSON.stringify({ devices: 'devices/list.csv', ...properties }), rules);
  if (!reading.ok) throw new Error(JSON.stringify(reading.faults));
  const told: number[] = [];
  const read = await surveyList(
    // eslint-disable-next-line @typescript-eslint/require-await -- a stream as it may come
    (async function* () {
      const bytes = Buffer.from(text);
      for (let at = 0; at < bytes.length; at += 65_536) yield bytes.subarray(at, at + 65_536);
    })(),
    { plan: reading.plan, rules, maxRememberedDevices, now: () => threeOClock, tell: (rows) => told.push(rows) },
  );
  return { ...read, told };
}

describe('a survey', () => {
  const list = sipisExport();

  it('counts what a run would do', async () => {
    const { tally, apps, told } = await survey(list.text);
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

  it('counts the pushes beyond the devices that it remembers as unchecked', async () => {
    const { tally } = await survey(list.text, {}, 500);
    expect(tally.rows).toBe(list.rows);
    expect(tally.unchecked).toBe(tally.enqueued - 500);
    expect(tally.enqueued + tally.duplicates).toBe(list.devices.length + list.duplicates);
  });

  it('says that a list is none', async () => {
    await expect(survey('')).rejects.toThrow(ListError);
    await expect(survey('S:1,app,token\n')).rejects.toThrow('no column AppId');
  });
});
