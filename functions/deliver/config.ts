import { ConfigurationError, readSettings, variableOf, type Environment } from '../../shared/environment.ts';
import { deliverSettings, faultsOfBackoff } from '../../shared/settings.ts';

/** Time for the dead letters and the visibility changes that follow the last attempt. */
const afterAttemptsMs = 5000;
/** Time for the function's answer after these. */
const answerReserveMs = 1000;

/** The configuration of `deliver`, from its environment. @throws ConfigurationError */
export function readDeliverConfiguration(environment: Environment) {
  const settings = readSettings(deliverSettings, environment);
  const faults = faultsOfBackoff(settings, (name) => variableOf(name, deliverSettings[name]));
  if (faults.length > 0) throw new ConfigurationError(faults.join('\n'));
  const { concurrency, connectTimeoutMs, attemptTimeoutMs } = settings;
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
    outage: { outageFailures: settings.outageFailures, suspectFinalAnswers: settings.suspectFinalAnswers },
    policy: {
      backoffBaseSeconds: settings.backoffBaseSeconds,
      backoffCapSeconds: settings.backoffCapSeconds,
      lifetimeSeconds: settings.lifetimeSeconds,
      maxReceiveCount: settings.maxReceiveCount,
    },
  };
}
