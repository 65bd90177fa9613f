import { exitCodes, type ExitCode } from '../exit-codes.ts';
import { formatDuration } from '../duration.ts';
import { Mistake } from '../mistake.ts';
import { askYesOrNo } from '../surroundings.ts';
import type { SweepDesk } from './desk.ts';
import { findPlan } from './find-plan.ts';
import { wordsOf } from './state-view.ts';
import { readState, type PlanState } from './state.ts';

export interface StopOptions {
  readonly name: string;
  readonly dryRun: boolean;
  /** Whether the person has said already that they mean it. */
  readonly yes: boolean;
}

/** Deletes a plan, after a question. @throws Mistake where nobody can be asked, or there is no such plan. */
export async function stop(desk: SweepDesk, { name, dryRun, yes }: StopOptions): Promise<ExitCode> {
  const { store, tickMs, surroundings } = desk;
  const { stdin, stdout, interrupted } = surroundings;
  if (!dryRun && !yes && stdin.isTTY !== true) {
    throw new Mistake('Nobody can be asked whether the sweep may be stopped: say so with --yes.');
  }
  const found = await findPlan(desk, name);
  const state = await readState(desk, found);
  if (state !== undefined) stdout.write(`${name}: ${wordsOf(state)}. ${whatWasDone(state, tickMs)}\n`);
  if (dryRun) {
    stdout.write(`${found.key} would be deleted.\n`);
    return exitCodes.well;
  }
  if (!yes && !(await askYesOrNo('Stop it?', surroundings)))
    return interrupted.aborted ? exitCodes.interrupted : exitCodes.well;
  await store.remove(found.key);
  stdout.write('Stopped. Its reports and its list stay in the bucket.\n');
  return exitCodes.well;
}

function whatWasDone(state: PlanState, tickMs: number): string {
  const last = 'last' in state ? state.last : undefined;
  if (last === undefined) return 'Nothing of it has been enqueued.';
  const { enqueued } = last.tally;
  const pushes = `${String(enqueued)} ${enqueued === 1 ? 'push' : 'pushes'}`;
  if (state.kind !== 'running') return `Its last run has enqueued ${pushes}.`;
  return `It has enqueued ${pushes}; those that still wait on their queue, of ${formatDuration(tickMs)} at the most, are delivered all the same.`;
}
