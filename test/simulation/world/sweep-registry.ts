import { createProcess } from '../kernel/process.ts';
import { minute, second } from '../scenario.ts';
import type { DeviceWrite, SweptRegistryPlan } from '../sweeps/sweep-registry.ts';
import { epochMs, type Base } from './base.ts';
import type { Services } from './services.ts';

/** The table is filled within minutes, before the first tick of the sweep. */
const devicesPerWriter = 2000;
const leastWriters = 20;

/**
 * Fills the table of devices, and lets devices come, report and go while the first snapshot of it is taken.
 * @param tickMs when the first tick of the sweep comes.
 */
export function startRegistry(
  { scheduler, chanceFor, functionOptions }: Base,
  { registryFor }: Services,
  devices: number,
  plan: SweptRegistryPlan,
  tickMs: number,
): void {
  const apps = createProcess({
    ...{ id: functionOptions.numberOf(), scheduler, epochMs, chance: chanceFor('apps') },
    ...{ deathProbability: () => 0, onDeath: () => undefined },
  });
  const registry = registryFor(apps);
  /** @returns whether the table has it. */
  const perform = async (write: DeviceWrite): Promise<boolean> => {
    try {
      if (write.kind === 'put') await registry.put(write.device, write.daysToLive);
      else await registry.markRemoved(write.account, write.key, apps.now());
      return true;
    } catch {
      return false;
    }
  };
  const performAll = async (writes: readonly DeviceWrite[]) => {
    for (const write of writes) while (!(await perform(write))) await apps.sleep(second);
  };
  const writers = Math.max(leastWriters, Math.ceil(devices / devicesPerWriter));
  const fill = async (first: number) => {
    for (let device = first; device < devices; device += writers) await performAll(plan.writesBefore(device));
  };
  for (let writer = 0; writer < writers; writer += 1) void fill(writer);
  const chance = chanceFor('changes of the registry');
  for (let device = 0; device < devices; device += 1) {
    if (plan.writesMeanwhile(device, 0).length === 0) continue;
    // At the tick, or at one that comes later because this one is missed, or dies.
    const afterMs = chance.hits(0.5) ? chance.between(0, 4 * second) : chance.between(0, 20 * minute);
    scheduler.at(tickMs + afterMs, () => {
      scheduler.wake();
      void performAll(plan.writesMeanwhile(device, apps.now()));
    });
  }
}
