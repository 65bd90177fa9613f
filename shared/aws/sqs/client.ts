import { SQSClient } from '@aws-sdk/client-sqs';
import type { Environment } from '../../environment.ts';
import { callLimits, clientOptions } from '../client-options.ts';

/** The SDK's client, with the time limits that the functions are built on. */
export function createSqsClient(environment: Environment): SQSClient {
  return new SQSClient({
    ...clientOptions(environment, 'AWS_ENDPOINT_URL_SQS'),
    ...callLimits,
    // Calls without options of their own, such as those of `accept`, assemble the SDK's middleware once per kind of call
    // instead of each time: a tenth of the CPU of a push.
    cacheMiddleware: true,
    // The MD5 that SQS returns of a message is redundant: the request is signed and goes over TLS.
    md5: false,
  });
}
