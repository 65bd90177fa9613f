import { ConfigurationError, readSettings, variableOf, type Environment } from '../../shared/environment.ts';
import { deliverSettings, faultsOfDelivery } from '../../shared/settings.ts';

/** Time for what follows the last attempt: events, then dead letters; visibility changes; and outcome counts. */
const afterAttemptsMs = 5000;
/** Time for the function's answer after these. */
const answerReserveMs = 1000;

/** The configuration of `deliver`, from its environment. @throws ConfigurationError */
export function readDeliverConfiguration(environment: Environment) {
  const settings = readSettings(deliverSettings, environment);
  const faults = faultsOfDelivery(settings, (name) => variableOf(name, deliverSettings[name]));
  if (faults.length > 0) throw new ConfigurationError(faults.join('\n'));
  const {
    stage,
    gatewayUrl,
    gatewayFormat,
    pushesQueueUrl,
    sweepsQueueUrl,
    undeliverableQueueUrl,
    outcomeCountsQueueUrl,
    outcomesTopicArn,
    publishDelivered,
    ...limits
  } = settings;
  const { concurrency, connectTimeoutMs, attemptTimeoutMs } = limits;
  return {
    dimensions: { Stage: stage },
    queues: [
      { name: 'pushes', queueUrl: pushesQueueUrl },
      { name: 'sweeps', queueUrl: sweepsQueueUrl },
    ],
    undeliverableQueueUrl,
    outcomeCountsQueueUrl,
    outcomesTopicArn,
    publishDelivered,
    gateway: {
      url: gatewayUrl,
      format: gatewayFormat,
      connectTimeoutMs,
      attemptTimeoutMs,
      maxConnections: concurrency,
    },
    concurrency,
    afterAttemptsMs,
    answerReserveMs,
    outage: limits,
    policy: limits,
  };
}
