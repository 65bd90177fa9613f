import { askYesOrNo, exitCodes, requireTerminal, type ConfirmationOptions, type ExitCode } from '../cli-context.ts';
import { formatDuration } from '../duration.ts';
import type { SweepConnection } from './connection.ts';
import { stateWords } from './state-view.ts';
import { readStateOf, type PlanState } from './state.ts';

export interface StopOptions extends ConfirmationOptions {
  readonly name: string;
}

/** Deletes a plan, after a question. @throws UsageError if there is no such plan, or nobody to ask. */
export async function stop(connection: SweepConnection, { name, dryRun, yes }: StopOptions): Promise<ExitCode> {
  const { store, tickMs, context } = connection;
  const { stdout, interrupted } = context;
  requireTerminal({ dryRun, yes }, context);
  const state = await readStateOf(connection, name);
  stdout.write(`${name}: ${stateWords(state)}. ${enqueuedSentence(state, tickMs)}\n`);
  if (dryRun) {
    stdout.write(`${state.key} would be deleted.\n`);
    return exitCodes.ok;
  }
  if (!yes && !(await askYesOrNo('Stop it?', context))) {
    return interrupted.aborted ? exitCodes.interrupted : exitCodes.ok;
  }
  await store.remove(state.key);
  stdout.write('Stopped. Its reports and its list stay in the bucket.\n');
  return exitCodes.ok;
}

function enqueuedSentence(state: PlanState, tickMs: number): string {
  if (!('last' in state)) return 'No push has been enqueued.';
  const { enqueued } = state.last.tally;
  const pushes = `${String(enqueued)} ${enqueued === 1 ? 'push' : 'pushes'}`;
  if (state.kind !== 'running') return `Its last run has enqueued ${pushes}.`;
  return `It has enqueued ${pushes}. Those that are still queued, for the next ${formatDuration(Math.max(tickMs, 1000))} at most, will be delivered.`;
}
