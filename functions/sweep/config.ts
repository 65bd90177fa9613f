import * as v from 'valibot';
import { flag, integer, list, queueUrl, readEnvironment, type Environment } from '../../shared/environment.ts';
import { sweepSpeed } from '../../shared/sweeps/speed.ts';

/**
 * The ticks must fall on the same minutes of every hour; and no push can be delayed by more than the quarter of an
 * hour that SQS allows: https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/quotas-messages.html
 */
const tickMinutes = [1, 2, 3, 4, 5, 6, 10, 12, 15] as const;

const schema = v.object({
  STAGE: v.optional(v.string(), 'none'),
  SWEEPS_QUEUE_URL: queueUrl,
  SWEEPS_BUCKET: v.pipe(v.string(), v.regex(/^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/, 'must be the name of a bucket')),
  TICK_MINUTES: v.pipe(
    integer('a whole number of minutes', { min: 1, max: 15, fallback: 15 }),
    v.check(
      (minutes) => tickMinutes.some((known) => known === minutes),
      `must be one of ${tickMinutes.join(', ')}: a divisor of an hour, and no more than SQS can delay a push`,
    ),
  ),
  SWEEP_SPEED: sweepSpeed,
  EXTRA_VERBS: v.optional(list, ''),
  SELECTOR_REQUIRED: flag(true),
});

/** The configuration of `sweep`, from its environment. @throws ConfigurationError */
export function readSweepConfiguration(environment: Environment) {
  const read = readEnvironment(schema, environment);
  return {
    dimensions: { Stage: read.STAGE },
    sweepsQueueUrl: read.SWEEPS_QUEUE_URL,
    bucket: read.SWEEPS_BUCKET,
    /** How far apart the ticks are. */
    tickMs: (read.TICK_MINUTES * 60_000) / read.SWEEP_SPEED,
    rules: { extraVerbs: read.EXTRA_VERBS, selectorRequired: read.SELECTOR_REQUIRED },
    /** How many times faster than written a plan runs: for the local stack, where a day should take a minute. */
    speed: read.SWEEP_SPEED,
  };
}
