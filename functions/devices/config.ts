import { readSettings, type Environment } from '../../shared/environment.ts';
import { devicesSettings } from '../../shared/settings.ts';
import type { Signing } from './signature.ts';

/** How long before the function's own deadline it must answer. */
const answerReserveMs = 500;

/** The configuration of `devices`, from its environment. @throws ConfigurationError */
export function readDevicesConfiguration(environment: Environment) {
  const { stage, reportSecret, openReports, ...others } = readSettings(devicesSettings, environment);
  // A configured secret is required even where reports may be open.
  const signing: Signing = openReports && reportSecret.length === 0 ? 'open' : reportSecret;
  return { signing, dimensions: { Stage: stage }, answerReserveMs, ...others };
}
