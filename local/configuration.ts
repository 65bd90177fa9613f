import * as v from 'valibot';
import { httpUrl, integer, readEnvironment, type Environment } from '../shared/configuration/environment.ts';

const port = (fallback: number) => integer('a port number', { min: 0, max: 65_535, fallback });

const schema = v.object({
  PORT: port(4000),
  SANDBOX_PORT: port(4001),
  AWS_PORT: port(4566),
  PNM2_URL: v.optional(httpUrl),
});

/** The configuration of the local stack; a port of 0 is any free one. @throws ConfigurationError */
export function readLocalConfiguration(environment: Environment) {
  const { PNM2_URL: pnm2Url, ...ports } = readEnvironment(schema, environment);
  return { ports, pnm2Url };
}

/**
 * An environment without anything that would lead the SDK to a real account or to another endpoint:
 * whatever the machine is set up for, the local stack stays local.
 */
export function withoutAwsVariables(environment: Environment): Environment {
  return Object.fromEntries(Object.entries(environment).filter(([name]) => !name.startsWith('AWS_')));
}
