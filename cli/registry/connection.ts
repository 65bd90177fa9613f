import { InvalidArgumentError, Option, type Command } from '@commander-js/extra-typings';
import { readSettings } from '../../shared/environment.ts';
import { devicesSettings } from '../../shared/settings.ts';
import type { CliContext, ExitCode, Given } from '../cli-context.ts';
import { readLocalVariable } from '../local-variables.ts';
import {
  addTargetOptions,
  clientOptions,
  onTarget,
  readStackOutputs,
  relayName,
  type Target,
  type TargetOptions,
} from '../target.ts';

export type RegistryOptions = TargetOptions & Given<{ table: string }>;

/** A connection to the registry of a relay. */
export type RegistryConnection = Awaited<ReturnType<typeof connectToRegistry>>;

/** Adds the options that choose a relay and its table. */
export function addRegistryOptions(command: Command) {
  return addTargetOptions(command, ['table'], 'the table').addOption(tableOption());
}

export function tableOption() {
  return new Option('--table <name>', 'the table of devices, instead of the one in the outputs of the stack').argParser(
    tableArgument,
  );
}

function tableArgument(text: string): string {
  if ('value' in devicesSettings.devicesTable.read(text)) return text;
  throw new InvalidArgumentError('Use the name of a table, such as pnm2-relay-prod-devices.');
}

/** Connects to the registry, runs `work` and disconnects. */
export function onRegistry(
  options: RegistryOptions,
  context: CliContext,
  work: (connection: RegistryConnection) => Promise<ExitCode>,
): Promise<ExitCode> {
  return onTarget(options, context, (target) => connectToRegistry(target, options, context), work);
}

/** Throws UsageError and the errors of the SDK. */
async function connectToRegistry(target: Target, options: RegistryOptions, context: CliContext) {
  const { tableName, readLimits, endpoint } = await findTable(target, options, context);
  const { DynamoDBClient, DescribeTableCommand } = await import('@aws-sdk/client-dynamodb');
  const { documentClientOf } = await import('../../shared/aws/dynamodb.ts');
  const { createRegistry } = await import('../../shared/registry/registry.ts');
  const client = new DynamoDBClient({
    ...clientOptions(target),
    ...(endpoint !== undefined && { endpoint }),
    // Nobody waits for a single call: throttled ones are retried for about a minute, and slow down those that follow.
    ...(target.kind === 'aws' && { maxAttempts: 10, retryMode: 'adaptive' }),
    requestHandler: { connectionTimeout: 3000, requestTimeout: 10_000, throwOnRequestTimeout: true },
  });
  const documents = documentClientOf(client);
  return {
    context,
    registry: createRegistry(documents, tableName, context.now),
    /** How many devices an account may have, and how long they stay. */
    readLimits,
    /** About how many items the table has: DynamoDB counts them every six hours. */
    countItems: async (): Promise<number> => {
      const { Table: table } = await client.send(new DescribeTableCommand({ TableName: tableName }));
      return table?.ItemCount ?? 0;
    },
    disconnect: () => {
      documents.destroy();
      client.destroy();
    },
  };
}

/** The table: given as an option, or found in the outputs of the stack or beside the local stack. */
async function findTable(target: Target, { table }: RegistryOptions, context: CliContext) {
  if (target.kind === 'local') {
    return {
      tableName: `${relayName}-local-devices`,
      readLimits: () => Promise.resolve(limitsIn(context.environment)),
      endpoint: await readLocalVariable(target, 'DYNAMODB_URL'),
    };
  }
  if (table !== undefined) {
    return { tableName: table, readLimits: async () => limitsInOutputs(await readStackOutputs(target)) };
  }
  const outputs = await readStackOutputs(target);
  return {
    tableName: outputs.require('DevicesTableName', 'name the table with --table'),
    readLimits: () => Promise.resolve(limitsInOutputs(outputs)),
  };
}

function limitsInOutputs({ get }: Awaited<ReturnType<typeof readStackOutputs>>) {
  return limitsIn({ DEVICES_PER_ACCOUNT: get('DevicesPerAccount'), DEVICE_DAYS: get('DeviceDays') });
}

function limitsIn(environment: CliContext['environment']) {
  const { devicesPerAccount, deviceDays } = devicesSettings;
  return readSettings({ devicesPerAccount, deviceDays }, environment);
}
