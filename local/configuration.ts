import { resolve } from 'node:path';
import { ConfigurationError, readSettings, variableOf, type Environment } from '../shared/environment.ts';
import {
  acceptSettings,
  deliverSettings,
  devicesSettings,
  faultsOfDelivery,
  faultsOfBatches,
  localSettings,
  localTickMinutes,
  mappingSettings,
  sweepSettings,
} from '../shared/settings.ts';
import { knownVerbs, requiredBy } from '../shared/push/validation.ts';
import { isPortFree } from './listen.ts';

const settings = {
  ...localSettings,
  ...deliverSettings,
  ...acceptSettings,
  ...devicesSettings,
  ...sweepSettings,
  ...mappingSettings,
};

/** Placeholders for values that the local stack sets itself. */
const address = 'http://127.0.0.1/';
const chosen = {
  PUSHES_QUEUE_URL: address,
  SWEEPS_QUEUE_URL: address,
  UNDELIVERABLE_QUEUE_URL: address,
  OUTCOME_COUNTS_QUEUE_URL: address,
  OUTCOMES_TOPIC_ARN: 'arn:aws:sns:local',
  SWEEPS_BUCKET: 'bucket',
  DEVICES_TABLE: 'devices',
  OPEN_INTAKE: 'true',
  OPEN_REPORTS: 'true',
};

/**
 * The configuration of the local stack. It also checks the settings that only the functions use, which would report a
 * fault as late as at the first push.
 * @throws ConfigurationError
 */
export function readLocalConfiguration(environment: Environment) {
  const isSandboxed = !environment['PNM2_URL'];
  const read = readSettings(settings, { ...environment, ...chosen, ...(isSandboxed && { PNM2_URL: address }) });
  const ports = {
    PORT: read.port,
    SANDBOX_PORT: read.sandboxPort,
    GATEWAY_PORT: read.gatewayPort,
    AWS_PORT: read.awsPort,
  };
  const nameOf = (name: keyof typeof settings) => variableOf(name, settings[name]);
  const faults = [...faultsOfDelivery(read, nameOf), ...faultsOfBatches(read, nameOf)];
  for (const [port, variables] of Map.groupBy(Object.entries(ports), ([, number]) => number)) {
    if (port === 0 || variables.length === 1) continue;
    const names = variables.map(([name]) => name).join(' and ');
    faults.push(`${names} are ${String(port)}: choose a different port for each`);
  }
  if (read.outcomesUrl === '' && Object.keys(read.outcomesFilter).length > 0) {
    faults.push('OUTCOMES_FILTER needs OUTCOMES_URL');
  }
  if (faults.length > 0) throw new ConfigurationError(faults.join('\n'));
  return {
    ports,
    /** Undefined: the sandbox. */
    pnm2Url: isSandboxed ? undefined : read.gatewayUrl,
    gatewayFormat: read.gatewayFormat,
    /** What the intake accepts, each with the parameters that it requires besides the common ones. */
    verbs: knownVerbs(read).map((name) => ({ name, required: requiredBy(name, read) })),
    sandboxPushes: read.sandboxPushes,
    keys: read.apiKeys.length,
    isSigned: read.reportSecret.length > 0,
    /** Undefined: reports need no signature. */
    reportSecret: read.reportSecret[0],
    tickMinutes: environment['TICK_MINUTES'] ? read.tickMinutes : localTickMinutes(read.sweepSpeed),
    sweepSpeed: read.sweepSpeed,
    /** Undefined: nobody. */
    subscriber:
      read.outcomesUrl === '' ? undefined : { endpoint: new URL(read.outcomesUrl), filter: read.outcomesFilter },
    /** Undefined: queues, bucket and registry are in memory. */
    dataDir: read.dataDir === '' ? undefined : resolve(read.dataDir),
  };
}

/** @throws ConfigurationError if another process uses one of the ports. */
export async function requireFreePorts(ports: Readonly<Record<string, number>>): Promise<void> {
  for (const [variable, port] of Object.entries(ports)) {
    if (port === 0 || (await isPortFree(port))) continue;
    throw new ConfigurationError(
      `Port ${String(port)} is in use: choose another one with ${variable}=NUMBER npm start`,
    );
  }
}

/**
 * The environment for the framework: without variables that would lead the SDK to a real account or to another endpoint,
 * and without empty variables, which count as not set.
 */
export function frameworkEnvironment(environment: Environment): Environment {
  return Object.fromEntries(
    Object.entries(environment).filter(([name, value]) => value !== '' && !name.startsWith('AWS_')),
  );
}
