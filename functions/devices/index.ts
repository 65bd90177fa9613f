import { createDocumentClient } from '../../shared/aws/dynamodb.ts';
import { createLog } from '../../shared/log.ts';
import { createRegistry } from '../../shared/registry/registry.ts';
import { readDevicesConfiguration } from './config.ts';
import { createDevices } from './handler.ts';

const { devicesTable, ...configuration } = readDevicesConfiguration(process.env);

export const handler = createDevices({
  ...configuration,
  registry: createRegistry(createDocumentClient(process.env), devicesTable, Date.now),
  now: Date.now,
  log: createLog((line) => process.stdout.write(`${line}\n`)),
});
