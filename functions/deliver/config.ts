import { readSettings, type Environment } from '../../shared/environment.ts';
import { deliverSettings } from '../../shared/settings.ts';

/** Time for the dead letters and the visibility changes that follow the last attempt. */
const afterAttemptsMs = 5000;
/** Time for the function's answer after these. */
const answerReserveMs = 1000;

/** The configuration of `deliver`, from its environment. @throws ConfigurationError */
export function readDeliverConfiguration(environment: Environment) {
  const settings = readSettings(deliverSettings, environment);
  const { concurrency, connectTimeoutMs, attemptTimeoutMs, backoffCapSeconds } = settings;
  return {
    dimensions: { Stage: settings.stage },
    queues: [
      { name: 'pushes', queueUrl: settings.pushesQueueUrl },
      { name: 'sweeps', queueUrl: settings.sweepsQueueUrl },
    ],
    undeliverableQueueUrl: settings.undeliverableQueueUrl,
    gateway: { url: settings.gatewayUrl, connectTimeoutMs, attemptTimeoutMs, maxConnections: concurrency },
    concurrency,
    startReserveMs: attemptTimeoutMs + afterAttemptsMs,
    answerReserveMs,
    outageFailures: settings.outageFailures,
    policy: {
      // A cap below the base lowers the base too.
      backoffBaseSeconds: Math.min(settings.backoffBaseSeconds, backoffCapSeconds),
      backoffCapSeconds,
      lifetimeSeconds: settings.lifetimeSeconds,
      maxReceiveCount: settings.maxReceiveCount,
    },
  };
}
