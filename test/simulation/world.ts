import { readDeliverConfiguration } from '../../functions/deliver/config.ts';
import { readDevicesConfiguration } from '../../functions/devices/config.ts';
import { readSettings } from '../../shared/environment.ts';
import { mappingSettings } from '../../shared/settings.ts';
import { startClients } from './pushes/clients.ts';
import type { History } from './history.ts';
import { withoutRealTime } from './kernel/real-time.ts';
import { day, second } from './scenario.ts';
import { createRegistryRecorder } from './registry/recorder.ts';
import type { RegistryEvidence } from './registry/context.ts';
import type { RequestEvidence } from './requests/request-checker.ts';
import type { SweepEvidence } from './sweeps/sweep-checker.ts';
import { createAcceptFunction } from './world/accept.ts';
import { createBase, epochMs, type RunOptions } from './world/base.ts';
import { createContents } from './world/contents.ts';
import { createDeliverFunction, createDeliverMappings, type DeliverConfiguration } from './world/deliver.ts';
import { createDevicesFunction, startPrunes } from './world/devices.ts';
import { environmentOf } from './world/environment.ts';
import { createHandsets } from './world/handsets.ts';
import { startOperations, startRedrives, startStrangers } from './world/operators.ts';
import { areEmpty, createQueues } from './world/queues.ts';
import { createRequests } from './world/requests.ts';
import { createServices } from './world/services.ts';
import { subscribePrunes } from './world/subscription.ts';
import { startSweeps } from './world/sweeps.ts';

export type { RunOptions };

export interface Run {
  readonly history: History;
  readonly pushes: number;
  readonly policy: DeliverConfiguration['policy'];
  readonly outage: DeliverConfiguration['outage'];
  /** Whether each call to SQS and SNS has its effect and its answer. */
  readonly areServicesSound: boolean;
  /** The same, except that entries of batches can be refused. */
  readonly areCallsDefinite: boolean;
  /** Whether each call to the table of devices has. */
  readonly isTableSound: boolean;
  readonly sweeps: readonly SweepEvidence[];
  readonly registry?: RegistryEvidence;
  readonly requests?: RequestEvidence;
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
  const handsets = createHandsets(base);
  const requests = createRequests(base);
  const contents = createContents(options, handsets, requests?.plan);
  const watchers = {
    onQueued: requests?.onQueued,
    ...(handsets && {
      onTableWrite: createRegistryRecorder(history, handsets, epochMs),
      onEvent: subscribePrunes(base, queues),
    }),
  };
  const services = createServices(base, queues, contents, watchers);
  const environment = environmentOf(scenario, queues);

  // Functions

  const accept = createAcceptFunction(base, services, environment, requests?.tableFor);
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

  // Apps, sweeps and clients

  const devices = handsets && createDevicesFunction(base, services, environment);
  if (devices) {
    startPrunes(base, queues, devices);
    handsets.apps.start(devices);
  }

  const isDelivered = () => areEmpty(queues.pushes, queues.sweeps, queues.outcomeCounts);
  const sweeps = order && startSweeps(base, services, queues, contents, order, environment, isDelivered);
  const { firstOfClients } = contents.division;
  const startMs = sweeps?.startMs ?? 0;
  const clients =
    requests?.start(services, accept) ??
    startClients({
      ...{ firstPush: firstOfClients, endPush: pushes, startMs, pushesPerSecond, batchPushes },
      ...{ planOf: contents.planOf, accept, scheduler, history, chance: chanceFor('clients') },
    });

  // Operators and others

  startStrangers(base, queues, clients.hasSentAll);
  startRedrives(base, queues);
  const haveAppsEnded = () => handsets?.apps.haveEnded() !== false && areEmpty(queues.prunes);
  const isSettled = () => clients.haveEnded() && sweeps?.haveEnded() !== false && haveAppsEnded() && isDelivered();
  const crashing = [accept, deliver, ...(devices ? [devices] : [])];
  startOperations(base, crashing, [...crashing, ...(sweeps ? [sweeps] : [])], isSettled);

  const sentForMs = Math.max(((pushes - firstOfClients) * second) / pushesPerSecond, order?.windowMs ?? 0);
  const runsForMs = startMs + sentForMs + (scenario.endsAfterMs ?? 2 * day);
  await withoutRealTime(() => scheduler.run(runsForMs));
  const isSound = [scenario.services, scenario.queue, scenario.mapping].every((trouble) => trouble === undefined);
  const areCallsDefinite = scenario.services === undefined && order?.ticks === undefined;
  return {
    ...{ history, pushes, policy: configuration.policy, outage: configuration.outage },
    areServicesSound: areCallsDefinite && scenario.refusedEntries === undefined && scenario.topic === undefined,
    areCallsDefinite,
    isTableSound: scenario.services === undefined && scenario.table === undefined,
    ...(requests && { requests: { deviceOfPush: requests.deviceOfPush } }),
    sweeps: (sweeps?.evidence() ?? []).map((one) => ({ ...one, isSound })),
    ...(handsets && {
      registry: {
        deviceOfPush: handsets.plan.deviceOfPush,
        devicesPerAccount: readDevicesConfiguration(environment).devicesPerAccount,
        isSound: isSound && scenario.table === undefined && scenario.crashesPerMinute === undefined,
      },
    }),
    troubleEndsAtMs: scenario.troubleEndsAtMs,
    mostInFlight: Math.max(queues.pushes.mostInFlight(), queues.sweeps.mostInFlight()),
    endedAt: scheduler.now(),
    events: scheduler.events(),
  };
}
