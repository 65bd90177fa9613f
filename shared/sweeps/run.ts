import { hash } from 'node:crypto';
import { tickMinutes } from '../settings.ts';
import { runIdOf } from './keys.ts';
import type { Plan } from './plan.ts';
import type { Listing } from './store.ts';

export interface Run {
  readonly id: string;
  readonly startMs: number;
  readonly windowMs: number;
}

/** The part of a run that one tick enqueues: the devices whose position is in it, and when their pushes are due. */
export interface Slice {
  readonly index: number;
  /** Positions from the first up to, not including, the second. */
  readonly from: number;
  readonly to: number;
  readonly fromMs: number;
  readonly toMs: number;
}

/** What distinguishes the runs of a plan. */
interface RunIdentity {
  /** When the first run starts, in milliseconds since the epoch. A plan without a start begins with the next tick. */
  readonly firstMs: number;
  readonly digest: string;
}

interface PlacedPlan extends RunIdentity {
  readonly plan: Plan;
  /** Its runs have these identities if the time between two ticks is another. */
  readonly others: readonly RunIdentity[];
}

/**
 * @param text the plan as it is written.
 * @param placedMs when it was written, in milliseconds since the epoch.
 */
export function placePlan(plan: Plan, text: string, placedMs: number, tickMs: number): PlacedPlan {
  // The time between two ticks is part of the digest, because it determines the slices.
  const identityWith = (ms: number) => ({
    firstMs: plan.startMs ?? Math.ceil(placedMs / ms) * ms,
    digest: hash('sha256', `${String(ms)} ${text}`).slice(0, 8),
  });
  const others = tickMinutes.map((minutes) => identityWith(minutes * 60_000));
  return { plan, ...identityWith(tickMs), others };
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
export function currentRun({ plan, firstMs, digest }: PlacedPlan, nowMs: number, tickMs: number): Run {
  const { everyMs } = plan;
  if (everyMs === undefined || !isDue(firstMs, nowMs, tickMs)) return runOf(plan, firstMs, digest);
  const passed = Math.floor((tickOf(nowMs, tickMs) + tickMs - 1 - firstMs) / everyMs);
  return runOf(plan, firstMs + passed * everyMs, digest);
}

/** The run that follows another one; `undefined` if the plan is not repeated. */
export function runAfter({ plan, digest }: PlacedPlan, { startMs }: Run): Run | undefined {
  return plan.everyMs === undefined ? undefined : runOf(plan, startMs + plan.everyMs, digest);
}

interface Runs {
  /** The runs that the current tick works on, in the order of their starts. */
  readonly due: readonly Run[];
  /** The latest run that a tick has begun. */
  readonly last: Run | undefined;
  /** The first run that no tick has begun. */
  readonly next: Run | undefined;
}

/** @param listing the folder of the plan: a run has a folder once it has begun, and a summary once it has ended. */
export function runsOf(placed: PlacedPlan, { objects, folders }: Listing, nowMs: number, tickMs: number): Runs {
  const { plan, firstMs, others } = placed;
  const ended = new Set(objects.map(({ key }) => runIdOf(key)));
  const ids = new Set([...ended, ...folders.map(runIdOf)].filter((id) => id !== undefined));
  /** The same run as it has ended, perhaps before the time between two ticks was changed. */
  const endedAs = ({ startMs }: Run) =>
    [placed, ...others]
      .map((identity) => runOf(plan, startMs - firstMs + identity.firstMs, identity.digest))
      .find(({ id }) => ended.has(id));
  const current = currentRun(placed, nowMs, tickMs);
  const earlier = [...ids].flatMap((id) => (id === current.id ? [] : (runWithId(id, placed) ?? [])));
  const begun = [...earlier, current]
    .map((run) => endedAs(run) ?? run)
    .filter(({ id }) => ids.has(id))
    .sort((a, b) => a.startMs - b.startMs);
  const due = begun.filter(({ id }) => !ended.has(id));
  const last = begun.at(-1);
  if (ids.has((endedAs(current) ?? current).id)) return { due, last, next: runAfter(placed, current) };
  return { due: isDue(current.startMs, nowMs, tickMs) ? [...due, current] : due, last, next: current };
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
