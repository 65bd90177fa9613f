import { faultsKey, isOutcomesKey, planFolder, planKey, planNameOf, plansFolder, runIdOf } from './keys.ts';
import { notAPlan, readPlan, type Plan, type PlanFault } from './plan.ts';
import { faultsReport, parseReport } from './report.ts';
import { placePlan, runsOf, runWithId, sliceCount, sliceOf, type Run } from './run.ts';
import { listPlans, readRun, type RunRecord, type TextCache } from './run-record.ts';
import { spreadOf } from './spread.ts';
import type { Store, StoredObject } from './store.ts';
import { emptyTally, tallyOf } from './tally.ts';

/** The bucket with the plans of a relay, and how its ticks work on them. */
export interface Plans {
  readonly store: Store;
  /** Milliseconds between two ticks. */
  readonly tickMs: number;
  /** The factor by which plans run faster than written. */
  readonly speed: number;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
}

export type PlanState = { readonly name: string; readonly key: string } & (
  | { readonly kind: 'faulty'; readonly plan?: Plan; readonly faults: readonly PlanFault[]; readonly last?: undefined }
  /** The next run has not begun. The last one, if there was any, has ended. */
  | {
      readonly kind: 'waiting';
      readonly plan: Plan;
      readonly next: Run;
      readonly forecast: ReturnType<typeof forecastRun>;
      readonly last?: RunState;
    }
  | { readonly kind: 'running'; readonly plan: Plan; readonly last: RunState }
  | { readonly kind: 'ended'; readonly plan: Plan; readonly last: RunState }
);

/** The fault of a plan that is not where ticks look for plans. */
const misplaced: PlanFault = { detail: 'A plan must be directly in the folder plans/: move it there.' };

/** The states of all plans. Rejects with the errors of the bucket. */
export async function readStates(plans: Plans): Promise<readonly PlanState[]> {
  const states: PlanState[] = [];
  // One after the other: each reads many reports at once.
  for (const object of [...(await listPlans(plans.store)), ...(await listMisplaced(plans.store))]) {
    const state = await readState(plans, object);
    if (state !== undefined) states.push(state);
  }
  return states;
}

/** The state of one plan; `undefined` if there is no such plan. Rejects with the errors of the bucket. */
export async function readStateOf(plans: Plans, name: string, cache?: TextCache): Promise<PlanState | undefined> {
  const { store } = plans;
  const objects = await (name.includes('/') ? listMisplaced(store) : listPlans(store));
  // Of two objects that differ only in ".json", the one with it is the plan.
  const found =
    objects.find(({ key }) => key === planKey(name)) ?? objects.find(({ key }) => key === `${plansFolder}${name}`);
  return found && readState(plans, found, cache);
}

/** The objects in the folders of the reports that are no reports: probably plans, which no tick finds there. */
async function listMisplaced(store: Store, parent = plansFolder): Promise<readonly StoredObject[]> {
  const { folders } = await store.list(parent);
  const found: StoredObject[] = [];
  for (const folder of folders.filter((one) => runIdOf(one) === undefined)) {
    const { objects } = await store.list(folder);
    // The S3 console creates an object for a folder.
    const isReport = (key: string) =>
      runIdOf(key) !== undefined || isOutcomesKey(key) || key.endsWith('/faults.json') || key === folder;
    found.push(...objects.filter(({ key }) => !isReport(key)), ...(await listMisplaced(store, folder)));
  }
  return found;
}

/** Whether ticks work on a run that has not ended: its plan is in the bucket, and was not replaced. */
export async function isOrdered(
  { store, tickMs, speed }: Omit<Plans, 'now'>,
  planName: string,
  runId: string,
): Promise<boolean> {
  const text = (await store.readText(planKey(planName)))?.text ?? '';
  const reading = readPlan(text, undefined, speed);
  return reading.ok && runWithId(runId, placePlan(reading.plan, text, 0, tickMs)) !== undefined;
}

