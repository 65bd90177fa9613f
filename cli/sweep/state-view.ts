import { formatIsoDuration } from '../../shared/sweeps/iso-duration.ts';
import type { Plan } from '../../shared/sweeps/plan.ts';
import { formatDuration } from '../duration.ts';
import { printable, table } from '../table.ts';
import { formatTime } from '../time.ts';
import type { PlanState, RunState } from './state.ts';

/** The state in a few words. */
export function wordsOf(state: PlanState): string {
  switch (state.kind) {
    case 'running':
      return `running ${String(state.last.slicesDone)}/${String(state.last.slices)}`;
    case 'faulty':
    case 'waiting':
    case 'ended':
      return state.kind;
    default:
      return state satisfies never;
  }
}

/** A window as a person writes it. @param speed how many times faster than written plans run. */
export function windowOf({ windowMs }: Plan, speed: number): string {
  return windowMs === 0 ? 'now' : formatDuration(windowMs * speed);
}

/** All of a state, as lines. */
export function linesOf(
  state: PlanState,
  { speed, nowMs }: { readonly speed: number; readonly nowMs: number },
): string[] {
  const { name, plan } = state;
  const lines = [`${printable(name)}: ${wordsOf(state)}`];
  const line = (title: string, value: string) => lines.push(`  ${title.padEnd(12)}${printable(value)}`);
  if (plan !== undefined) {
    line('list', plan.devices);
    line('verb', plan.verb);
    line('window', windowOf(plan, speed));
  }
  if (state.kind === 'faulty') {
    for (const { detail } of state.faults) line('fault', detail);
    return lines;
  }
  const { last } = state;
  if (last !== undefined) {
    const { run, slices, slicesDone, endsMs } = last;
    const { enqueued, duplicates, filtered, refused, unchecked } = last.tally;
    line(state.kind === 'waiting' ? 'last run' : 'run', run.id);
    line('slices', `${String(slicesDone)} of ${String(slices)}`);
    line('enqueued', String(enqueued));
    line('duplicates', String(duplicates));
    line('left out', String(filtered));
    line('refused', refused === 0 ? '0' : `${String(refused)} ("sweep report ${name}" tells which)`);
    if (unchecked > 0)
      line('unchecked', `${String(unchecked)} (more devices in a slice than it remembers: some may get a second push)`);
    line(endsMs > nowMs ? 'ends' : 'ended', when(endsMs, nowMs));
  }
  if (state.kind === 'waiting') {
    line('begins', when(state.forecast.beginsMs, nowMs));
    line('ends', when(state.forecast.endsMs, nowMs));
  }
  if (plan?.everyMs !== undefined) line('every', formatDuration(plan.everyMs * speed));
  return lines;
}

/** A time, and how far it is from now. */
export function when(ms: number, nowMs: number): string {
  const distance = formatDuration(Math.abs(ms - nowMs));
  return `${formatTime(ms)}, ${ms > nowMs ? `in ${distance}` : `${distance} ago`}`;
}

const titles = ['name', 'state', 'verb', 'window', 'begins', 'every', 'enqueued', 'refused', 'list'] as const;
const numeric: ReadonlySet<string> = new Set(['enqueued', 'refused']);

/** A line for each plan. */
export function tableOf(states: readonly PlanState[], speed: number, width: number | undefined): string[] {
  const rows = states.map((state) => {
    const { name, plan } = state;
    const last = 'last' in state ? state.last : undefined;
    const beginsMs = state.kind === 'waiting' ? state.forecast.beginsMs : last?.run.startMs;
    return [
      name,
      wordsOf(state),
      plan?.verb ?? '',
      plan === undefined ? '' : windowOf(plan, speed),
      beginsMs === undefined ? '' : formatTime(beginsMs),
      plan?.everyMs === undefined ? '' : formatDuration(plan.everyMs * speed),
      last === undefined ? '' : String(last.tally.enqueued),
      last === undefined ? '' : String(last.tally.refused),
      state.kind === 'faulty' ? (state.faults[0]?.detail ?? '') : state.plan.devices,
    ];
  });
  return table(
    titles.map((title) => ({ title, align: numeric.has(title) ? 'right' : 'left' })),
    rows,
    width,
  );
}

/** A state for programs: times in ISO 8601, no texts of pushes. */
export function jsonOf(state: PlanState, speed: number) {
  const { name, kind, plan } = state;
  const last = 'last' in state ? state.last : undefined;
  return {
    name,
    state: kind,
    ...(plan && {
      devices: plan.devices,
      verb: plan.verb,
      window: formatIsoDuration(plan.windowMs * speed),
      ...(plan.everyMs !== undefined && { every: formatIsoDuration(plan.everyMs * speed) }),
      ...(plan.appIds && { appIds: [...plan.appIds] }),
      ...(plan.seenWithinMs !== undefined && { seenWithin: formatIsoDuration(plan.seenWithinMs) }),
    }),
    ...(state.kind === 'faulty' && { faults: state.faults }),
    ...(state.kind === 'waiting' && {
      next: {
        run: state.next.id,
        beginsAt: new Date(state.forecast.beginsMs).toISOString(),
        endsAt: new Date(state.forecast.endsMs).toISOString(),
      },
    }),
    ...(last && { last: jsonOfRun(last) }),
  };
}

function jsonOfRun({ run, hasEnded, slices, slicesDone, endsMs, tally }: RunState) {
  return {
    run: run.id,
    hasEnded,
    slices,
    slicesDone,
    startsAt: new Date(run.startMs).toISOString(),
    endsAt: new Date(endsMs).toISOString(),
    ...tally,
  };
}
