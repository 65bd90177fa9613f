import { createTables, startEmbeddedDynamoDb } from '../../local/embedded-dynamodb.ts';
import { createDocumentClient } from '../../shared/aws/dynamodb.ts';
import type { RegisteredDevice } from '../../shared/registry/device.ts';
import { createRegistry } from '../../shared/registry/registry.ts';
import { readDevicesTable } from './devices-table.ts';

export const devicesTable = 'devices';

/** A table of devices as it is deployed, in an embedded DynamoDB, and its registry. @param now the clock of the registry. */
export async function startRegistry(now: () => number = Date.now, TableName = devicesTable) {
  const dynamoDb = await startEmbeddedDynamoDb();
  await createTables(dynamoDb.url, [readDevicesTable(TableName)]);
  const environment = {
    AWS_REGION: 'us-east-1',
    AWS_ACCESS_KEY_ID: 'test',
    AWS_SECRET_ACCESS_KEY: 'test',
    AWS_ENDPOINT_URL_DYNAMODB: dynamoDb.url,
  };
  const documents = createDocumentClient(environment);
  return {
    /** For a function that makes its own client. */
    environment: { ...environment, DEVICES_TABLE: TableName },
    documents,
    registry: createRegistry(documents, TableName, now),
    stop: async () => {
      documents.destroy();
      await dynamoDb.stop();
    },
  };
}

export type TestRegistry = Awaited<ReturnType<typeof startRegistry>>;

/** A device of the account `alice`. */
export function registeredDevice(changes: Partial<RegisteredDevice> = {}): RegisteredDevice {
  return {
    account: 'alice',
    appId: 'com.example.app',
    deviceToken: 'token-1',
    selector: '12869E0E:7C3A0D14',
    firstSeenMs: 1_760_000_000_000,
    lastSeenMs: 1_760_000_000_000,
    ...changes,
  };
}

/** Writes devices that differ from that one, and were last seen at this time unless they say otherwise. */
export async function registerDevices(
  { registry }: TestRegistry,
  lastSeenMs: number,
  changes: readonly Partial<RegisteredDevice>[],
): Promise<void> {
  for (const change of changes) await registry.put(registeredDevice({ lastSeenMs, ...change }), 180);
}
