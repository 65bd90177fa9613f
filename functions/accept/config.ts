import { readSettings, type Environment } from '../../shared/environment.ts';
import { acceptSettings } from '../../shared/settings.ts';
import type { Access } from './access.ts';

/** How long before the function's own deadline it must answer. */
const answerReserveMs = 500;

/** The configuration of `accept`, from its environment. @throws ConfigurationError */
export function readAcceptConfiguration(environment: Environment) {
  const settings = readSettings(acceptSettings, environment);
  const { stage, apiKeys, openIntake, extraVerbs, selectorRequired, gatewayFormat, ...others } = settings;
  // Configured keys are required even where the intake may be open.
  const access: Access = openIntake && apiKeys.length === 0 ? 'open' : apiKeys;
  const rules = { extraVerbs, selectorRequired, gatewayFormat };
  return { access, dimensions: { Stage: stage }, rules, answerReserveMs, ...others };
}
