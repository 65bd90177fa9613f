import { readDeliverConfiguration } from '../../functions/deliver/config.ts';
import { readSettings } from '../../shared/environment.ts';
import { mappingSettings } from '../../shared/settings.ts';
import { startClients } from './clients.ts';
import type { History } from './history.ts';
import { withoutRealTime } from './kernel/real-time.ts';
import { day, second } from './scenario.ts';
import type { SweepEvidence } from './sweep-checker.ts';
import { createAcceptFunction } from './world/accept.ts';
import { createBase, type RunOptions } from './world/base.ts';
import { createContents } from './world/contents.ts';
import { createDeliverFunction, createDeliverMappings, type DeliverConfiguration } from './world/deliver.ts';
import { environmentOf } from './world/environment.ts';
import { startOperations, startRedrives, startStrangers } from './world/operators.ts';
import { areEmpty, createQueues } from './world/queues.ts';
import { createServices } from './world/services.ts';
import { startSweeps } from './world/sweeps.ts';

export type { RunOptions };

export interface Run {
  readonly history: History;
  readonly pushes: number;
  readonly policy: DeliverConfiguration['policy'];
  readonly outage: DeliverConfiguration['outage'];
  /** Whether each call to a service has its effect and its answer. */
  readonly areServicesSound: boolean;
  readonly sweeps: readonly SweepEvidence[];
  readonly troubleEndsAtMs: number | undefined;
  readonly mostInFlight: number;
  /** Milliseconds since the start. */
  readonly endedAt: number;
  readonly events: number;
}

/** Runs one relay, with the handlers as they are deployed, in a world of models. */
export async function simulate(options: RunOptions): Promise<Run> {
  const { pushes, scenario } = options;
  const { sweep: order, batchPushes = 1, pushesPerSecond } = scenario;
  const base = createBase(options);
  const { scheduler, history, chanceFor } = base;
  const queues = createQueues(base);
  const contents = createContents(options);
  const services = createServices(base, queues, contents);
  const environment = environmentOf(scenario, queues);

  // Functions

  const accept = createAcceptFunction(base, services, environment);
  const configuration = readDeliverConfiguration(environment);
  const deliver = createDeliverFunction(base, services, contents, configuration);
  const mapping = readSettings(mappingSettings, scenario.settings ?? {});
  const startDeliverMapping = createDeliverMappings(base, deliver);
  startDeliverMapping({
    concern: 'event source mapping',
    queue: queues.pushes,
    batchSize: mapping.batchRecords,
    batchWindowSeconds: mapping.batchWindowSeconds,
    maximumConcurrency: mapping.deliverInstances,
  });
  startDeliverMapping({
    concern: 'event source mapping of sweeps',
    queue: queues.sweeps,
    batchSize: mapping.sweepBatchRecords,
    batchWindowSeconds: mapping.sweepBatchWindowSeconds,
    maximumConcurrency: mapping.sweepInstances,
  });

  // Sweeps and clients

  const isDelivered = () => areEmpty(queues.pushes, queues.sweeps, queues.outcomeCounts);
  const sweeps = order && startSweeps(base, services, queues, contents, order, environment, isDelivered);
  const { firstOfClients } = contents.division;
  const startMs = sweeps?.startMs ?? 0;
  const clients = startClients({
    ...{ firstPush: firstOfClients, endPush: pushes, startMs, pushesPerSecond, batchPushes },
    ...{ planOf: contents.planOf, accept, scheduler, history, chance: chanceFor('clients') },
  });

  // Operators and others

  startStrangers(base, queues, clients.hasSentAll);
  startRedrives(base, queues);
  const isSettled = () => clients.haveEnded() && sweeps?.haveEnded() !== false && isDelivered();
  startOperations(base, [accept, deliver], [accept, deliver, ...(sweeps ? [sweeps] : [])], isSettled);

  const sentForMs = Math.max(((pushes - firstOfClients) * second) / pushesPerSecond, order?.windowMs ?? 0);
  const runsForMs = startMs + sentForMs + (scenario.endsAfterMs ?? 2 * day);
  await withoutRealTime(() => scheduler.run(runsForMs));
  const isSound = [scenario.services, scenario.queue, scenario.mapping].every((trouble) => trouble === undefined);
  return {
    ...{ history, pushes, policy: configuration.policy, outage: configuration.outage },
    areServicesSound: scenario.services === undefined && order?.ticks === undefined,
    sweeps: (sweeps?.evidence() ?? []).map((one) => ({ ...one, isSound })),
    troubleEndsAtMs: scenario.troubleEndsAtMs,
    mostInFlight: Math.max(queues.pushes.mostInFlight(), queues.sweeps.mostInFlight()),
    endedAt: scheduler.now(),
    events: scheduler.events(),
  };
}
