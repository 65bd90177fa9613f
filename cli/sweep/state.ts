import { readStateOf, type PlanState } from '../../shared/sweeps/plan-state.ts';
import type { TextCache } from '../../shared/sweeps/run-record.ts';
import { UsageError } from '../cli-context.ts';
import type { SweepConnection } from './connection.ts';

/** The state of one plan. @throws UsageError if there is no such plan, and the errors of the bucket. */
export async function stateOf(connection: SweepConnection, name: string, cache?: TextCache): Promise<PlanState> {
  const state = await readStateOf(connection, name, cache);
  if (state === undefined) throw new UsageError(`There is no plan ${name}: "sweep list" shows the plans.`);
  return state;
}
