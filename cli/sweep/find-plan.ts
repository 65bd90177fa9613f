import { planKey } from '../../shared/sweeps/keys.ts';
import { listPlans, type StoredObject } from '../../shared/sweeps/store.ts';
import { UsageError } from '../cli-context.ts';
import type { SweepConnection } from './connection.ts';

/** The plan of a name. @throws UsageError where there is none, and whatever the bucket throws. */
export async function findPlan(connection: SweepConnection, name: string): Promise<StoredObject> {
  const plans = await listPlans(connection.store);
  const found = plans.find(({ key }) => key === planKey(name));
  if (found === undefined) throw noSuchPlan(name);
  return found;
}

/** The error for a plan that does not exist. */
export function noSuchPlan(name: string): UsageError {
  return new UsageError(`There is no plan ${name}: "sweep list" shows which there are.`);
}
