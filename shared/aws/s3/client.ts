import { S3Client } from '@aws-sdk/client-s3';

/** The SDK's client with the time limits that `sweep` is built on; region and credentials as AWS gives them. */
export function createS3Client(): S3Client {
  return new S3Client({
    maxAttempts: 5,
    // Else the SDK would reckon a checksum of every list in JavaScript, above the one that TLS has of each record.
    responseChecksumValidation: 'WHEN_REQUIRED',
    requestChecksumCalculation: 'WHEN_REQUIRED',
    requestHandler: { connectionTimeout: 1000, requestTimeout: 10_000, throwOnRequestTimeout: true },
  });
}
