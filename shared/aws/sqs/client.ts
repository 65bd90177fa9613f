import { SQSClient } from '@aws-sdk/client-sqs';
import { createAuthScheme } from './auth-scheme.ts';
import type { AwsEnvironment } from './aws-environment.ts';
import { createRequestHandler } from './request-handler.ts';

/**
 * Steps of the SDK that do nothing here for what they cost; with them a call takes 1.1 times its CPU.
 * - `loggerMiddleware` copies what it would log, also where nobody listens.
 * - `getUserAgentMiddleware` tells AWS the version of the SDK, anew with each call.
 * - `hostHeaderMiddleware`: the signer says the host, for it signs it.
 * - `contentLengthMiddleware`: the request handler says the length.
 * - `queueUrlMiddleware` looks in each call whether its queue is on another host than the client's.
 */
const needlessSteps = [
  'loggerMiddleware',
  'getUserAgentMiddleware',
  'hostHeaderMiddleware',
  'contentLengthMiddleware',
  'queueUrlMiddleware',
] as const;

/**
 * The SDK's client, as lean as its own options make it, with the time limits that the functions are built on.
 * Everything is said, so that the SDK looks for nothing in files and the environment: what would look is left out of
 * the bundles, see `scripts/left-out/`. What each part saves is in `docs/performance.md`.
 * @param now milliseconds since the epoch.
 */
export function createSqsClient({ region, endpoint, credentials }: AwsEnvironment, now: () => number): SQSClient {
  const url = new URL(endpoint);
  const sqs = new SQSClient({
    region,
    endpoint,
    // Instead of rules that know all regions: ours is told.
    endpointProvider: () => ({ url }),
    useDualstackEndpoint: false,
    useFipsEndpoint: false,
    httpAuthSchemes: [createAuthScheme(region, credentials, now)],
    authSchemePreference: [],
    // For what is signed by the scheme above they are not asked; without any, the SDK would look for some.
    credentials: () => Promise.reject(new Error('the scheme has its own')),
    disableClockSkewCorrection: true,
    requestHandler: createRequestHandler({ connectionTimeoutMs: 1000, requestTimeoutMs: 3000 }),
    maxAttempts: 3,
    retryMode: 'standard',
    defaultsMode: 'standard',
    userAgentAppId: '',
    // A checksum of what SQS says it got: the body is signed, TLS is underneath, and it costs a hash in JavaScript.
    md5: false,
    // A command's steps are put together once, where the call has no options of its own: see push-sender.ts.
    cacheMiddleware: true,
  });
  for (const step of needlessSteps) sqs.middlewareStack.remove(step);
  return sqs;
}
