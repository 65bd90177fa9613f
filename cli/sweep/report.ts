import { planFolder, runIdOf } from '../../shared/sweeps/keys.ts';
import type { RunSummary, SliceReport } from '../../shared/sweeps/report.ts';
import { exitCodes, type ExitCode } from '../exit-codes.ts';
import { Mistake } from '../mistake.ts';
import { printable } from '../table.ts';
import { formatTime } from '../time.ts';
import type { SweepDesk } from './desk.ts';
import { refusedLines } from './refused.ts';
import { readRun, type RunRecord } from './run-record.ts';

export interface ReportOptions {
  readonly name: string;
  /** The last one, where none is named. */
  readonly runId?: string | undefined;
  readonly json: boolean;
}

/** A run, added up as far as it is. */
type Sum = Omit<RunSummary, 'slices'> & {
  readonly slices: number;
  readonly slicesDone: number;
  readonly hasEnded: boolean;
};

/** Tells what a run has done, whether its plan is still there or not. @throws Mistake where there is none. */
export async function report(desk: SweepDesk, { name, runId, json }: ReportOptions): Promise<ExitCode> {
  const { store, surroundings } = desk;
  const { objects, folders } = await store.list(planFolder(name));
  const ids = [...new Set([...objects.map(({ key }) => key), ...folders].flatMap((key) => runIdOf(key) ?? []))].sort();
  if (ids.length === 0) throw new Mistake(`No run of ${name} has begun: "sweep status ${name}" tells when it will.`);
  if (runId !== undefined && !ids.includes(runId)) {
    throw new Mistake(`${name} has no run ${runId}: there ${ids.length === 1 ? 'is' : 'are'} ${ids.join(', ')}.`);
  }
  const sum = runId === undefined ? await newestOf(desk, name, ids) : sumOf(name, await readRun(store, name, runId));
  if (sum === undefined)
    throw new Mistake(`Nothing is known yet of the run: "sweep status ${name}" tells how far it is.`);
  surroundings.stdout.write(json ? `${JSON.stringify(sum, null, 2)}\n` : `${linesOf(sum).join('\n')}\n`);
  return exitCodes.well;
}

/** Of runs of plans that took the place of one another and begin at the same time, the one that was begun last. */
async function newestOf({ store }: SweepDesk, name: string, ids: readonly string[]): Promise<Sum | undefined> {
  const startOf = (id: string) => id.slice(0, id.lastIndexOf('-'));
  const latest = ids.filter((id) => startOf(id) === startOf(ids.at(-1) ?? ''));
  const sums = await Promise.all(latest.map(async (id) => sumOf(name, await readRun(store, name, id))));
  return sums.filter((sum) => sum !== undefined).sort((a, b) => (a.startedAt < b.startedAt ? 1 : -1))[0];
}

function sumOf(plan: string, { id, summary, reports, begun, tally }: RunRecord): Sum | undefined {
  if (summary !== undefined) return { ...summary, slicesDone: summary.slices, hasEnded: true };
  const [first]: readonly (SliceReport | undefined)[] = reports;
  const parts = [...reports, ...begun];
  const sorted = (times: readonly string[]) => times.toSorted();
  const startedAt = sorted(parts.map((part) => part.startedAt))[0];
  if (startedAt === undefined) return undefined;
  return {
    ...{
      plan,
      run: id,
      verb: first?.verb ?? '',
      slices: first?.slices ?? 0,
      slicesDone: reports.length,
      hasEnded: false,
    },
    dueFrom: sorted(parts.map((part) => part.dueFrom))[0] ?? '',
    dueTo: sorted(parts.map((part) => part.dueTo)).at(-1) ?? '',
    startedAt,
    finishedAt: sorted(reports.map((part) => part.finishedAt)).at(-1) ?? '',
    ...tally,
  };
}

function linesOf(sum: Sum): string[] {
  const { plan, run, verb, hasEnded, slices, slicesDone, dueFrom, dueTo, rows, enqueued } = sum;
  const lines = [`${printable(plan)}, run ${run}: ${hasEnded ? 'ended' : 'not ended'}`];
  const line = (title: string, value: string | number) =>
    lines.push(`  ${title.padEnd(12)}${printable(String(value))}`);
  if (verb !== '') line('verb', verb);
  line('slices', slices === 0 ? slicesDone : `${String(slicesDone)} of ${String(slices)}`);
  line('due', `${formatTime(Date.parse(dueFrom))} to ${formatTime(Date.parse(dueTo))}`);
  line('rows', rows);
  line('enqueued', enqueued);
  line('duplicates', sum.duplicates);
  line('left out', sum.filtered);
  line('refused', sum.refused);
  return [...lines, ...refusedLines(sum)];
}
