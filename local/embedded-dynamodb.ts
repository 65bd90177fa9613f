import { CreateTableCommand, DynamoDBClient, ResourceInUseException, ScanCommand } from '@aws-sdk/client-dynamodb';
import dynalite from 'dynalite';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { localClient } from '../shared/local-stack.ts';
import type { TableDefinition } from './template.ts';

/**
 * Starts DynamoDB in this process, on any free port of the loopback address.
 * @param path a directory that keeps the tables; without it, they are in memory.
 */
export async function startEmbeddedDynamoDb(path?: string) {
  const server = dynalite({ createTableMs: 0, ...(path !== undefined && { path }) });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${String(port)}`,
    stop: async (): Promise<void> => {
      const closed = Promise.withResolvers<undefined>();
      server.close(() => {
        closed.resolve(undefined);
      });
      server.closeAllConnections();
      await closed.promise;
    },
  };
}

/** Creates the tables that are not there yet. */
export async function createTables(url: string, definitions: readonly TableDefinition[]): Promise<void> {
  const dynamoDb = new DynamoDBClient(localClient(url));
  for (const definition of definitions) {
    try {
      await dynamoDb.send(new CreateTableCommand(definition));
    } catch (error) {
      if (!(error instanceof ResourceInUseException)) throw error;
    }
  }
  dynamoDb.destroy();
}

/** The largest number that `countDevices` returns: a stop must not wait for a large table. */
export const mostCounted = 1000;

/** The number of registered devices: only they are in the index `byDevice`. At most `mostCounted`. */
export async function countDevices(url: string, TableName: string): Promise<number> {
  const dynamoDb = new DynamoDBClient(localClient(url));
  const counting = { TableName, IndexName: 'byDevice', Select: 'COUNT', Limit: mostCounted } as const;
  const { Count = 0 } = await dynamoDb.send(new ScanCommand(counting));
  dynamoDb.destroy();
  return Count;
}
