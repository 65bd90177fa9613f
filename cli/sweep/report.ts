import { planFolder, runIdOf } from '../../shared/sweeps/keys.ts';
import { readRun, type RunTotals } from '../../shared/sweeps/run-record.ts';
import { exitCodes, UsageError, type ExitCode } from '../cli-context.ts';
import { printable } from '../table.ts';
import { formatTime } from '../time.ts';
import type { SweepConnection } from './connection.ts';
import { refusedLines } from './refused.ts';

export interface ReportOptions {
  readonly name: string;
  /** The last one, where none is named. */
  readonly runId?: string | undefined;
  readonly json?: boolean | undefined;
}

/** Tells what a run has done, whether its plan is still there or not. @throws UsageError where there is none. */
export async function report(connection: SweepConnection, { name, runId, json }: ReportOptions): Promise<ExitCode> {
  const { store, context } = connection;
  const { objects, folders } = await store.list(planFolder(name));
  const ids = [...new Set([...objects.map(({ key }) => key), ...folders].flatMap((key) => runIdOf(key) ?? []))].sort();
  if (ids.length === 0) throw new UsageError(`No run of ${name} has begun: "sweep status ${name}" tells when it will.`);
  if (runId !== undefined && !ids.includes(runId)) {
    throw new UsageError(`${name} has no run ${runId}: there ${ids.length === 1 ? 'is' : 'are'} ${ids.join(', ')}.`);
  }
  const totals = await newestOf(connection, name, runId === undefined ? ids : [runId]);
  if (totals === undefined)
    throw new UsageError(`Nothing is known yet of the run: "sweep status ${name}" tells how far it is.`);
  context.stdout.write(json ? `${JSON.stringify(totals, null, 2)}\n` : `${linesOf(totals).join('\n')}\n`);
  return exitCodes.ok;
}

/** The totals of the latest run. A plan and its replacement may have runs with the same start: the last one begun. */
async function newestOf(
  { store }: SweepConnection,
  name: string,
  ids: readonly string[],
): Promise<RunTotals | undefined> {
  const startOf = (id: string) => id.slice(0, id.lastIndexOf('-'));
  const latest = ids.filter((id) => startOf(id) === startOf(ids.at(-1) ?? ''));
  const records = await Promise.all(latest.map((id) => readRun(store, name, id)));
  return records.flatMap(({ totals }) => totals ?? []).sort((a, b) => (a.startedAt < b.startedAt ? 1 : -1))[0];
}

function linesOf(totals: RunTotals): string[] {
  const { plan, run, verb, hasEnded, slices, slicesDone, dueFrom, dueTo, rows, enqueued } = totals;
  const lines = [`${printable(plan)}, run ${run}: ${hasEnded ? 'ended' : 'not ended'}`];
  const line = (title: string, value: string | number) =>
    lines.push(`  ${title.padEnd(12)}${printable(String(value))}`);
  line('verb', verb);
  line('slices', `${String(slicesDone)} of ${String(slices)}`);
  line('due', `${formatTime(Date.parse(dueFrom))} to ${formatTime(Date.parse(dueTo))}`);
  line('rows', rows);
  line('enqueued', enqueued);
  line('duplicates', totals.duplicates);
  line('left out', totals.filtered);
  line('refused', totals.refused);
  if (totals.unchecked > 0) line('unchecked', totals.unchecked);
  return [...lines, ...refusedLines(totals)];
}
