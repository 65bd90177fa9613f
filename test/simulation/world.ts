import { readDeliverConfiguration } from '../../functions/deliver/config.ts';
import { readSettings } from '../../shared/environment.ts';
import { mappingSettings } from '../../shared/settings.ts';
import { startClients } from './clients.ts';
import type { History } from './history.ts';
import { withoutRealTime } from './kernel/real-time.ts';
import { day, second } from './scenario.ts';
import type { SweepEvidence } from './sweep-checker.ts';
import { startSweep } from './sweep.ts';
import { createAcceptFunction } from './world/accept.ts';
import { createBase, type RunOptions } from './world/base.ts';
import { createContents } from './world/contents.ts';
import { createDeliverFunction, createDeliverMappings, type DeliverConfiguration } from './world/deliver.ts';
import { environmentOf } from './world/environment.ts';
import { startOperations, startRedrives, startStrangers } from './world/operators.ts';
import { areEmpty, createQueues } from './world/queues.ts';
import { createServices } from './world/services.ts';

export type { RunOptions };

export interface Run {
  readonly history: History;
  readonly pushes: number;
  readonly policy: DeliverConfiguration['policy'];
  readonly outage: DeliverConfiguration['outage'];
  /** Whether each call to a service has its effect and its answer. */
  readonly areServicesSound: boolean;
  readonly sweep?: SweepEvidence;
  readonly troubleEndsAtMs: number | undefined;
  readonly mostInFlight: number;
  /** Milliseconds since the start. */
  readonly endedAt: number;
  readonly events: number;
}

/** Runs one relay, with the handlers as they are deployed, in a world of models. */
export async function simulate(options: RunOptions): Promise<Run> {
  const { seed, pushes, scenario, plant } = options;
  const { sweep: order, batchPushes = 1, pushesPerSecond } = scenario;
  const base = createBase(options);
  const { scheduler, history, chanceFor, functionOptions, log } = base;
  const queues = createQueues(base);
  const contents = createContents(options);
  const { planOf } = contents;
  const services = createServices(base, queues, contents);
  const environment = environmentOf(scenario, queues);

  // Functions

  const accept = createAcceptFunction(base, services, environment);
  const configuration = readDeliverConfiguration(environment);
  const deliver = createDeliverFunction(base, services, contents, configuration);
  const mapping = readSettings(mappingSettings, scenario.settings ?? {});
  const startDeliverMapping = createDeliverMappings(base, deliver);
  if (order === undefined) {
    startDeliverMapping({
      concern: 'event source mapping',
      queue: queues.pushes,
      batchSize: mapping.batchRecords,
      batchWindowSeconds: mapping.batchWindowSeconds,
      maximumConcurrency: mapping.deliverInstances,
    });
  } else {
    startDeliverMapping({
      concern: 'event source mapping',
      queue: queues.sweeps,
      batchSize: mapping.sweepBatchRecords,
      batchWindowSeconds: mapping.sweepBatchWindowSeconds,
      maximumConcurrency: mapping.sweepInstances,
    });
  }

  // Clients or a sweep

  const areDelivered = () => areEmpty(queues.pushes, queues.sweeps);
  const isDelivered = () => areDelivered() && areEmpty(queues.outcomeCounts);
  const sweep =
    order &&
    startSweep({
      ...{ seed, order, devices: pushes, planOf, scheduler, history, chanceFor, functionOptions, isDelivered },
      ...{ sqsFor: services.sqsFor, route: { ...services.routeTo('S3'), timeoutMs: 10_000 } },
      ...{ environment, log, plant: plant?.sweep },
    });
  const clients =
    order === undefined
      ? startClients({
          ...{ pushes, pushesPerSecond, batchPushes, planOf, accept, scheduler, history },
          chance: chanceFor('clients'),
        })
      : undefined;

  // Operators and others

  startStrangers(base, queues, () => clients?.hasSentAll() ?? true);
  startRedrives(base, queues);
  const isSettled = () =>
    sweep === undefined ? clients?.haveEnded() === true && areDelivered() : sweep.hasEnded() && isDelivered();
  startOperations(base, [accept, deliver], [accept, deliver, ...(sweep ? [sweep] : [])], isSettled);

  const lastSentAt = order === undefined ? (pushes * second) / pushesPerSecond : order.windowMs;
  await withoutRealTime(() => scheduler.run(lastSentAt + (scenario.endsAfterMs ?? 2 * day)));
  const isSound = [scenario.services, scenario.queue, scenario.mapping].every((trouble) => trouble === undefined);
  return {
    ...{ history, pushes, policy: configuration.policy, outage: configuration.outage },
    areServicesSound: scenario.services === undefined && order?.ticks === undefined,
    ...(sweep && { sweep: { ...sweep.evidence(), isSound } }),
    troubleEndsAtMs: scenario.troubleEndsAtMs,
    mostInFlight: Math.max(queues.pushes.mostInFlight(), queues.sweeps.mostInFlight()),
    endedAt: scheduler.now(),
    events: scheduler.events(),
  };
}
