import { readSettings, type Environment } from '../../shared/environment.ts';
import { sweepSettings } from '../../shared/settings.ts';

/** The configuration of `sweep`, from its environment. @throws ConfigurationError */
export function readSweepConfiguration(environment: Environment) {
  const {
    stage,
    tickMinutes,
    sweepSpeed: speed,
    extraVerbs,
    selectorRequired,
    ...settings
  } = readSettings(sweepSettings, environment);
  return {
    ...settings,
    dimensions: { Stage: stage },
    tickMs: (tickMinutes * 60_000) / speed,
    rules: { extraVerbs, selectorRequired },
    speed,
  };
}
