import type { APIGatewayProxyEventV2, SQSEvent } from 'aws-lambda';
import { readDevicesConfiguration } from '../../../functions/devices/config.ts';
import { createDevices } from '../../../functions/devices/handler.ts';
import { createPruner } from '../../../functions/devices/prune.ts';
import type { Environment } from '../../../shared/environment.ts';
import { kinds } from '../history.ts';
import { startMapping } from '../models/event-source-mapping.ts';
import { createFunction, type LambdaFunction } from '../models/function.ts';
import { firstPrune } from '../registry/app-request.ts';
import { counter, lambda, type Base } from './base.ts';
import type { Queues } from './queues.ts';
import type { Services } from './services.ts';

export type DevicesFunction = LambdaFunction<APIGatewayProxyEventV2 | SQSEvent>;

/** As serverless.yml has them. */
const timeoutMs = 10_000;
const batchSize = 10;
const maximumConcurrency = 2;

/** Creates the function `devices`, which takes the reports of apps and prunes. */
export function createDevicesFunction(base: Base, services: Services, environment: Environment): DevicesFunction {
  const { options, chanceFor, functionOptions, log } = base;
  const { plant } = options;
  const configuration = readDevicesConfiguration(environment);
  return createFunction({
    ...functionOptions,
    chance: chanceFor('devices'),
    timeoutMs,
    start(process) {
      const { timeoutSignal, now } = process;
      const registry = services.registryFor(process);
      const dependencies = { ...configuration, registry, timeoutSignal, now, log };
      // The early answer has a timer of the real clock.
      const report = createDevices({ ...(plant?.devices?.(dependencies) ?? dependencies), answerReserveMs: 0 });
      const pruner = createPruner(plant?.pruner?.(dependencies) ?? dependencies);
      const prune = plant?.prune?.(pruner) ?? pruner;
      return (event, { getRemainingTimeInMillis }) => {
        const context = { ...lambda, getRemainingTimeInMillis };
        return 'Records' in event ? prune(event, context) : report(event, context);
      };
    },
  });
}

/** Maps the queue `prunes` to the function. */
export function startPrunes(base: Base, { prunes }: Queues, devices: DevicesFunction): void {
  const { options, scheduler, history, chanceFor } = base;
  const { mapping: troubleAt } = options.scenario;
  const next = counter();
  startMapping({
    ...{ scheduler, queue: prunes, batchSize, batchWindowSeconds: 0, maximumConcurrency },
    chance: chanceFor('event source mapping of prunes'),
    trouble: () => ({ lostReceive: 0, throttled: 0, lostDelete: 0, ...troubleAt?.(scheduler.now()) }),
    numberOf: () => firstPrune + next(),
    invoke(Records, invocation, onEnd) {
      devices.invoke({ Records }, invocation, (ending) => {
        if (!ending.ok && ending.why === 'threw') history.record(kinds.mishap, 2);
        if (!ending.ok && ending.why === 'time-out') history.record(kinds.mishap, 5);
        onEnd(ending);
      });
    },
    observer: {
      onReceive({ message }, invocation) {
        if (invocation >= 0) history.record(kinds.eventReceived, message.number, invocation);
      },
      onDelete({ number }, invocation, isGone) {
        if (number >= 0 && isGone) history.record(kinds.eventSettled, number, invocation);
      },
    },
  });
}
