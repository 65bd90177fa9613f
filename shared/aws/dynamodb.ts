import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import type { Environment } from '../environment.ts';
import { clientOptions } from './client-options.ts';

// DynamoDB answers in milliseconds. The three attempts of one call end within 5 s. A function that makes several calls
// for one request ends them all with one AbortSignal.
const interactive = { maxAttempts: 3, timeoutMs: 1500 };

/** The SDK's client of DynamoDB, with the time limits that the functions are built on. */
export function createDynamoDbClient(
  environment: Environment,
  { maxAttempts, timeoutMs } = interactive,
): DynamoDBClient {
  return new DynamoDBClient({
    ...clientOptions(environment, 'AWS_ENDPOINT_URL_DYNAMODB'),
    maxAttempts,
    requestHandler: {
      connectionTimeout: 1000,
      requestTimeout: timeoutMs,
      throwOnRequestTimeout: true,
      socketTimeout: timeoutMs,
    },
  });
}

/** The same, which reads and writes plain values. */
export function createDocumentClient(environment: Environment, limits = interactive): DynamoDBDocumentClient {
  return documentClientOf(createDynamoDbClient(environment, limits));
}

export function documentClientOf(client: DynamoDBClient): DynamoDBDocumentClient {
  return DynamoDBDocumentClient.from(client, { marshallOptions: { removeUndefinedValues: true } });
}
