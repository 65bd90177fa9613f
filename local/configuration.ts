import * as v from 'valibot';
import { readAcceptConfiguration } from '../functions/accept/config.ts';
import { readDeliverConfiguration } from '../functions/deliver/config.ts';
import { ConfigurationError, httpUrl, readEnvironment, type Environment } from '../shared/environment.ts';
import { localPorts } from '../shared/local-stack.ts';
import { readSweepConfiguration } from '../functions/sweep/config.ts';

const schema = v.object({
  ...localPorts,
  PNM2_URL: v.optional(httpUrl),
});

/** The variables of the functions that the stage `local` of serverless.yml takes from the environment. */
const passedOnVariables = [
  'API_KEYS',
  'BACKOFF_BASE_SECONDS',
  'BACKOFF_CAP_SECONDS',
  'LIFETIME_SECONDS',
  'OUTAGE_FAILURES',
  'CONNECT_TIMEOUT_MS',
  'ATTEMPT_TIMEOUT_MS',
  'SWEEP_SPEED',
];

/** The configuration of the local stack; a port of 0 is any free one. @throws ConfigurationError */
export function readLocalConfiguration(environment: Environment) {
  const { PNM2_URL: pnm2Url, ...ports } = readEnvironment(schema, environment);
  const byPort = Map.groupBy(Object.entries(ports), ([, number]) => number);
  for (const [number, variables] of byPort) {
    if (number === 0 || variables.length === 1) continue;
    const names = variables.map(([name]) => name).join(' and ');
    throw new ConfigurationError(`${names} are both ${String(number)}: each needs a port of its own`);
  }
  // What the functions would find out only when the first push comes.
  const queueUrl = 'http://127.0.0.1/queue';
  const passedOn = passedOnVariables.map((name): [string, string | undefined] => [name, environment[name]]);
  const ofFunctions = {
    ...Object.fromEntries(passedOn),
    PUSHES_QUEUE_URL: queueUrl,
    SWEEPS_QUEUE_URL: queueUrl,
    UNDELIVERABLE_QUEUE_URL: queueUrl,
    SWEEPS_BUCKET: 'bucket',
  };
  readDeliverConfiguration({ ...ofFunctions, PNM2_URL: pnm2Url?.href ?? queueUrl });
  const { access } = readAcceptConfiguration(ofFunctions);
  const { speed: sweepSpeed } = readSweepConfiguration(ofFunctions);
  return { ports, pnm2Url, keys: access.kind === 'keys' ? access.keys.length : 0, sweepSpeed };
}

/**
 * An environment without anything that would lead the SDK to a real account or to another endpoint:
 * whatever the machine is set up for, the local stack stays local.
 */
export function withoutAwsVariables(environment: Environment): Environment {
  return Object.fromEntries(Object.entries(environment).filter(([name]) => !name.startsWith('AWS_')));
}
