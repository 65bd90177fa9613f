import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import type { Environment } from '../environment.ts';
import { clientOptions } from './client-options.ts';

// DynamoDB answers in milliseconds. All three attempts end before a function must answer.
const interactive = { maxAttempts: 3, timeoutMs: 1500 };

/** The SDK's client of DynamoDB, which reads and writes plain values, with the time limits that the functions are built on. */
export function createDocumentClient(
  environment: Environment,
  { maxAttempts, timeoutMs } = interactive,
): DynamoDBDocumentClient {
  const client = new DynamoDBClient({
    ...clientOptions(environment, 'AWS_ENDPOINT_URL_DYNAMODB'),
    maxAttempts,
    requestHandler: {
      connectionTimeout: 1000,
      requestTimeout: timeoutMs,
      throwOnRequestTimeout: true,
      socketTimeout: timeoutMs,
    },
  });
  return DynamoDBDocumentClient.from(client, { marshallOptions: { removeUndefinedValues: true } });
}
