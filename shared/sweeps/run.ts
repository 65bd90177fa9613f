import { hash } from 'node:crypto';
import { runIdOf } from './keys.ts';
import type { Plan } from './plan.ts';
import type { Listing } from './store.ts';

/** One execution of a plan. */
export interface Run {
  readonly id: string;
  /** Milliseconds since the epoch. */
  readonly startMs: number;
  readonly windowMs: number;
}

/** The part of a run that one tick enqueues: the devices whose position is in it, and when their pushes are due. */
export interface Slice {
  readonly index: number;
  /** Positions from the first up to, not including, the second. */
  readonly from: number;
  readonly to: number;
  /** Milliseconds since the epoch. */
  readonly fromMs: number;
  readonly toMs: number;
}

/** A plan as it is in the bucket. */
export interface PlacedPlan {
  readonly plan: Plan;
  /** Milliseconds since the epoch. A plan without a start begins with the next tick. */
  readonly placedMs: number;
  /** Changes with the plan, and with the time between two ticks, which determines the slices. */
  readonly digest: string;
}

/** @param text the plan as it is written. */
export function digestOfPlan(text: string, tickMs: number): string {
  return hash('sha256', `${String(tickMs)} ${text}`).slice(0, 8);
}

/** How early a tick may come by its own clock, as a share of the time between two ticks. */
const maxEarliness = 1 / 30;

/** The time of the tick to which a moment belongs. Ticks are at multiples of the time between two ticks. */
export function tickOf(nowMs: number, tickMs: number): number {
  return Math.floor((nowMs + tickMs * maxEarliness) / tickMs) * tickMs;
}

/** Whether the current tick works on what begins at a time: its pushes may be due up to the next tick. */
function isDue(startMs: number, nowMs: number, tickMs: number): boolean {
  return startMs < tickOf(nowMs, tickMs) + tickMs;
}

/**
 * The latest run of a plan that is due; before the first is due, the first. Earlier runs of a repeated plan that no tick
 * has begun are left out: their devices are those of the latest.
 */
export function currentRun({ plan, placedMs, digest }: PlacedPlan, nowMs: number, tickMs: number): Run {
  const { everyMs, startMs = Math.ceil(placedMs / tickMs) * tickMs } = plan;
  if (everyMs === undefined || !isDue(startMs, nowMs, tickMs)) return runOf(plan, startMs, digest);
  const passed = Math.floor((tickOf(nowMs, tickMs) + tickMs - 1 - startMs) / everyMs);
  return runOf(plan, startMs + passed * everyMs, digest);
}

/** The run that follows another one; `undefined` if the plan is not repeated. */
export function runAfter({ plan, digest }: PlacedPlan, { startMs }: Run): Run | undefined {
  return plan.everyMs === undefined ? undefined : runOf(plan, startMs + plan.everyMs, digest);
}

/** The runs of a plan. */
export interface Runs {
  /** The runs that the current tick works on, in the order of their starts. */
  readonly due: readonly Run[];
  /** The latest run that a tick has begun. */
  readonly last: Run | undefined;
  /** The first run that no tick has begun. */
  readonly next: Run | undefined;
}

/** @param listing the folder of the plan: a run has a folder once it has begun, and a summary once it has ended. */
export function runsOf(placed: PlacedPlan, { objects, folders }: Listing, nowMs: number, tickMs: number): Runs {
  const ended = new Set(objects.map(({ key }) => runIdOf(key)));
  const ids = new Set([...ended, ...folders.map(runIdOf)].filter((id) => id !== undefined));
  const begun = [...ids].flatMap((id) => runWithId(id, placed) ?? []).sort((a, b) => a.startMs - b.startMs);
  const open = begun.filter(({ id }) => !ended.has(id));
  const last = begun.at(-1);
  const current = currentRun(placed, nowMs, tickMs);
  if (ids.has(current.id)) return { due: open, last, next: runAfter(placed, current) };
  return { due: isDue(current.startMs, nowMs, tickMs) ? [...open, current] : open, last, next: current };
}

function runOf({ windowMs }: Plan, startMs: number, digest: string): Run {
  const start = new Date(startMs).toISOString().replace(/[-:]/g, '').replace('.000', '').replace('.', '_');
  return { id: `${start}-${digest}`, startMs, windowMs };
}

/** The run with an id; `undefined` if it is of another plan, or of this one before it was replaced. */
export function runWithId(id: string, { plan, digest }: PlacedPlan): Run | undefined {
  const start = id.replace('_', '.').replace(/^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(.*)-.*$/, '$1-$2-$3T$4:$5:$6');
  const startMs = Date.parse(start);
  if (Number.isNaN(startMs)) return undefined;
  const run = runOf(plan, startMs, digest);
  return run.id === id ? run : undefined;
}

/** The number of slices of a run: one for each time between two ticks that its window touches. */
export function sliceCount({ startMs, windowMs }: Run, tickMs: number): number {
  if (windowMs === 0) return 1;
  return Math.ceil((startMs + windowMs) / tickMs) - Math.floor(startMs / tickMs);
}

export function sliceOf(run: Run, index: number, tickMs: number): Slice {
  const { startMs, windowMs } = run;
  const count = sliceCount(run, tickMs);
  const ownTickMs = (Math.floor(startMs / tickMs) + index) * tickMs;
  const fromMs = Math.max(startMs, ownTickMs);
  const toMs = Math.min(startMs + windowMs, ownTickMs + tickMs);
  return {
    index,
    from: index === 0 ? 0 : (fromMs - startMs) / windowMs,
    to: index === count - 1 ? 1 : (toMs - startMs) / windowMs,
    fromMs,
    toMs,
  };
}

/**
 * The slice of a run that the current tick works on: the first without a report, if it is due. Each tick works on one,
 * so that missed ticks make a run end later, never faster: the rate that the devices' servers see stays the same.
 */
export function nextSlice(run: Run, reported: ReadonlySet<number>, nowMs: number, tickMs: number): Slice | undefined {
  const count = sliceCount(run, tickMs);
  let index = 0;
  while (reported.has(index)) index += 1;
  if (index >= count) return undefined;
  const slice = sliceOf(run, index, tickMs);
  return isDue(slice.fromMs, nowMs, tickMs) ? slice : undefined;
}
