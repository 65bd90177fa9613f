import { isDeepStrictEqual } from 'node:util';
import * as v from 'valibot';
import type { MetricName } from '../../shared/aws/metrics.ts';
import {
  faultsKey,
  planFolder,
  planKey,
  planNameOf,
  plansFolder,
  reportKey,
  runFolder,
  sliceOfReport,
  snapshotKey,
  summaryKey,
} from '../../shared/sweeps/keys.ts';
import { ExclusionError } from '../../shared/sweeps/exclusion.ts';
import { ListError } from '../../shared/sweeps/list/lines.ts';
import { notAPlan, readPlan, type PlanFault } from '../../shared/sweeps/plan.ts';
import {
  encodeReport,
  faultsReport,
  parseReport,
  runSummary,
  sliceReport,
  type RunSummary,
} from '../../shared/sweeps/report.ts';
import { nextSlice, placePlan, runsOf, sliceCount, type Slice } from '../../shared/sweeps/run.ts';
import { readRun } from '../../shared/sweeps/run-record.ts';
import type { Store, StoredObject } from '../../shared/sweeps/store.ts';
import { canBegin } from '../../shared/sweeps/spread.ts';
import { countsOf } from '../../shared/sweeps/tally.ts';
import { processSlice, type SliceDependencies, type SliceOrder } from './slice.ts';

export interface PlanDependencies extends SliceDependencies {
  /** The factor by which plans run faster than written. */
  readonly speed: number;
  /** Adds to a metric of the tick. */
  readonly count: (name: MetricName, value: number) => void;
}

/**
 * Works on each run of a plan that is due, or writes the faults of the plan beside it.
 * @throws the errors of the queue and the bucket.
 */
export async function processPlan(object: StoredObject, dependencies: PlanDependencies): Promise<void> {
  const { store, rules, speed, tickMs, now } = dependencies;
  const planName = planNameOf(object.key);
  if (planName === undefined) return refuse(object, [notAPlan], dependencies);
  const read = await store.readText(object.key);
  // The plan was deleted or replaced after it had been listed. The next tick reads the new one, with its own time.
  if (read?.etag !== object.etag) return;
  const reading = readPlan(read.text, rules, speed);
  if (!reading.ok) return refuse(object, reading.faults, dependencies);
  const { plan } = reading;
  const listing = await store.list(planFolder(planName));
  const placed = placePlan(plan, read.text, object.placedMs, tickMs);
  const isStillOrdered = async () => (await store.head(planKey(planName)))?.etag === read.etag;
  try {
    for (const run of runsOf(placed, listing, now(), tickMs).due) {
      await processRun({ planName, plan, run, isStillOrdered }, dependencies);
    }
  } catch (error) {
    if (!(error instanceof ListError)) throw error;
    // The list can be deleted right after its plan.
    if (!(await isStillOrdered())) return;
    return refuse(
      object,
      [{ property: error instanceof ExclusionError ? 'except' : 'devices', detail: error.message }],
      dependencies,
    );
  }
  const hasFaults = listing.objects.some(({ key }) => key === faultsKey(planName));
  if (hasFaults) await store.remove(faultsKey(planName));
}

async function processRun(
  order: Omit<SliceOrder, 'slice' | 'notBeforeMs'>,
  dependencies: PlanDependencies,
): Promise<void> {
  const { planName, run } = order;
  const { store, tickMs, now, log, count } = dependencies;
  const { objects } = await store.list(runFolder(planName, run.id));
  const reported = new Set(objects.map(({ key }) => sliceOfReport(key)).filter((index) => index !== undefined));
  const slices = sliceCount(run, tickMs);
  const slice = nextSlice(run, reported, now(), tickMs);
  const notBeforeMs = slice === undefined ? 0 : await endOfSliceBefore(slice, order, store);
  if (slice !== undefined && canBegin(notBeforeMs, now(), tickMs)) {
    const startedMs = now();
    const end = await processSlice({ ...order, slice, notBeforeMs }, dependencies);
    const { index } = slice;
    const counts = end.kind === 'finished' ? countsOf(end.report) : undefined;
    log.info('slice', {
      ...{ plan: planName, run: run.id, slice: index, slices, end: end.kind, ms: now() - startedMs },
      ...counts,
    });
    if (counts !== undefined) {
      reported.add(index);
      count('SlicesFinished', 1);
      count('Enqueued', counts.enqueued);
      count('Duplicates', counts.duplicates);
      count('RowsFiltered', counts.filtered + counts.excluded);
      count('RowsRefused', counts.refused);
    }
  }
  if (reported.size === slices) {
    // It has tokens, and no slice reads it any more.
    if (order.plan.devices.kind === 'registry') await store.remove(snapshotKey(planName, run.id));
    const { startedAt, finishedAt, ...counts } = await summarizeRun(store, planName, run.id);
    log.info('run', { plan: planName, run: run.id, slices, startedAt, finishedAt, ...countsOf(counts) });
  }
}

/** When the last push of the slice before is due, or 0. */
async function endOfSliceBefore(
  { index }: Slice,
  { planName, run }: Omit<SliceOrder, 'slice' | 'notBeforeMs'>,
  store: Store,
): Promise<number> {
  const text = index === 0 ? undefined : await store.readText(reportKey(planName, run.id, index - 1));
  return Date.parse(parseReport(sliceReport, text)?.dueTo ?? '') || 0;
}

/** Ends a run by writing its summary. */
async function summarizeRun(store: Store, planName: string, runId: string): Promise<RunSummary> {
  const { totals } = await readRun(store, planName, runId);
  if (totals === undefined || totals.slicesDone < totals.slices) {
    throw new Error(`A report of ${runFolder(planName, runId)} can't be read.`);
  }
  const summary = v.parse(runSummary, totals);
  await store.write(summaryKey(planName, runId), encodeReport(summary));
  return summary;
}

/** Writes the faults of a plan beside it. */
async function refuse(
  { key, etag }: StoredObject,
  faults: readonly PlanFault[],
  { store, now, log, count }: PlanDependencies,
): Promise<void> {
  const plan = planNameOf(key) ?? key.slice(plansFolder.length);
  const earlier = parseReport(faultsReport, await store.readText(faultsKey(plan)));
  // The time of the report is that of the first tick that found these faults.
  if (earlier?.etag !== etag || !isDeepStrictEqual(earlier.faults, faults)) {
    const report = { plan, etag, at: new Date(now()).toISOString(), faults: [...faults] };
    await store.write(faultsKey(plan), encodeReport(report));
  }
  log.warn('plan refused', { plan: key, faults });
  count('PlansRefused', 1);
}
