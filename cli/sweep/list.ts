import { listPlans } from '../../shared/sweeps/store.ts';
import { exitCodes, type ExitCode } from '../exit-codes.ts';
import { widthOf } from '../surroundings.ts';
import type { SweepDesk } from './desk.ts';
import { jsonOf, tableOf } from './state-view.ts';
import { readState, type PlanState } from './state.ts';

/** Shows all plans, a line each. */
export async function list(desk: SweepDesk, { json }: { readonly json: boolean }): Promise<ExitCode> {
  const { stdout } = desk.surroundings;
  const states = await readStates(desk);
  if (json) {
    const plans = states.map((state) => jsonOf(state, desk.speed));
    stdout.write(`${JSON.stringify({ plans }, null, 2)}\n`);
  } else if (states.length === 0) {
    stdout.write('There are no sweeps.\n');
  } else {
    stdout.write(`${tableOf(states, desk.speed, widthOf(stdout)).join('\n')}\n`);
  }
  return exitCodes.well;
}

/** How it stands with all plans. @throws whatever the bucket throws. */
export async function readStates(desk: SweepDesk): Promise<readonly PlanState[]> {
  const states: PlanState[] = [];
  // One after the other: each reads its reports many at once.
  for (const object of await listPlans(desk.store)) {
    const state = await readState(desk, object);
    if (state !== undefined) states.push(state);
  }
  return states;
}
