import { formatDuration, formatIsoDuration } from '../../shared/duration.ts';
import { registryWord, type Plan } from '../../shared/sweeps/plan.ts';
import type { PlanState } from '../../shared/sweeps/plan-state.ts';
import type { OutcomesRecord } from '../../shared/sweeps/outcome-counts.ts';
import type { Counts, Tally } from '../../shared/sweeps/tally.ts';
import { printable, table } from '../../shared/table.ts';
import { counted } from '../counted.ts';
import { formatTime } from '../time.ts';

export function stateWords(state: PlanState): string {
  if (state.kind !== 'running') return state.kind;
  return `running ${String(state.last.slicesDone)}/${String(state.last.slices)}`;
}

export function entryLine(title: string, value: string): string {
  return `  ${title.padEnd(12)}${printable(value)}`;
}

/** @param hasExcept whether the plan names a list of devices to leave out. */
export function countEntries(
  { enqueued, duplicates, filtered, excluded, refused, unchecked }: Counts,
  hasExcept = excluded > 0,
) {
  const counts: [title: string, count: number][] = [
    ['enqueued', enqueued],
    ['duplicates', duplicates],
    ['filtered', filtered],
    ...(hasExcept ? [['excluded', excluded] satisfies [string, number]] : []),
    ['refused', refused],
  ];
  if (unchecked > 0) counts.push(['unchecked', unchecked]);
  return counts;
}

/** How pushes ended, as far as it was counted. No entries before any was. */
export function outcomeEntries(outcomes: OutcomesRecord | undefined): [title: string, text: string][] {
  if (outcomes === undefined) return [];
  const reasons = Object.entries(outcomes.givenUp).sort(([, a], [, b]) => b - a);
  const givenUp = reasons.reduce((sum, [, count]) => sum + count, 0);
  const byReason = reasons.map(([reason, count]) => `${String(count)} ${reason}`).join(', ');
  return [
    ['delivered', String(outcomes.delivered)],
    ['given up', givenUp === 0 ? '0' : byReason],
  ];
}

/** The same as JSON. */
export function outcomesJson(outcomes: OutcomesRecord | undefined) {
  if (outcomes === undefined) return {};
  const { delivered, givenUp, countedAt } = outcomes;
  return { delivered, givenUp, countedAt };
}

/** The refused rows that a tally lists, as a table below an empty line. No lines if there are none. */
export function refusedLines({ refused, refusedRows }: Pick<Tally, 'refused' | 'refusedRows'>): string[] {
  if (refusedRows.length === 0) return [];
  const lines = table(
    [{ right: 'line' }, 'reason'],
    refusedRows.map(({ line, reason }) => [line, reason]),
  );
  const more = refused - refusedRows.length;
  return ['', ...lines, ...(more > 0 ? [`and ${String(more)} more.`] : [])];
}

/** The list of a plan over the registry. */
export const theRegistry = 'the registry';

/** The list of a plan: its key, or the registry. */
function listText({ devices }: Plan): string {
  if (devices.kind === 'list') return devices.key;
  const { accounts } = devices;
  if (accounts === undefined) return theRegistry;
  return `${theRegistry}, ${counted(accounts.length, 'account')}`;
}

/** The same as in a plan. */
function devicesJson({ devices }: Plan) {
  if (devices.kind === 'list') return { devices: devices.key };
  const { accounts } = devices;
  return { devices: registryWord, ...(accounts !== undefined && { accounts }) };
}

/** @param speed the factor by which plans run faster than written. */
function windowText({ windowMs }: Plan, speed: number): string {
  return windowMs === 0 ? 'now' : formatDuration(windowMs * speed);
}

export function linesOf(state: PlanState, speed: number, nowMs: number): string[] {
  const { name, plan, last } = state;
  const lines = [`${printable(name)}: ${stateWords(state)}`];
  const add = (title: string, value: string) => lines.push(entryLine(title, value));
  if (plan !== undefined) {
    add('list', listText(plan));
    if (plan.except !== undefined) add('except', plan.except);
    add('verb', plan.verb);
    add('window', windowText(plan, speed));
  }
  if (state.kind === 'faulty') {
    for (const { detail } of state.faults) add('fault', detail);
    return lines;
  }
  if (last !== undefined) {
    const { run, slices, slicesDone, endsMs, tally, outcomes } = last;
    add(state.kind === 'waiting' ? 'last run' : 'run', run.id);
    add('slices', `${String(slicesDone)} of ${String(slices)}`);
    const remarks: Readonly<Record<string, string>> = {
      refused: tally.refused === 0 ? '' : ` ("sweep report ${name}" lists them)`,
      unchecked: ' (not checked for duplicates: some of these devices may get a second push)',
    };
    for (const [title, count] of countEntries(tally, plan.except !== undefined)) {
      add(title, `${String(count)}${remarks[title] ?? ''}`);
    }
    for (const [title, text] of outcomeEntries(outcomes)) add(title, text);
    add(endsMs > nowMs ? 'ends' : 'ended', timeText(endsMs, nowMs));
  }
  if (state.kind === 'waiting') {
    add('begins', timeText(state.forecast.beginsMs, nowMs));
    add('ends', timeText(state.forecast.endsMs, nowMs));
  }
  if (plan?.everyMs !== undefined) add('every', formatDuration(plan.everyMs * speed));
  return lines;
}

function timeText(ms: number, nowMs: number): string {
  const distance = formatDuration(Math.abs(ms - nowMs));
  return `${formatTime(ms)}, ${ms > nowMs ? `in ${distance}` : `${distance} ago`}`;
}

export function tableOf(states: readonly PlanState[], speed: number, width: number | undefined): string[] {
  const rows = states.map((state) => {
    const { name, plan, last } = state;
    const beginsMs = state.kind === 'waiting' ? state.forecast.beginsMs : last?.run.startMs;
    return [
      name,
      stateWords(state),
      plan?.verb,
      plan && windowText(plan, speed),
      beginsMs && formatTime(beginsMs),
      plan?.everyMs && formatDuration(plan.everyMs * speed),
      last?.tally.enqueued,
      last?.tally.refused,
      state.kind === 'faulty' ? state.faults[0]?.detail : listText(state.plan),
    ];
  });
  return table(
    ['name', 'state', 'verb', 'window', 'begins', 'every', { right: 'enqueued' }, { right: 'refused' }, 'list'],
    rows,
    width,
  );
}

/** A state as JSON, with times in ISO 8601 and without the texts of pushes. */
export function jsonOf(state: PlanState, speed: number) {
  const { name, kind, plan, last } = state;
  return {
    name,
    state: kind,
    ...(plan && {
      ...devicesJson(plan),
      ...(plan.except !== undefined && { except: plan.except }),
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
    ...(last && {
      last: {
        run: last.run.id,
        hasEnded: last.hasEnded,
        slices: last.slices,
        slicesDone: last.slicesDone,
        startsAt: new Date(last.run.startMs).toISOString(),
        endsAt: new Date(last.endsMs).toISOString(),
        ...last.tally,
        ...outcomesJson(last.outcomes),
      },
    }),
  };
}
