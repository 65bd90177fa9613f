import { S3Client } from '@aws-sdk/client-s3';
import type { Environment } from '../../shared/environment.ts';
import { clientOptions } from '../../shared/aws/client-options.ts';

/** The SDK's client, with the time limits that `sweep` is built on. */
export function createS3Client(environment: Environment): S3Client {
  return new S3Client({
    ...clientOptions(environment, 'AWS_ENDPOINT_URL_S3'),
    maxAttempts: 5,
    // Otherwise the SDK computes a checksum of every list in JavaScript; TLS protects each record already.
    responseChecksumValidation: 'WHEN_REQUIRED',
    requestChecksumCalculation: 'WHEN_REQUIRED',
    requestHandler: {
      connectionTimeout: 1000,
      // Until the head of the answer.
      requestTimeout: 10_000,
      throwOnRequestTimeout: true,
      // Ends an answer whose body stops coming. A list is also not read while SQS takes long.
      socketTimeout: 60_000,
    },
  });
}
