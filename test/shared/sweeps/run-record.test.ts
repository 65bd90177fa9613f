import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { progressKey, reportKey, runFolder, summaryKey } from '../../../shared/sweeps/keys.ts';
import { encodeReport } from '../../../shared/sweeps/report.ts';
import { readRun } from '../../../shared/sweeps/run-record.ts';
import { startSweep } from '../../support/sweep.ts';

let sweep: Awaited<ReturnType<typeof startSweep>>;
beforeEach(async () => {
  sweep = await startSweep();
});
afterEach(() => sweep.stop());

const plan = 'nightly';
const run = '20260102T030000Z-1a2b3c4d';
const common = {
  ...{ plan, run, verb: 'NotifyReprovision', slices: 40 },
  ...{ dueFrom: '2026-01-02T03:00:00Z', dueTo: '2026-01-02T13:00:00Z', startedAt: '2026-01-02T03:00:00Z' },
  ...{ rows: 3, enqueued: 1, duplicates: 1, filtered: 0, excluded: 0, refused: 1, unchecked: 0 },
  refusedRows: [{ line: 2, reason: 'AppId is empty.' }],
};
const ofSlice = (slice: number) => ({
  ...{ ...common, slice, list: { key: 'devices/list.csv', etag: '"1"', bytes: 100 }, ticks: 1 },
});
const finishedAt = '2026-01-02T03:00:09Z';
const progressOf = (slice: number) => ({
  ...{ ...ofSlice(slice), owner: 'tick', until: '2026-01-02T03:13:00Z', throughLine: 7 },
});

async function putReports(count: number): Promise<void> {
  for (let slice = 0; slice < count; slice += 1) {
    await sweep.put(reportKey(plan, run, slice), encodeReport({ ...ofSlice(slice), finishedAt }));
  }
}

/** The store of the sweep, which notes what is read. */
function watchedStore() {
  const { store } = sweep;
  const keys: string[] = [];
  let [reading, mostAtOnce] = [0, 0];
  const readText = async (key: string) => {
    keys.push(key);
    reading += 1;
    mostAtOnce = Math.max(mostAtOnce, reading);
    return store.readText(key).finally(() => (reading -= 1));
  };
  return { store: { ...store, readText }, keys, mostAtOnce: () => mostAtOnce };
}

describe('the record of a run', () => {
  it('has no totals before a tick has begun the run', async () => {
    expect(await readRun(sweep.store, plan, run)).toEqual({ totals: undefined, begun: [], outcomes: undefined });
  });

  it('has the totals of the slices that are done or were begun', async () => {
    await putReports(2);
    await sweep.put(progressKey(plan, run, 2), encodeReport(progressOf(2)));
    const { totals, begun } = await readRun(sweep.store, plan, run);
    expect(totals).toMatchObject({ slices: 40, slicesDone: 2, hasEnded: false, rows: 9, enqueued: 3, finishedAt });
    expect(begun).toEqual([progressOf(2)]);
  });

  it('counts a slice once whose tick has written the report and not yet removed the progress', async () => {
    await putReports(1);
    await sweep.put(progressKey(plan, run, 0), encodeReport(progressOf(0)));
    const { totals, begun } = await readRun(sweep.store, plan, run);
    expect(totals).toMatchObject({ slicesDone: 1, rows: 3 });
    expect(begun).toEqual([]);
  });

  it('is the summary once the run has ended, also if its reports were deleted', async () => {
    const summary = { ...common, finishedAt };
    await sweep.put(summaryKey(plan, run), encodeReport(summary));
    expect(await readRun(sweep.store, plan, run)).toEqual({
      totals: { ...summary, slicesDone: 40, hasEnded: true },
      begun: [],
      outcomes: undefined,
    });
  });

  it('leaves out the progress that a tick removes while the run is read', async () => {
    await putReports(1);
    await sweep.put(progressKey(plan, run, 1), encodeReport(progressOf(1)));
    const { store } = sweep;
    const readText = async (key: string) => {
      if (key === progressKey(plan, run, 1)) await store.remove(key);
      return store.readText(key);
    };
    const { totals, begun } = await readRun({ ...store, readText }, plan, run);
    expect(totals).toMatchObject({ slicesDone: 1, rows: 3 });
    expect(begun).toEqual([]);
  });

  it('is followed with one read of each report, however long the run takes', async () => {
    const cache = new Map<string, string>();
    await putReports(2);
    await readRun(sweep.store, plan, run, cache);
    await putReports(3);
    const watched = watchedStore();
    expect((await readRun(watched.store, plan, run, cache)).totals).toMatchObject({ slicesDone: 3, rows: 9 });
    expect(watched.keys.filter((key) => key.startsWith(runFolder(plan, run)))).toEqual([reportKey(plan, run, 2)]);
  });

  it('opens at most sixteen reports at once, so that a long run does not use up the connections', async () => {
    await putReports(40);
    const watched = watchedStore();
    expect((await readRun(watched.store, plan, run)).totals).toMatchObject({ slicesDone: 40 });
    expect(watched.mostAtOnce()).toBe(16);
  });
});
