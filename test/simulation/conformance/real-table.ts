import {
  CreateTableCommand,
  DeleteTableCommand,
  DynamoDBClient,
  ResourceNotFoundException,
  UpdateTimeToLiveCommand,
  waitUntilTableExists,
} from '@aws-sdk/client-dynamodb';
import { documentClientOf } from '../../../shared/aws/dynamodb.ts';
import { readDevicesTable } from '../../support/devices-table.ts';
import type { ClientConfig } from './client-config.ts';

/** DynamoDB over the network, with one table. */
export function connectToTable(config: ClientConfig, TableName: string) {
  const dynamoDb = new DynamoDBClient(config);
  let creation: Promise<unknown> | undefined;
  let isClosed = false;

  const create = async () => {
    await dynamoDb.send(new CreateTableCommand(readDevicesTable(TableName)));
    await waitUntilTableExists({ client: dynamoDb, maxWaitTime: 120, minDelay: 1, maxDelay: 2 }, { TableName });
    const TimeToLiveSpecification = { AttributeName: 'expiresAt', Enabled: true };
    try {
      await dynamoDb.send(new UpdateTimeToLiveCommand({ TableName, TimeToLiveSpecification }));
    } catch (error) {
      // The embedded DynamoDB has no time to live.
      if (!(error instanceof Error) || error.name !== 'UnknownOperationException') throw error;
    }
  };
  return {
    dynamoDb,
    documents: documentClientOf(dynamoDb),
    async openTable(): Promise<string> {
      if (isClosed) throw new Error('interrupted');
      creation ??= create();
      await creation;
      return TableName;
    },
    /** Deletes the table. @returns its name if that fails. */
    close: async (): Promise<string[]> => {
      isClosed = true;
      if (creation === undefined) return [];
      // A table cannot be deleted while it is created, and may exist although the answer to its creation was lost.
      await creation.catch(() => undefined);
      try {
        await dynamoDb.send(new DeleteTableCommand({ TableName }), { abortSignal: AbortSignal.timeout(20_000) });
        return [];
      } catch (error) {
        return error instanceof ResourceNotFoundException ? [] : [TableName];
      } finally {
        dynamoDb.destroy();
      }
    },
  };
}
