import { clearFaults, tellFaults } from './faults.ts';
import { planFolder, planKey, planNameOf, runFolder, sliceOfReport } from '../../shared/sweeps/keys.ts';
import { readPlan, type Plan, type PlanFault } from '../../shared/sweeps/plan.ts';
import type { RunSummary } from '../../shared/sweeps/report.ts';
import { ListError } from '../../shared/sweeps/list/rows.ts';
import {
  digestOfPlan,
  latestRun,
  nextSlice,
  runWithId,
  sliceCount,
  type Placed,
  type Run,
} from '../../shared/sweeps/run.ts';
import { workOnSlice, type SliceDependencies, type SliceEnd } from './slice.ts';
import type { Listing, StoredObject } from '../../shared/sweeps/store.ts';
import { summarizeRun } from './summary.ts';

export interface PlanDependencies extends SliceDependencies {
  /** How many times faster than written plans run. */
  readonly speed: number;
}

/** What happened in the work on a plan. */
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
 * Works on each slice of a plan whose time has come, and tells beside the plan why it can't.
 * @throws whatever the queue or the bucket throws.
 */
export async function* workOnPlan(object: StoredObject, dependencies: PlanDependencies): AsyncGenerator<PlanEvent> {
  const faults = yield* workOn(object, dependencies);
  if (faults.length === 0) return;
  await tellFaults(dependencies.store, object, faults, dependencies.now());
  yield { kind: 'refused', faults };
}

/** @returns why it could not be worked on. */
async function* workOn(
  object: StoredObject,
  dependencies: PlanDependencies,
): AsyncGenerator<PlanEvent, readonly PlanFault[]> {
  const { store, rules, speed, tickMs } = dependencies;
  const planName = planNameOf(object.key);
  if (planName === undefined) return [{ detail: 'A plan is a JSON file: its name must end in .json.' }];
  const read = await store.readText(object.key);
  // Deleted since it was listed.
  if (read === undefined) return [];
  const reading = readPlan(read.text, rules, speed);
  if (!reading.ok) return reading.faults;
  const { plan } = reading;
  const beside = await store.list(planFolder(planName));
  const placed = { atMs: object.placedMs, digest: digestOfPlan(read.text, tickMs) };
  const isStillOrdered = async () => (await store.look(planKey(planName)))?.etag === read.etag;
  try {
    for (const run of runsToWorkOn(plan, placed, beside, dependencies)) {
      yield* workOnRun({ planName, plan, run, isStillOrdered }, dependencies);
    }
  } catch (error) {
    if (!(error instanceof ListError)) throw error;
    return [{ property: 'devices', detail: error.message }];
  }
  await clearFaults(store, planName, beside);
  return [];
}

/** The runs that have begun and not ended, the earliest first. */
function runsToWorkOn(
  plan: Plan,
  placed: Placed,
  { objects, folders }: Listing,
  { now, tickMs }: PlanDependencies,
): Run[] {
  const nameOf = (key: string) => key.replace(/\/$|\.json$/, '').replace(/^.*\//, '');
  const ended = new Set(objects.map(({ key }) => nameOf(key)));
  const latest = latestRun(plan, placed, now(), tickMs);
  const begun = folders.map((folder) => runWithId(nameOf(folder), plan, placed.digest));
  const runs = new Map([...begun, latest].flatMap((run) => (run === undefined ? [] : [[run.id, run] as const])));
  return [...runs.values()].filter(({ id }) => !ended.has(id)).sort((a, b) => a.startMs - b.startMs);
}

async function* workOnRun(
  order: {
    readonly planName: string;
    readonly plan: Plan;
    readonly run: Run;
    readonly isStillOrdered: () => Promise<boolean>;
  },
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
    const end = await workOnSlice({ ...order, slice }, dependencies);
    yield { kind: 'slice', plan: planName, run: run.id, slice: slice.index, slices, end, ms: now() - startedMs };
    if (end.kind === 'finished') reported.add(slice.index);
  }
  if (reported.size === slices) yield { kind: 'run', summary: await summarizeRun(store, planName, run, slices) };
}
