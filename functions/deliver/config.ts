import * as v from 'valibot';
import { httpUrl, integer, queueUrl, readEnvironment, type Environment } from '../../shared/environment.ts';

const schema = v.object({
  STAGE: v.optional(v.string(), 'none'),
  PNM2_URL: httpUrl,
  PUSHES_QUEUE_URL: queueUrl,
  SWEEPS_QUEUE_URL: queueUrl,
  UNDELIVERABLE_QUEUE_URL: queueUrl,
  // A function has 1,024 file descriptors, and some are taken:
  // https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html
  CONCURRENCY: integer('a whole number of attempts', { min: 1, max: 900, fallback: 500 }),
  CONNECT_TIMEOUT_MS: integer('a whole number of milliseconds', { min: 10, max: 20_000, fallback: 3000 }),
  // An attempt must end, and what follows it, within the 30 s of the function.
  ATTEMPT_TIMEOUT_MS: integer('a whole number of milliseconds', { min: 10, max: 20_000, fallback: 10_000 }),
  BACKOFF_BASE_SECONDS: integer('a whole number of seconds', { min: 1, max: 900, fallback: 2 }),
  BACKOFF_CAP_SECONDS: integer('a whole number of seconds', { min: 1, max: 10_800, fallback: 900 }),
  // The queue keeps a message for four days; the last attempt must come before.
  LIFETIME_SECONDS: integer('a whole number of seconds', { min: 1, max: 259_200, fallback: 86_400 }),
  MAX_RECEIVE_COUNT: integer('a whole number of receives', { min: 2, max: 1000, fallback: 1000 }),
  OUTAGE_FAILURES: integer('a whole number of attempts', { min: 2, max: 10_000, fallback: 20 }),
});

/** For what follows the last attempt: the dead letters and the delays; and for the answer after these. */
const afterAttemptsMs = 5000;
const answerReserveMs = 1000;

/** The configuration of `deliver`, from its environment. @throws ConfigurationError */
export function readDeliverConfiguration(environment: Environment) {
  const read = readEnvironment(schema, environment);
  return {
    dimensions: { Stage: read.STAGE },
    queues: [
      { name: 'pushes', queueUrl: read.PUSHES_QUEUE_URL },
      { name: 'sweeps', queueUrl: read.SWEEPS_QUEUE_URL },
    ],
    undeliverableQueueUrl: read.UNDELIVERABLE_QUEUE_URL,
    gateway: {
      url: read.PNM2_URL,
      connectTimeoutMs: read.CONNECT_TIMEOUT_MS,
      attemptTimeoutMs: read.ATTEMPT_TIMEOUT_MS,
      maxConnections: read.CONCURRENCY,
    },
    concurrency: read.CONCURRENCY,
    startReserveMs: read.ATTEMPT_TIMEOUT_MS + afterAttemptsMs,
    answerReserveMs,
    outageFailures: read.OUTAGE_FAILURES,
    policy: {
      // Whoever shortens the longest delay alone means the first one as well.
      backoffBaseSeconds: Math.min(read.BACKOFF_BASE_SECONDS, read.BACKOFF_CAP_SECONDS),
      backoffCapSeconds: read.BACKOFF_CAP_SECONDS,
      lifetimeSeconds: read.LIFETIME_SECONDS,
      maxReceiveCount: read.MAX_RECEIVE_COUNT,
    },
  };
}
