import { askYesOrNo, exitCodes, requireTerminal, type ConfirmationOptions, type ExitCode } from '../cli-context.ts';
import { formatDuration } from '../duration.ts';
import type { SweepConnection } from './connection.ts';
import { findPlan } from './find-plan.ts';
import { wordsOf } from './state-view.ts';
import { readState, type PlanState } from './state.ts';

export interface StopOptions extends ConfirmationOptions {
  readonly name: string;
}

/** Deletes a plan, after a question. @throws UsageError where nobody can be asked, or there is no such plan. */
export async function stop(connection: SweepConnection, { name, dryRun, yes }: StopOptions): Promise<ExitCode> {
  const { store, tickMs, context } = connection;
  const { stdout, interrupted } = context;
  requireTerminal({ dryRun, yes }, context);
  const found = await findPlan(connection, name);
  const state = await readState(connection, found);
  if (state !== undefined) stdout.write(`${name}: ${wordsOf(state)}. ${whatWasDone(state, tickMs)}\n`);
  if (dryRun) {
    stdout.write(`${found.key} would be deleted.\n`);
    return exitCodes.ok;
  }
  if (!yes && !(await askYesOrNo('Stop it?', context)))
    return interrupted.aborted ? exitCodes.interrupted : exitCodes.ok;
  await store.remove(found.key);
  stdout.write('Stopped. Its reports and its list stay in the bucket.\n');
  return exitCodes.ok;
}

function whatWasDone(state: PlanState, tickMs: number): string {
  const last = 'last' in state ? state.last : undefined;
  if (last === undefined) return 'Nothing of it has been enqueued.';
  const { enqueued } = last.tally;
  const pushes = `${String(enqueued)} ${enqueued === 1 ? 'push' : 'pushes'}`;
  if (state.kind !== 'running') return `Its last run has enqueued ${pushes}.`;
  return `It has enqueued ${pushes}; those that still wait on their queue, of ${formatDuration(tickMs)} at the most, are delivered all the same.`;
}
