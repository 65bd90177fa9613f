import { hash } from 'node:crypto';
import type { Plan } from './plan.ts';

/** One sweep over the list of a plan. */
export interface Run {
  readonly id: string;
  /** Milliseconds since the epoch. */
  readonly startMs: number;
  readonly windowMs: number;
}

/** A part of a run's window, between two ticks: the devices whose place is in it, and when their pushes are due. */
export interface Slice {
  readonly index: number;
  /** The places of its devices: from the first up to, not including, the second. */
  readonly from: number;
  readonly to: number;
  /** Milliseconds since the epoch. */
  readonly fromMs: number;
  readonly toMs: number;
}

/** When a plan was put in its place, and which one it is. */
export interface Placed {
  /** Milliseconds since the epoch: a plan without a start begins with the tick after that. */
  readonly atMs: number;
  /** A plan that is replaced begins anew, and one whose ticks are another distance apart: its slices are others. */
  readonly digest: string;
}

/** What tells a plan from another one in its place, and from itself with other slices. @param text of the plan. */
export function digestOfPlan(text: string, tickMs: number): string {
  return hash('sha256', `${String(tickMs)} ${text}`).slice(0, 8);
}

/** How early a tick may come by its own clock, as a part of the time between two. */
const earliness = 1 / 30;

/** The beginning of the time between two ticks that a moment belongs to. Ticks fall on multiples of their distance. */
export function tickOf(nowMs: number, tickMs: number): number {
  return Math.floor((nowMs + tickMs * earliness) / tickMs) * tickMs;
}

/**
 * The run of a plan that has begun last, or begins before the next tick; `undefined` before the first. A run that no
 * tick has found begun before the next one was due is left out: its devices are those of the next.
 */
export function latestRun(plan: Plan, placed: Placed, nowMs: number, tickMs: number): Run | undefined {
  const { startMs: firstMs } = firstRun(plan, placed, tickMs);
  const horizonMs = tickOf(nowMs, tickMs) + tickMs;
  if (firstMs >= horizonMs) return undefined;
  const { everyMs } = plan;
  const passed = everyMs === undefined ? 0 : Math.floor((horizonMs - 1 - firstMs) / everyMs);
  return runOf(plan, firstMs + passed * (everyMs ?? 0), placed.digest);
}

/** The run that a plan begins with. */
export function firstRun(plan: Plan, { atMs, digest }: Placed, tickMs: number): Run {
  return runOf(plan, plan.startMs ?? Math.ceil(atMs / tickMs) * tickMs, digest);
}

/** The run that follows another one; `undefined` where the plan is not repeated. */
export function runAfter(plan: Plan, { startMs }: Run, { digest }: Placed): Run | undefined {
  return plan.everyMs === undefined ? undefined : runOf(plan, startMs + plan.everyMs, digest);
}

function runOf({ windowMs }: Plan, startMs: number, digest: string): Run {
  const start = new Date(startMs).toISOString().replace(/[-:]/g, '').replace('.000', '').replace('.', '_');
  return { id: `${start}-${digest}`, startMs, windowMs };
}

/** The run with an id; `undefined` where it is not of this plan as it is. */
export function runWithId(id: string, plan: Plan, digest: string): Run | undefined {
  const match = /^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)(?:_(\d{3}))?Z-(.+)$/.exec(id);
  if (match?.[8] !== digest) return undefined;
  const [, year, month, day, hour, minute, second, ms = '000'] = match.map(String);
  const startMs = Date.parse(
    `${String(year)}-${String(month)}-${String(day)}T${String(hour)}:${String(minute)}:${String(second)}.${ms === 'undefined' ? '000' : ms}Z`,
  );
  return Number.isNaN(startMs) ? undefined : runOf(plan, startMs, digest);
}

/** How many slices a run has: one for each time between two ticks that its window touches. */
export function sliceCount({ startMs, windowMs }: Run, tickMs: number): number {
  if (windowMs === 0) return 1;
  return Math.ceil((startMs + windowMs) / tickMs) - Math.floor(startMs / tickMs);
}

export function sliceOf(run: Run, index: number, tickMs: number): Slice {
  const { startMs, windowMs } = run;
  if (windowMs === 0) return { index, from: 0, to: 1, fromMs: startMs, toMs: startMs };
  const count = sliceCount(run, tickMs);
  const cellMs = (Math.floor(startMs / tickMs) + index) * tickMs;
  const fromMs = Math.max(startMs, cellMs);
  const toMs = Math.min(startMs + windowMs, cellMs + tickMs);
  return {
    index,
    from: index === 0 ? 0 : (fromMs - startMs) / windowMs,
    to: index === count - 1 ? 1 : (toMs - startMs) / windowMs,
    fromMs,
    toMs,
  };
}

/**
 * The slice of a run that a tick works on: the first without a report, if its time has come. One for each tick, so that
 * ticks that were missed make a run end later, and not faster: whoever serves the devices sees the same rate throughout.
 */
export function nextSlice(run: Run, reported: ReadonlySet<number>, nowMs: number, tickMs: number): Slice | undefined {
  const count = sliceCount(run, tickMs);
  for (let index = 0; index < count; index += 1) {
    if (reported.has(index)) continue;
    const slice = sliceOf(run, index, tickMs);
    return slice.fromMs < tickOf(nowMs, tickMs) + tickMs ? slice : undefined;
  }
  return undefined;
}
