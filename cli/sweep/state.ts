import * as v from 'valibot';
import type { PushRules } from '../../shared/push/validation.ts';
import { forecastRun, type Forecast } from './forecast.ts';
import { faultsKey, planFolder, planNameOf, plansFolder, runIdOf } from '../../shared/sweeps/keys.ts';
import { readPlan, type Plan, type PlanFault } from '../../shared/sweeps/plan.ts';
import { faultsReport, parseReport } from '../../shared/sweeps/report.ts';
import {
  digestOfPlan,
  firstRun,
  latestRun,
  runAfter,
  runWithId,
  sliceCount,
  type Run,
} from '../../shared/sweeps/run.ts';
import type { StoredObject } from '../../shared/sweeps/store.ts';
import type { SweepDesk } from './desk.ts';
import { readRun, type Known, type RunRecord } from './run-record.ts';

/** How a run goes on that has begun. */
export interface RunState {
  readonly run: Run;
  readonly record: RunRecord;
  readonly slices: number;
  readonly slicesDone: number;
  /** When the last of its pushes is due, as far as it can be told. */
  readonly endsMs: number;
}

/** How it stands with a plan. */
export type PlanState = { readonly name: string } & (
  | { readonly kind: 'faulty'; readonly plan?: Plan; readonly faults: readonly PlanFault[] }
  /** Its next run is to come; the last one, if there was any, has ended. */
  | {
      readonly kind: 'waiting';
      readonly plan: Plan;
      readonly next: Run;
      readonly forecast: Forecast;
      readonly last?: RunState;
    }
  | { readonly kind: 'running'; readonly plan: Plan; readonly last: RunState }
  | { readonly kind: 'ended'; readonly plan: Plan; readonly last: RunState }
);

/** The objects that are plans, or should be. @throws whatever the bucket throws. */
export async function listPlans({ store }: SweepDesk): Promise<readonly StoredObject[]> {
  const { objects } = await store.list(plansFolder);
  // The console makes an object of the folder itself.
  return objects.filter(({ key }) => key !== plansFolder);
}

/** Finds out how it stands with a plan; `undefined` where it is gone. @throws whatever the bucket throws. */
export async function readState(
  { store, tickMs, speed, rules, surroundings }: SweepDesk,
  { key, etag, placedMs }: StoredObject,
  known?: Known,
): Promise<PlanState | undefined> {
  const name = planNameOf(key);
  if (name === undefined) {
    const detail = 'A plan is a JSON file: its name must end in .json.';
    return { kind: 'faulty', name: key.slice(plansFolder.length), faults: [{ detail }] };
  }
  const read = await store.readText(key);
  if (read === undefined) return undefined;
  const reading = readPlan(read.text, rulesFor(read.text, rules), speed);
  if (!reading.ok) return { kind: 'faulty', name, faults: reading.faults };
  const { plan } = reading;
  const told = parseReport(faultsReport, (await store.readText(faultsKey(name)))?.text ?? '');
  if (told?.etag === etag) {
    const faults = told.faults.map(({ property, detail }) => ({ detail, ...(property !== undefined && { property }) }));
    return { kind: 'faulty', name, plan, faults };
  }

  const nowMs = surroundings.now();
  const placed = { atMs: placedMs, digest: digestOfPlan(read.text, tickMs) };
  const { objects, folders } = await store.list(planFolder(name));
  const ids = new Set([...objects.map((object) => object.key), ...folders].flatMap((found) => runIdOf(found) ?? []));
  const runs = [...ids].flatMap((id) => runWithId(id, plan, placed.digest) ?? []).sort((a, b) => b.startMs - a.startMs);
  const [newest] = runs;
  const last = newest && runStateOf(newest, await readRun(store, name, newest.id, known), nowMs, tickMs);
  if (last !== undefined && last.record.summary === undefined) return { kind: 'running', name, plan, last };
  const latest = latestRun(plan, placed, nowMs, tickMs);
  const next =
    latest === undefined
      ? firstRun(plan, placed, tickMs)
      : latest.id === newest?.id
        ? runAfter(plan, latest, placed)
        : latest;
  if (next !== undefined) {
    const forecast = forecastRun(next, 0, nowMs, tickMs);
    return { kind: 'waiting', name, plan, next, forecast, ...(last && { last }) };
  }
  // Without a next one, the newest is the only one.
  return last && { kind: 'ended', name, plan, last };
}

function runStateOf(run: Run, record: RunRecord, nowMs: number, tickMs: number): RunState {
  const slices = sliceCount(run, tickMs);
  const { summary, reports, begun } = record;
  const slicesDone = summary === undefined ? reports.length : slices;
  const dueMs = [...reports, ...begun, ...(summary ? [summary] : [])].map(({ dueTo }) => Date.parse(dueTo));
  // A slice that a tick works on has its time; only those after it have to wait for theirs.
  const settled = slicesDone + begun.filter(({ until }) => Date.parse(until) > nowMs).length;
  const forecastMs = settled < slices ? forecastRun(run, settled, nowMs, tickMs).endsMs : 0;
  return { run, record, slices, slicesDone, endsMs: Math.max(forecastMs, ...dueMs) };
}

const withVerb = v.object({ verb: v.string() });

/** The deployment may allow verbs that the tool does not know; it tells itself of one that it refuses. */
function rulesFor(text: string, rules: PushRules): PushRules {
  const said = parseReport(withVerb, text);
  return said === undefined ? rules : { ...rules, extraVerbs: [said.verb] };
}
