import { snapshotKey } from '../../shared/sweeps/keys.ts';
import type { PlanState } from '../../shared/sweeps/plan-state.ts';
import { askYesOrNo, exitCodes, requireTerminal, type ConfirmationOptions, type ExitCode } from '../cli-context.ts';
import type { SweepConnection } from './connection.ts';
import { stateWords } from './state-view.ts';
import { stateOf } from './state.ts';

/** Deletes a plan, after a question. @throws UsageError if there is no such plan, or nobody to ask. */
export async function stop(
  connection: SweepConnection,
  name: string,
  { dryRun, yes }: ConfirmationOptions,
): Promise<ExitCode> {
  const { store, context } = connection;
  const { stdout, interrupted } = context;
  requireTerminal({ dryRun, yes }, context);
  const state = await stateOf(connection, name);
  stdout.write(`${name}: ${stateWords(state)}. ${enqueuedSentence(state)}\n`);
  if (dryRun) {
    stdout.write(`${state.key} would be deleted.\n`);
    return exitCodes.ok;
  }
  if (!yes && !(await askYesOrNo('Stop it?', context))) {
    return interrupted.aborted ? exitCodes.interrupted : exitCodes.ok;
  }
  await store.remove(state.key);
  const isList = state.plan?.devices.kind !== 'registry';
  // It has tokens. A tick that works on it finds the plan gone, and ends.
  if (!isList && state.last !== undefined) await store.remove(snapshotKey(name, state.last.run.id));
  stdout.write(
    `Stopped: ${state.key} is deleted. Its reports ${isList ? 'and its list stay' : 'stay'} in the bucket.\n`,
  );
  return exitCodes.ok;
}

function enqueuedSentence(state: PlanState): string {
  const enqueued = state.last?.tally.enqueued ?? 0;
  if (enqueued === 0) return 'No push is queued.';
  const [pushes, are] = enqueued === 1 ? ['1 push', 'is'] : [`${String(enqueued)} pushes`, 'are'];
  if (state.kind !== 'running') return `Its last run sent ${pushes}.`;
  return `${pushes} ${are} queued already and will still be delivered.`;
}
