import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { listOf, minuteMs, startSweep, threeOClock, tickMs, tokensOf } from '../../support/sweep.ts';

const dayMs = 1440 * minuteMs;

let sweep: Awaited<ReturnType<typeof startSweep>>;
beforeEach(async () => {
  sweep = await startSweep();
});
afterEach(() => sweep.stop());

describe('a run', () => {
  it('sends one push to each device, in the slices of its window', async () => {
    const tokens = tokensOf(1000);
    await sweep.putList(listOf(tokens));
    await sweep.plan('nightly', { window: 'PT1H' });
    await sweep.tickThrough(60);
    expect(sweep.tokens()).toEqual(tokens.sort());
    const reports = await sweep.reports('nightly');
    expect(reports.map(({ slice }) => slice).sort()).toEqual([0, 1, 2, 3]);
    for (const report of reports) {
      expect(report.enqueued).toBeGreaterThan(150);
      const list = { key: 'devices/list.csv', bytes: listOf(tokens).length };
      expect(report).toMatchObject({ plan: 'nightly', slices: 4, ticks: 1, list, verb: 'NotifyReprovision' });
    }
    expect(await sweep.summaries('nightly')).toEqual([
      {
        plan: 'nightly',
        run: reports[0]?.run,
        verb: 'NotifyReprovision',
        devices: 'devices/list.csv',
        slices: 4,
        dueFrom: '2026-01-02T03:01:00.000Z',
        dueTo: '2026-01-02T04:00:00.000Z',
        startedAt: '2026-01-02T03:00:00.000Z',
        finishedAt: '2026-01-02T03:45:00.000Z',
        rows: 1000,
        enqueued: 1000,
        duplicates: 0,
        filtered: 0,
        excluded: 0,
        refused: 0,
        unchecked: 0,
        refusedRows: [],
      },
    ]);
  });

  it('does nothing before its start and after its end', async () => {
    await sweep.putList(listOf(['t']));
    await sweep.plan('nightly');
    sweep.setNow(threeOClock - tickMs - 5 * minuteMs);
    await sweep.tick();
    expect(sweep.tokens()).toEqual([]);
    await sweep.tickThrough(120);
    expect(sweep.tokens()).toEqual(['t']);
  });

  it('begins with the next tick if the plan has no start', async () => {
    await sweep.putList(listOf(tokensOf(10)));
    await sweep.plan('now', { window: 'PT30M', start: undefined });
    const placedMs = Date.now();
    sweep.setNow(Math.floor(placedMs / tickMs) * tickMs);
    await sweep.tick();
    expect(sweep.tokens()).toEqual([]);
    await sweep.tickThrough(30, Math.ceil(placedMs / tickMs) * tickMs);
    expect(sweep.tokens()).toHaveLength(10);
  });

  it('is repeated, without the repetitions that no tick has begun', async () => {
    await sweep.putList(listOf(['t']));
    await sweep.plan('daily', { every: 'P1D' });
    await sweep.tick();
    await sweep.tick();
    expect(sweep.tokens()).toHaveLength(1);
    sweep.setNow(threeOClock + dayMs);
    await sweep.tick();
    expect(sweep.tokens()).toHaveLength(2);
    // Five days pass without a tick.
    sweep.setNow(threeOClock + 6 * dayMs);
    await sweep.tick();
    await sweep.tick();
    expect(sweep.tokens()).toHaveLength(3);
    expect(await sweep.summaries('daily')).toHaveLength(3);
  });

  it('does one slice for each tick after missed ticks, and misses no device', async () => {
    const tokens = tokensOf(400);
    await sweep.putList(listOf(tokens));
    await sweep.plan('nightly', { window: 'PT1H' });
    sweep.setNow(threeOClock + 45 * minuteMs);
    await sweep.tick();
    expect(await sweep.reports('nightly')).toHaveLength(1);
    await sweep.tickThrough(45, threeOClock + 60 * minuteMs);
    expect(sweep.tokens()).toEqual(tokens.sort());
  });

  it('does not catch up on a missed tick when the next one comes twice', async () => {
    await sweep.putList(listOf(tokensOf(100)));
    await sweep.plan('nightly', { window: 'PT1H' });
    sweep.setNow(threeOClock + tickMs);
    await sweep.tick();
    sweep.setNow(threeOClock + tickMs + minuteMs);
    await sweep.tick();
    expect(await sweep.reports('nightly')).toMatchObject([{ slice: 0, dueTo: '2026-01-02T03:30:00.000Z' }]);
    sweep.setNow(threeOClock + 2 * tickMs);
    await sweep.tick();
    expect((await sweep.reports('nightly')).map(({ slice }) => slice)).toEqual([0, 1]);
  });

  it('waits for the tick of its next slice', async () => {
    const tokens = tokensOf(100);
    await sweep.putList(listOf(tokens));
    await sweep.plan('nightly', { window: 'PT30M' });
    await sweep.tick();
    const before = sweep.countOnQueue();
    await sweep.tick();
    expect(sweep.countOnQueue()).toBe(before);
    sweep.setNow(threeOClock + tickMs);
    await sweep.tick();
    expect(sweep.tokens()).toEqual(tokens.sort());
  });

  it('stops when its plan is deleted', async () => {
    await sweep.putList(listOf(tokensOf(100)));
    await sweep.plan('nightly', { window: 'PT1H' });
    await sweep.tick();
    await sweep.store.remove('plans/nightly.json');
    const before = sweep.countOnQueue();
    await sweep.tickThrough(60, threeOClock + tickMs);
    expect(sweep.countOnQueue()).toBe(before);
  });

  it('starts over when its plan is replaced', async () => {
    await sweep.putList(listOf(['t']));
    await sweep.plan('nightly');
    await sweep.tick();
    await sweep.plan('nightly', { verb: 'NotifyTextMessage' });
    await sweep.tick();
    expect(sweep.pushes().map(({ verb }) => verb)).toEqual(['NotifyReprovision', 'NotifyTextMessage']);
  });

  it('begins once if its plan is replaced after a tick has listed it', async () => {
    await sweep.putList(listOf(['t']));
    await sweep.plan('now', { start: undefined });
    sweep.setNow(Math.ceil(Date.now() / tickMs) * tickMs);
    const { store } = sweep;
    const replacing = {
      ...store,
      async readText(key: string) {
        if (key === 'plans/now.json') await sweep.plan('now', { start: undefined, window: 'PT1S' });
        return store.readText(key);
      },
      // The time at which the first plan was placed: the runs of the two do not start with the same tick.
      async list(folder: string) {
        const { objects, folders } = await store.list(folder);
        return { folders, objects: objects.map((one) => ({ ...one, placedMs: one.placedMs - tickMs })) };
      },
    };
    await sweep.tick({ store: replacing });
    await sweep.tick();
    expect(sweep.tokens()).toEqual(['t']);
  });

  it('starts over when the time between two ticks changes, because its slices change', async () => {
    const tokens = tokensOf(200);
    await sweep.putList(listOf(tokens));
    await sweep.plan('nightly', { window: 'PT30M' });
    for (const minutes of [0, 5]) {
      sweep.setNow(threeOClock + minutes * minuteMs);
      await sweep.tick({ tickMs: 5 * minuteMs });
    }
    expect(await sweep.reports('nightly')).toHaveLength(2);
    await sweep.tickThrough(30, threeOClock + tickMs);
    expect(new Set(sweep.tokens())).toEqual(new Set(tokens));
  });

  it('that has ended is not repeated when the time between two ticks changes', async () => {
    await sweep.putList(listOf(['t']));
    await sweep.plan('once');
    await sweep.plan('daily', { every: 'P1D' });
    await sweep.tick();
    await sweep.tick({ tickMs: 5 * minuteMs });
    expect(sweep.tokens()).toEqual(['t', 't']);
    sweep.setNow(threeOClock + dayMs);
    await sweep.tick({ tickMs: 5 * minuteMs });
    expect(sweep.tokens()).toHaveLength(3);
  });

  it('does not end while a report of its slices is damaged', async () => {
    await sweep.putList(listOf(['t']));
    await sweep.plan('nightly', { window: 'PT30M' });
    await sweep.tick();
    const { folders } = await sweep.store.list('plans/nightly/');
    await sweep.put(`${String(folders[0])}00000.json`, '{');
    sweep.setNow(threeOClock + tickMs);
    await expect(sweep.tick()).rejects.toThrow('1 of 1 plans failed');
    expect(sweep.log.lines.join('')).toContain(`A report of ${String(folders[0])} can't be read.`);
    expect(await sweep.summaries('nightly')).toEqual([]);
  });

  it('names the folder of its reports if all of them are damaged', async () => {
    await sweep.putList(listOf(['t']));
    await sweep.plan('nightly', { window: 'PT30M' });
    await sweep.tickThrough(30);
    const [summary] = await sweep.summaries('nightly');
    const run = `plans/nightly/${String(summary?.run)}`;
    await sweep.store.remove(`${run}.json`);
    await sweep.put(`${run}/00000.json`, '{');
    await sweep.put(`${run}/00001.json`, '{');
    await expect(sweep.tick()).rejects.toThrow('1 of 1 plans failed');
    expect(sweep.log.lines.join('')).toContain(`A report of ${run}/ can't be read.`);
  });
});
