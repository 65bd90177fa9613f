import { readSettings, type Environment } from '../../shared/environment.ts';
import { sweepSettings } from '../../shared/settings.ts';

/** The configuration of `sweep`, from its environment. @throws ConfigurationError */
export function readSweepConfiguration(environment: Environment) {
  const settings = readSettings(sweepSettings, environment);
  const { stage, tickMinutes, sweepSpeed: speed, extraVerbs, selectorRequired, gatewayFormat, ...others } = settings;
  const tickMs = (tickMinutes * 60_000) / speed;
  return {
    dimensions: { Stage: stage },
    tickMs,
    speed,
    /** Fast ticks come again sooner than a wait ends. */
    countsWaitSeconds: tickMs < 60_000 ? 0 : 1,
    rules: { extraVerbs, selectorRequired, gatewayFormat },
    ...others,
  };
}
