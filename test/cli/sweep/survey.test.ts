import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { surveyList } from '../../../cli/sweep/preview.ts';
import { readPlan } from '../../../shared/sweeps/plan.ts';
import { withContext } from '../../support/cli.ts';
import { sipisExport } from '../../support/sipis-export.ts';
import { threeOClock } from '../../support/sweep.ts';

const rules = { extraVerbs: [], selectorRequired: true };

/** Surveys a list that is read in chunks. */
type Survey = Awaited<ReturnType<typeof surveyList>>;

async function survey(text: string | Buffer, properties: object = {}): Promise<Survey> {
  const reading = readPlan(JSON.stringify({ devices: 'devices/list.csv', ...properties }), rules);
  if (!reading.ok) throw new Error(JSON.stringify(reading.faults));
  const content = Buffer.from(text);
  const list = {
    title: 'list.csv',
    bytes: content.length,
    async *open() {
      for (let from = 0; from < content.length; from += 65_536) {
        await Promise.resolve();
        yield content.subarray(from, from + 65_536);
      }
    },
  };
  const { promise, resolve } = Promise.withResolvers<Survey>();
  await withContext({ now: () => threeOClock }, async (context) => {
    resolve(await surveyList({ context }, { plan: reading.plan, rules }, { devices: list }));
    return 0;
  });
  return promise;
}

describe('the survey of a list', () => {
  const list = sipisExport();

  it('counts what a run would do', async () => {
    const { tally, apps } = await survey(list.text);
    expect(tally).toMatchObject({
      rows: list.rows,
      enqueued: list.devices.length,
      duplicates: list.duplicates,
      filtered: 0,
      excluded: 0,
      refused: list.refused.length,
      unchecked: 0,
      refusedRows: list.refused.slice(0, 100),
    });
    const calls = list.devices.filter(({ appId }) => appId.endsWith('.pushkit')).length;
    expect(apps).toEqual([
      { appId: 'com.example.softphone', pushes: list.devices.length - calls },
      { appId: 'com.example.softphone.pushkit', pushes: calls },
    ]);
  });

  it('leaves out what the plan leaves out', async () => {
    const selected = list.devices.filter(({ appId, isDead }) => appId === 'com.example.softphone' && !isDead);
    const properties = { appIds: ['com.example.softphone'], seenWithin: 'P90D' };
    expect((await survey(gzipSync(list.text), properties)).tally).toMatchObject({
      rows: list.rows,
      enqueued: selected.length,
      refused: list.refused.length,
    });
  });

  it('counts a thousand AppIds at most, as a wrong column may contain anything', async () => {
    const rows = Array.from({ length: 1500 }, (_, index) => `app${String(index)},t\n`);
    const { tally, apps } = await survey(`appid,token\n${rows.join('')}`);
    expect({ enqueued: tally.enqueued, apps: apps.length }).toEqual({ enqueued: 1500, apps: 1000 });
  });
});