/** @returns `undefined` if the plan was deleted after it had been listed. */
async function readState(
  { store, tickMs, speed, now }: Plans,
  { key, etag, placedMs }: StoredObject,
  cache?: TextCache,
): Promise<PlanState | undefined> {
  const name = planNameOf(key);
  if (name === undefined) {
    const path = key.slice(plansFolder.length);
    return { kind: 'faulty', name: path, key, faults: [path.includes('/') ? misplaced : notAPlan] };
  }
  const read = await store.readText(key);
  if (read === undefined) return undefined;
  // Any verb: the deployment may know more of them than the CLI, and reports one that it refuses.
  const reading = readPlan(read.text, undefined, speed);
  if (!reading.ok) return { kind: 'faulty', name, key, faults: reading.faults };
  const { plan } = reading;
  const reported = parseReport(faultsReport, await store.readText(faultsKey(name)));
  if (reported?.etag === etag) return { kind: 'faulty', name, key, plan, faults: reported.faults };

  const nowMs = now();
  const placed = placePlan(plan, read.text, placedMs, tickMs);
  const { last: lastRun, next } = runsOf(placed, await store.list(planFolder(name)), nowMs, tickMs);
  const last = lastRun && runStateOf(lastRun, await readRun(store, name, lastRun.id, cache), nowMs, tickMs);
  if (last?.hasEnded === false) return { kind: 'running', name, key, plan, last };
  if (next !== undefined) {
    const forecast = forecastRun(next, 0, nowMs, tickMs);
    return { kind: 'waiting', name, key, plan, next, forecast, ...(last && { last }) };
  }
  return last && { kind: 'ended', name, key, plan, last };
}

type RunState = ReturnType<typeof runStateOf>;

function runStateOf(run: Run, { totals, begun, outcomes }: RunRecord, nowMs: number, tickMs: number) {
  const slices = totals?.slices ?? sliceCount(run, tickMs);
  const slicesDone = totals?.slicesDone ?? 0;
  const dueToMs = totals === undefined ? 0 : Date.parse(totals.dueTo);
  // The time of a slice that a tick works on is fixed; the slices after it wait for theirs.
  const settled = slicesDone + begun.filter(({ until }) => Date.parse(until) > nowMs).length;
  const forecastMs = settled < slices ? forecastRun(run, settled, nowMs, tickMs).endsMs : 0;
  return {
    run,
    tally: totals === undefined ? emptyTally() : tallyOf(totals),
    outcomes,
    slices,
    slicesDone,
    hasEnded: totals?.hasEnded ?? false,
    /** When the last of its pushes is due, as far as is known. */
    endsMs: Math.max(forecastMs, dueToMs),
  };
}

/**
 * When the first and the last push of a run are due of which some slices are done, if no tick is missed from now on. A
 * late run does one slice with each tick, and ends as much later.
 */
export function forecastRun(run: Run, slicesDone: number, nowMs: number, tickMs: number) {
  const nextTickMs = Math.ceil(nowMs / tickMs) * tickMs;
  const last = sliceCount(run, tickMs) - 1;
  const spreadAt = (index: number) => {
    const slice = sliceOf(run, index, tickMs);
    const ownTickMs = Math.floor(slice.fromMs / tickMs) * tickMs;
    const lateTickMs = nextTickMs + Math.max(0, index - slicesDone) * tickMs;
    const { fromMs, toMs } = spreadOf(slice, Math.max(ownTickMs, lateTickMs), tickMs);
    // Without a window, the pushes are due when the tick enqueues them.
    return fromMs === toMs
      ? { fromMs: Math.max(fromMs, lateTickMs), toMs: Math.max(toMs, lateTickMs) }
      : { fromMs, toMs };
  };
  return { beginsMs: spreadAt(Math.min(slicesDone, last)).fromMs, endsMs: spreadAt(last).toMs };
}
