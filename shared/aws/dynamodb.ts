import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import type { Environment } from '../environment.ts';
import { clientOptions } from './client-options.ts';

/** The SDK's client of DynamoDB, which reads and writes plain values, with the time limits that the functions are built on. */
export function createDocumentClient(environment: Environment): DynamoDBDocumentClient {
  const client = new DynamoDBClient({
    ...clientOptions(environment, 'AWS_ENDPOINT_URL_DYNAMODB'),
    maxAttempts: 3,
    // DynamoDB answers in milliseconds. All three attempts end before a function must answer.
    requestHandler: { connectionTimeout: 1000, requestTimeout: 1500, throwOnRequestTimeout: true, socketTimeout: 1500 },
  });
  return DynamoDBDocumentClient.from(client, { marshallOptions: { removeUndefinedValues: true } });
}
