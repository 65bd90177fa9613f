import { SQSClient } from '@aws-sdk/client-sqs';

/** The SDK's client with the time limits that the functions are built on; region and credentials as AWS gives them. */
export function createSqsClient(): SQSClient {
  return new SQSClient({
    maxAttempts: 3,
    requestHandler: { connectionTimeout: 1000, requestTimeout: 3000, throwOnRequestTimeout: true },
  });
}
