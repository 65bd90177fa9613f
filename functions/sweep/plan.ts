import { isDeepStrictEqual } from 'node:util';
import * as v from 'valibot';
import {
  faultsKey,
  planFolder,
  planKey,
  planNameOf,
  plansFolder,
  runFolder,
  sliceOfReport,
  summaryKey,
} from '../../shared/sweeps/keys.ts';
import { ListError } from '../../shared/sweeps/list/lines.ts';
import { notAPlan, readPlan, type PlanFault } from '../../shared/sweeps/plan.ts';
import { encodeReport, faultsReport, parseReport, runSummary, type RunSummary } from '../../shared/sweeps/report.ts';
import { nextSlice, placePlan, runsOf, sliceCount } from '../../shared/sweeps/run.ts';
import { readRun } from '../../shared/sweeps/run-record.ts';
import type { Store, StoredObject } from '../../shared/sweeps/store.ts';
import { processSlice, type SliceDependencies, type SliceEnd, type SliceOrder } from './slice.ts';

export interface PlanDependencies extends SliceDependencies {
  /** The factor by which plans run faster than written. */
  readonly speed: number;
}

/** An event of the work on a plan. */
export type PlanEvent =
  | { readonly kind: 'refused'; readonly faults: readonly PlanFault[] }
  | {
      readonly kind: 'slice';
      readonly plan: string;
      readonly run: string;
      readonly slice: number;
      readonly slices: number;
      readonly end: SliceEnd;
      readonly ms: number;
    }
  | { readonly kind: 'run'; readonly summary: RunSummary };

/**
 * Works on each run of a plan that is due, or writes beside the plan why it can't.
 * @throws the errors of the queue and the bucket.
 */
export async function* processPlan(object: StoredObject, dependencies: PlanDependencies): AsyncGenerator<PlanEvent> {
  const { store, rules, speed, tickMs, now } = dependencies;
  const planName = planNameOf(object.key);
  if (planName === undefined) {
    yield await refuse(object, [notAPlan], dependencies);
    return;
  }
  const read = await store.readText(object.key);
  // The plan was deleted or replaced after it had been listed. The next tick reads the new one, with its own time.
  if (read?.etag !== object.etag) return;
  const reading = readPlan(read.text, rules, speed);
  if (!reading.ok) {
    yield await refuse(object, reading.faults, dependencies);
    return;
  }
  const { plan } = reading;
  const listing = await store.list(planFolder(planName));
  const placed = placePlan(plan, read.text, object.placedMs, tickMs);
  const isStillOrdered = async () => (await store.head(planKey(planName)))?.etag === read.etag;
  try {
    for (const run of runsOf(placed, listing, now(), tickMs).due) {
      yield* processRun({ planName, plan, run, isStillOrdered }, dependencies);
    }
  } catch (error) {
    if (!(error instanceof ListError)) throw error;
    yield await refuse(object, [{ property: 'devices', detail: error.message }], dependencies);
    return;
  }
  const hasFaults = listing.objects.some(({ key }) => key === faultsKey(planName));
  if (hasFaults) await store.remove(faultsKey(planName));
}

async function* processRun(
  order: Omit<SliceOrder, 'slice'>,
  dependencies: PlanDependencies,
): AsyncGenerator<PlanEvent> {
  const { planName, run } = order;
  const { store, tickMs, now } = dependencies;
  const { objects } = await store.list(runFolder(planName, run.id));
  const reported = new Set(objects.map(({ key }) => sliceOfReport(key)).filter((index) => index !== undefined));
  const slices = sliceCount(run, tickMs);
  const slice = nextSlice(run, reported, now(), tickMs);
  if (slice !== undefined) {
    const startedMs = now();
    const end = await processSlice({ ...order, slice }, dependencies);
    yield { kind: 'slice', plan: planName, run: run.id, slice: slice.index, slices, end, ms: now() - startedMs };
    if (end.kind === 'finished') reported.add(slice.index);
  }
  if (reported.size === slices) yield { kind: 'run', summary: await summarizeRun(store, planName, run.id) };
}

/** Writes the summary of a run, which ends it. */
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
  { store, now }: PlanDependencies,
): Promise<PlanEvent> {
  const plan = planNameOf(key) ?? key.slice(plansFolder.length);
  const earlier = parseReport(faultsReport, await store.readText(faultsKey(plan)));
  // The time of the report is that of the first tick that found these faults.
  if (earlier?.etag !== etag || !isDeepStrictEqual(earlier.faults, faults)) {
    const report = { plan, etag, at: new Date(now()).toISOString(), faults: [...faults] };
    await store.write(faultsKey(plan), encodeReport(report));
  }
  return { kind: 'refused', faults };
}
