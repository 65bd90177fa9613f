import * as v from 'valibot';
import { integer, readEnvironment, type Environment } from './environment.ts';
import { sweepSpeed } from './sweeps/speed.ts';

/** What the local stack and the CLI, which connects to it, both need to know. */

/** Credentials for the embedded SQS and S3, which accept any. Real credentials are never sent to them. */
export const standInCredentials = {
  AWS_ACCESS_KEY_ID: 'local',
  AWS_SECRET_ACCESS_KEY: 'local',
} as const;

/** The region of the embedded SQS and S3, whatever region the machine is set up for. */
export const localRegion = 'us-east-1';

const port = (fallback: number) => integer('a port number', { min: 0, max: 65_535, fallback });

/** The ports of the local stack. 0 is any free port. */
export const localPorts = { PORT: port(4000), SANDBOX_PORT: port(4001), AWS_PORT: port(4566) };

const schema = v.object({ ...localPorts, SWEEP_SPEED: sweepSpeed });

/** The settings of the local stack that the CLI needs. @throws ConfigurationError */
export function readLocalStack(environment: Environment) {
  return readEnvironment(schema, environment);
}
