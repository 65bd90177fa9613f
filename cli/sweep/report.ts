import { planFolder, runIdOf } from '../../shared/sweeps/keys.ts';
import { registryWord } from '../../shared/sweeps/plan.ts';
import { isOrdered } from '../../shared/sweeps/plan-state.ts';
import { readRun, type RunRecord, type RunTotals } from '../../shared/sweeps/run-record.ts';
import { exitCodes, UsageError, type ExitCode, type Given } from '../cli-context.ts';
import { printable } from '../../shared/table.ts';
import { formatTime } from '../time.ts';
import type { SweepConnection } from './connection.ts';
import { countEntries, entryLine, outcomeEntries, outcomesJson, refusedLines, theRegistry } from './state-view.ts';

/** Shows what a run has done, even if its plan was deleted. @throws UsageError if there is no such run. */
export async function report(
  connection: SweepConnection,
  name: string,
  { run: runId, json }: Given<{ run: string; json: boolean }>,
): Promise<ExitCode> {
  const { store, context } = connection;
  const { objects, folders } = await store.list(planFolder(name));
  const ids = [...new Set([...objects.map(({ key }) => key), ...folders].flatMap((key) => runIdOf(key) ?? []))].sort();
  if (ids.length === 0) throw new UsageError(`No run of ${name} has begun: "sweep list" shows when plans begin.`);
  if (runId !== undefined && !ids.includes(runId)) {
    throw new UsageError(`${name} has no run ${runId}. Its runs: ${ids.join(', ')}.`);
  }
  // A plan and its replacement may have runs with the same start: the last of them is the one that was begun last.
  const startOf = (id: string | undefined) => id?.slice(0, id.lastIndexOf('-'));
  const last = runId === undefined ? ids.filter((id) => startOf(id) === startOf(ids.at(-1))) : [runId];
  const records = await Promise.all(last.map((id) => readRun(store, name, id)));
  const [found] = records
    .flatMap(({ totals, outcomes }) => (totals === undefined ? [] : { totals, outcomes }))
    .sort((a, b) => b.totals.startedAt.localeCompare(a.totals.startedAt));
  if (found === undefined) {
    throw new UsageError(`There is no report of the run yet: "sweep status ${name}" shows how far it is.`);
  }
  const { totals, outcomes } = found;
  const { run, hasEnded } = totals;
  const state = hasEnded ? 'ended' : (await isOrdered(connection, name, run)) ? 'running' : 'stopped';
  const text = json
    ? JSON.stringify({ state, ...totals, ...outcomesJson(outcomes) }, null, 2)
    : linesOf(found, state).join('\n');
  context.stdout.write(`${text}\n`);
  return exitCodes.ok;
}

interface Found extends Pick<RunRecord, 'outcomes'> {
  readonly totals: RunTotals;
}

function linesOf({ totals, outcomes }: Found, state: string): string[] {
  const { plan, run, verb, devices, slices, slicesDone, dueFrom, dueTo, rows } = totals;
  return [
    `${printable(plan)}, run ${run}: ${state}`,
    ...(devices === undefined ? [] : [entryLine('list', devices === registryWord ? theRegistry : devices)]),
    entryLine('verb', verb),
    entryLine('slices', `${String(slicesDone)} of ${String(slices)}`),
    entryLine('due', `${formatTime(Date.parse(dueFrom))} to ${formatTime(Date.parse(dueTo))}`),
    entryLine('rows', String(rows)),
    ...countEntries(totals).map(([title, count]) => entryLine(title, String(count))),
    ...outcomeEntries(outcomes).map(([title, text]) => entryLine(title, text)),
    ...refusedLines(totals),
  ];
}
