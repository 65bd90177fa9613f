import { defaultAppMix } from '../registry/app-mix.ts';
import { createApps, type Apps } from '../registry/apps.ts';
import { createRegistryPlan, type RegistryPlan } from '../registry/registry-plan.ts';
import { second } from '../scenario.ts';
import { epochMs, type Base } from './base.ts';

/** The devices of a run that are in the registry, and their apps. */
export interface Handsets {
  readonly plan: RegistryPlan;
  readonly apps: Apps;
}

/** Creates the devices of a run whose scenario has a registry. Their apps act as long as clients send pushes. */
export function createHandsets({ options, scheduler, history, chanceFor }: Base): Handsets | undefined {
  const { seed, pushes, scenario } = options;
  const { registry: order, mix, pushesPerSecond } = scenario;
  if (order === undefined) return undefined;
  const plan = createRegistryPlan(seed, pushes, mix);
  const endMs = (pushes * second) / pushesPerSecond;
  const appMix = { ...defaultAppMix, ...order.apps };
  return { plan, apps: createApps({ plan, mix: appMix, endMs, epochMs, scheduler, history, chanceFor }) };
}
