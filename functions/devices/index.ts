import type { APIGatewayProxyEventV2, Context, SQSEvent } from 'aws-lambda';
import { createDocumentClient } from '../../shared/aws/dynamodb.ts';
import { createLog } from '../../shared/log.ts';
import { createRegistry } from '../../shared/registry/registry.ts';
import { readDevicesConfiguration } from './config.ts';
import { createDevices } from './handler.ts';
import { createPruner } from './prune.ts';

const { devicesTable, ...configuration } = readDevicesConfiguration(process.env);

const dependencies = {
  ...configuration,
  registry: createRegistry(createDocumentClient(process.env), devicesTable, Date.now),
  timeoutSignal: (ms: number) => AbortSignal.timeout(ms),
  now: Date.now,
  log: createLog((line) => process.stdout.write(`${line}\n`)),
};
const report = createDevices(dependencies);
const prune = createPruner(dependencies);

/** Takes the reports of the API, and the events of the queue `prunes`. */
export const handler = (event: APIGatewayProxyEventV2 | SQSEvent, context: Context) =>
  'Records' in event ? prune(event, context) : report(event, context);
