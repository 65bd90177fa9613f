import pMap from 'p-map';
import { outcomesKey, plansFolder, progressKey, runFolder, summaryKey } from './keys.ts';
import { outcomesRecord, type OutcomesRecord } from './outcome-counts.ts';
import {
  parseReport,
  runSummary,
  sliceProgress,
  sliceReport,
  type RunSummary,
  type SliceProgress,
  type SliceReport,
} from './report.ts';
import type { Store, StoredObject } from './store.ts';
import { addTallies } from './tally.ts';

/** The totals of a run: of the slices that are done or were begun. */
export interface RunTotals extends RunSummary {
  readonly slicesDone: number;
  readonly hasEnded: boolean;
}

export interface RunRecord {
  /** `undefined` if there is no report and no progress. */
  readonly totals: RunTotals | undefined;
  /** The progress of the slices that were begun and are not done; usually there is one. */
  readonly begun: readonly SliceProgress[];
  /** How its pushes ended; `undefined` before any has been counted. */
  readonly outcomes: OutcomesRecord | undefined;
}

/** Texts by key and version: a reader that follows a run gets only the new ones from the bucket. */
export type TextCache = Map<string, string>;

const concurrentReads = 16;

/** Reads what the bucket holds of a run. Rejects with the errors of the bucket. */
export async function readRun(
  store: Store,
  planName: string,
  runId: string,
  cache: TextCache = new Map(),
): Promise<RunRecord> {
  const outcomes = parseReport(outcomesRecord, await store.readText(outcomesKey(planName, runId)));
  const summary = parseReport(runSummary, await store.readText(summaryKey(planName, runId)));
  if (summary !== undefined) {
    return { totals: { ...summary, slicesDone: summary.slices, hasEnded: true }, begun: [], outcomes };
  }
  const { objects } = await store.list(runFolder(planName, runId));
  const texts = await pMap(
    objects,
    async ({ key, etag }) => {
      const version = `${key} ${etag}`;
      const text = cache.get(version) ?? (await store.readText(key))?.text ?? '';
      cache.set(version, text);
      return { key, text };
    },
    { concurrency: concurrentReads },
  );
  const reports = texts.flatMap((stored) => parseReport(sliceReport, stored) ?? []);
  // A tick writes the report before it removes the progress: until then the slice must not count twice.
  const done = new Set(reports.map(({ slice }) => progressKey(planName, runId, slice)));
  const begun = texts.flatMap((stored) => (done.has(stored.key) ? [] : (parseReport(sliceProgress, stored) ?? [])));
  return { totals: totalsOf(reports, begun), begun, outcomes };
}

function totalsOf(reports: readonly SliceReport[], begun: readonly SliceProgress[]): RunTotals | undefined {
  const parts = [...reports, ...begun];
  const [first] = parts;
  if (first === undefined) return undefined;
  const { plan, run, verb, devices, slices } = first;
  const earliest = (times: readonly string[]) => times.toSorted()[0] ?? '';
  const latest = (times: readonly string[]) => times.toSorted().at(-1) ?? '';
  return {
    plan,
    run,
    verb,
    ...(devices !== undefined && { devices }),
    slices,
    slicesDone: reports.length,
    hasEnded: false,
    dueFrom: earliest(parts.map(({ dueFrom }) => dueFrom)),
    dueTo: latest(parts.map(({ dueTo }) => dueTo)),
    startedAt: earliest(parts.map(({ startedAt }) => startedAt)),
    finishedAt: latest(reports.map(({ finishedAt }) => finishedAt)),
    ...addTallies(parts),
  };
}

/** The objects that are plans, or should be. */
export async function listPlans(store: Store): Promise<readonly StoredObject[]> {
  const { objects } = await store.list(plansFolder);
  // The S3 console creates an object for the folder itself.
  return objects.filter(({ key }) => key !== plansFolder);
}
