import { createRegistry, type Registry } from '../../../shared/registry/registry.ts';
import { readDevicesTable } from '../../support/devices-table.ts';
import { createProcess, type Process } from '../kernel/process.ts';
import { createDynamoDbModel } from '../models/dynamodb-client.ts';
import { createTable, noTableTrouble } from '../models/dynamodb-table.ts';
import { minute, second, type SweepOrder } from '../scenario.ts';
import type { DeviceWrite, RegistryPlan } from '../sweep-registry.ts';
import { epochMs, type Base } from './base.ts';
import type { Services } from './services.ts';

/** The table of devices has about as many pages, so that ticks die while they read it. */
const pages = 400;
const itemBytes = 350;
/** Writes that are under way at once while the table is filled. */
const writers = 20;

/**
 * Creates a table of devices, fills it, and lets devices come, report and go while the first snapshot of it is taken.
 * @param tickMs when the first tick of the sweep comes.
 * @returns the registry as a process sees it.
 */
export function startRegistry(
  { scheduler, chanceFor, functionOptions }: Base,
  { routeTo }: Services,
  { table: trouble }: SweepOrder,
  devices: number,
  plan: RegistryPlan,
  tickMs: number,
): (process: Process) => Registry {
  const definition = readDevicesTable('devices');
  const pageBytes = (devices * itemBytes) / pages;
  const table = createTable({
    ...{ definition, scheduler, epochMs, chance: chanceFor('table'), pageBytes },
    trouble: () => ({ ...noTableTrouble, throttled: trouble?.(scheduler.now()).throttled ?? 0 }),
  });
  const networkChance = chanceFor('network of DynamoDB');
  const service = {
    ...{ tables: [table], chance: chanceFor('throttling of DynamoDB') },
    route: {
      ...routeTo('DynamoDB'),
      requestMs: () => networkChance.between(5, 100),
      answerMs: () => trouble?.(scheduler.now()).answerMs ?? networkChance.between(5, 100),
      timeoutMs: 10_000,
    },
    // As functions/sweep/registry.ts has it.
    maxAttempts: 10,
  };
  const registryOf = (process: Process) =>
    createRegistry(createDynamoDbModel(process, service).documents, definition.TableName, process.now);

  // Apps

  const apps = createProcess({
    ...{ id: functionOptions.numberOf(), scheduler, epochMs, chance: chanceFor('apps') },
    ...{ deathProbability: () => 0, onDeath: () => undefined },
  });
  const registry = registryOf(apps);
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
  const fill = async (first: number) => {
    for (let device = first; device < devices; device += writers) await performAll(plan.writesBefore(device));
  };
  for (let writer = 0; writer < writers; writer += 1) void fill(writer);
  const chance = chanceFor('changes of the registry');
  for (let device = 0; device < devices; device += 1) {
    if (plan.writesMeanwhile(device, 0).length === 0) continue;
    // At the tick, or at one that comes later because this one is missed, or dies.
    const afterMs = chance.hits(0.5) ? chance.between(0, 6 * second) : chance.between(0, 20 * minute);
    scheduler.at(tickMs + afterMs, () => {
      scheduler.wake();
      void performAll(plan.writesMeanwhile(device, apps.now()));
    });
  }
  return registryOf;
}
