import { listPlans } from '../../shared/sweeps/store.ts';
import { exitCodes, widthOf, type ExitCode } from '../cli-context.ts';
import type { SweepConnection } from './connection.ts';
import { jsonOf, tableOf } from './state-view.ts';
import { readState, type PlanState } from './state.ts';

/** Shows all plans, a line each. */
export async function list(
  connection: SweepConnection,
  { json }: { readonly json?: boolean | undefined },
): Promise<ExitCode> {
  const { stdout } = connection.context;
  const states = await readStates(connection);
  if (json) {
    const plans = states.map((state) => jsonOf(state, connection.speed));
    stdout.write(`${JSON.stringify({ plans }, null, 2)}\n`);
  } else if (states.length === 0) {
    stdout.write('There are no sweeps.\n');
  } else {
    stdout.write(`${tableOf(states, connection.speed, widthOf(stdout)).join('\n')}\n`);
  }
  return exitCodes.ok;
}

/** How it stands with all plans. @throws whatever the bucket throws. */
export async function readStates(connection: SweepConnection): Promise<readonly PlanState[]> {
  const states: PlanState[] = [];
  // One after the other: each reads its reports many at once.
  for (const object of await listPlans(connection.store)) {
    const state = await readState(connection, object);
    if (state !== undefined) states.push(state);
  }
  return states;
}
