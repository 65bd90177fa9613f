import { planKey } from '../../shared/sweeps/keys.ts';
import { listPlans, type StoredObject } from '../../shared/sweeps/store.ts';
import { Mistake } from '../mistake.ts';
import type { SweepDesk } from './desk.ts';

/** The plan of a name. @throws Mistake where there is none, and whatever the bucket throws. */
export async function findPlan(desk: SweepDesk, name: string): Promise<StoredObject> {
  const plans = await listPlans(desk.store);
  const found = plans.find(({ key }) => key === planKey(name));
  if (found === undefined) throw noSuchPlan(name);
  return found;
}

/** The mistake of naming a plan that is not there. */
export function noSuchPlan(name: string): Mistake {
  return new Mistake(`There is no plan ${name}: "sweep list" shows which there are.`);
}
