import { S3Client } from '@aws-sdk/client-s3';

/** The SDK's client with the time limits that `sweep` is built on; region and credentials as AWS gives them. */
export function createS3Client(): S3Client {
  return new S3Client({
    maxAttempts: 5,
    requestHandler: { connectionTimeout: 1000, requestTimeout: 10_000, throwOnRequestTimeout: true },
  });
}
