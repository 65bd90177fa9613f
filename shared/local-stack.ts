import { readSettings, type Environment } from './environment.ts';
import { localSettings, sweepSettings } from './settings.ts';

/** What the local stack and the CLI, which connects to it, both need to know. */

/** Credentials for the embedded SQS and S3, which accept any. Real credentials are never sent to them. */
export const standInCredentials = {
  AWS_ACCESS_KEY_ID: 'local',
  AWS_SECRET_ACCESS_KEY: 'local',
} as const;

/** The region of the embedded SQS and S3, whatever region the machine is set up for. */
export const localRegion = 'us-east-1';

/** The options of a client of the embedded SQS or S3. */
export function localClient(endpoint: string) {
  const { AWS_ACCESS_KEY_ID: accessKeyId, AWS_SECRET_ACCESS_KEY: secretAccessKey } = standInCredentials;
  return { endpoint, region: localRegion, credentials: { accessKeyId, secretAccessKey } };
}

/** The settings of the local stack that the CLI needs. @throws ConfigurationError */
export function readLocalStack(environment: Environment) {
  const { tickMinutes, sweepSpeed } = sweepSettings;
  return readSettings({ ...localSettings, tickMinutes, sweepSpeed }, environment);
}

/** The object in which the local stack tells the CLI how fast its ticks are, and where its registry is: variables. */
export const localStackKey = 'local-stack.env';
