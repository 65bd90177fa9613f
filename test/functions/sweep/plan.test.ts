import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { listOf, minuteMs, startSweep, threeOClock, tickMs } from '../../support/sweep.ts';

let sweep: Awaited<ReturnType<typeof startSweep>>;
beforeEach(async () => {
  sweep = await startSweep();
});
afterEach(() => sweep.stop());

describe('a plan with faults', () => {
  it('is not run, has all its faults reported beside it, and harms no other plan', async () => {
    await sweep.putList(listOf(['t']));
    await sweep.put('plans/broken.json', '{"devices": 1, "windw": "PT1H", "window": "1h", "verb": "NotifyAll"}');
    await sweep.put('plans/note.txt', 'hello');
    await sweep.put('plans/', '\n');
    await sweep.plan('good');
    expect(await sweep.tick()).toEqual({ plans: 3 });
    expect(sweep.tokens()).toEqual(['t']);
    const report = await sweep.faults('broken');
    expect(report).toMatchObject({ plan: 'broken', at: '2026-01-02T03:00:00.000Z' });
    expect(report?.faults.map(({ property }) => property).sort()).toEqual(['devices', 'verb', 'window', 'windw']);
    expect(await sweep.faults('note.txt')).toMatchObject({
      faults: [{ detail: 'A plan is a JSON file: its name must end in .json.' }],
    });
    expect(sweep.log.lines.filter((line) => line.includes('plan refused'))).toHaveLength(2);
  });

  it.each<[fault: string, list: string | undefined, detail: string]>([
    ['there is no list', undefined, 'There is no list devices/list.csv in the bucket'],
    ['the list is empty', '', 'The list is empty'],
    ['the list has no header', 'S:1,app,token\nS:1,app,token2\n', 'no column AppId'],
    ['the list has a column twice', 'appid,token,AppId\na,b,c\n', 'are the same column'],
    ['the list begins like gzip but is not', '\x1f\x8bnonsense', "can't be decompressed"],
  ])('has them reported when %s, until it is fixed', async (_fault, list, detail) => {
    if (list !== undefined) await sweep.putList(Buffer.from(list, 'latin1'));
    await sweep.plan('nightly');
    await sweep.tick();
    expect((await sweep.faults('nightly'))?.faults).toMatchObject([
      { property: 'devices', detail: expect.stringContaining(detail) as string },
    ]);
    await sweep.putList(listOf(['t']));
    await sweep.tick();
    expect(await sweep.faults('nightly')).toBeUndefined();
    expect(sweep.tokens()).toEqual(['t']);
  });

  it('has them removed when it is fixed, also beside the summary of an earlier run', async () => {
    await sweep.putList(listOf(['t']));
    await sweep.plan('daily', { every: 'P1D' });
    await sweep.tick();
    await sweep.store.remove('devices/list.csv');
    sweep.setNow(threeOClock + 1440 * minuteMs);
    await sweep.tick();
    expect(await sweep.faults('daily')).toBeDefined();
    await sweep.putList(listOf(['t']));
    await sweep.tick();
    expect(await sweep.faults('daily')).toBeUndefined();
  });

  it('keeps the report of the first tick that found them, and gets a new one when they change', async () => {
    await sweep.put('plans/broken.json', '{"devices": 1}');
    await sweep.tick();
    sweep.setNow(threeOClock + tickMs);
    await sweep.tick();
    expect((await sweep.faults('broken'))?.at).toBe('2026-01-02T03:00:00.000Z');
    await sweep.put('plans/broken.json', '{"devices": 2}');
    await sweep.tick();
    expect((await sweep.faults('broken'))?.at).toBe('2026-01-02T03:15:00.000Z');
    await sweep.plan('broken');
    sweep.setNow(threeOClock + 20 * minuteMs);
    await sweep.tick();
    expect(await sweep.faults('broken')).toMatchObject({ at: '2026-01-02T03:20:00.000Z', faults: [{}] });
  });

  it('is not reported for a text that replaced it after it had been listed', async () => {
    await sweep.putList(listOf(['t']));
    await sweep.plan('nightly');
    const { store } = sweep;
    const replacing = {
      ...store,
      async readText(key: string) {
        if (key === 'plans/nightly.json') await sweep.put(key, '{');
        return store.readText(key);
      },
    };
    await sweep.tick({ store: replacing });
    expect(await sweep.faults('nightly')).toBeUndefined();
    await sweep.tick();
    expect(await sweep.faults('nightly')).toBeDefined();
  });

  it('is skipped when it was deleted after it had been listed', async () => {
    await sweep.plan('gone');
    const store = { ...sweep.store, readText: () => Promise.resolve(undefined) };
    expect(await sweep.tick({ store })).toEqual({ plans: 1 });
    expect(await sweep.faults('gone')).toBeUndefined();
  });
});

describe('a plan without faults', () => {
  it('costs no request to remove a fault report', async () => {
    await sweep.putList(listOf(['t']));
    await sweep.plan('nightly');
    const removed: string[] = [];
    const remove = (key: string) => {
      removed.push(key);
      return sweep.store.remove(key);
    };
    await sweep.tick({ store: { ...sweep.store, remove } });
    await sweep.tick({ store: { ...sweep.store, remove } });
    expect(await sweep.summaries('nightly')).toHaveLength(1);
    expect(removed).not.toContain('plans/nightly/faults.json');
  });
});
