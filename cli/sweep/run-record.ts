import pMap from 'p-map';
import { progressKey, runFolder, summaryKey } from '../../shared/sweeps/keys.ts';
import {
  parseReport,
  runSummary,
  sliceProgress,
  sliceReport,
  type RunSummary,
  type SliceProgress,
  type SliceReport,
} from '../../shared/sweeps/report.ts';
import type { Store } from '../../shared/sweeps/store.ts';
import { addTallies, tallyOf, type Tally } from '../../shared/sweeps/tally.ts';

/** What the bucket tells of a run. */
export interface RunRecord {
  readonly id: string;
  /** There, the run has ended. */
  readonly summary: RunSummary | undefined;
  /** Of the slices that are done. */
  readonly reports: readonly SliceReport[];
  /** Of the slices that were begun and are not done: one, mostly. */
  readonly begun: readonly SliceProgress[];
  /** What was done so far. */
  readonly tally: Tally;
}

/** Texts of the bucket by their keys and versions, so that a run that is followed is not read anew each time. */
export type Known = Map<string, string>;

const readAtOnce = 16;

/** Reads what there is of a run. @throws whatever the bucket throws. */
export async function readRun(
  store: Store,
  planName: string,
  id: string,
  known: Known = new Map(),
): Promise<RunRecord> {
  const summary = parseReport(runSummary, (await store.readText(summaryKey(planName, id)))?.text ?? '');
  if (summary !== undefined) return { id, summary, reports: [], begun: [], tally: tallyOf(summary) };
  const { objects } = await store.list(runFolder(planName, id));
  const texts = await pMap(
    objects,
    async ({ key, etag }) => {
      const version = `${key} ${etag}`;
      const text = known.get(version) ?? (await store.readText(key))?.text ?? '';
      known.set(version, text);
      return { key, text };
    },
    { concurrency: readAtOnce },
  );
  const reports = texts.flatMap(({ text }) => parseReport(sliceReport, text) ?? []);
  // A report is there before its progress is taken away: until then, the slice must not count twice.
  const done = new Set(reports.map(({ slice }) => progressKey(planName, id, slice)));
  const begun = texts.flatMap(({ key, text }) => (done.has(key) ? [] : (parseReport(sliceProgress, text) ?? [])));
  return { id, summary, reports, begun, tally: addTallies([...reports, ...begun]) };
}
