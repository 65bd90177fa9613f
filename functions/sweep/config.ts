import { readSettings, type Environment } from '../../shared/environment.ts';
import { sweepSettings } from '../../shared/settings.ts';

/** The configuration of `sweep`, from its environment. @throws ConfigurationError */
export function readSweepConfiguration(environment: Environment) {
  const { stage, sweepsQueueUrl, sweepsBucket, tickMinutes, sweepSpeed, extraVerbs, selectorRequired } = readSettings(
    sweepSettings,
    environment,
  );
  return {
    dimensions: { Stage: stage },
    sweepsQueueUrl,
    bucket: sweepsBucket,
    /** Time between two ticks. */
    tickMs: (tickMinutes * 60_000) / sweepSpeed,
    rules: { extraVerbs, selectorRequired },
    /** Factor by which plans run faster than written: 1, except in the local stack. */
    speed: sweepSpeed,
  };
}
