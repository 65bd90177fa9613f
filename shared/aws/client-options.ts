import type { Environment } from '../environment.ts';

/**
 * The options that every AWS client of the functions has. They name what the SDK would otherwise look for in
 * configuration files, which Lambda does not have.
 * https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars.html
 * @param endpointVariable the variable with the address of a local stand-in for the service.
 */
export function clientOptions(environment: Environment, endpointVariable: string) {
  // An empty variable counts as not set.
  const [endpoint] = [environment[endpointVariable], environment['AWS_ENDPOINT_URL']].filter(Boolean);
  const region = environment['AWS_REGION'];
  return {
    credentials: credentialsFrom(environment),
    ...(region && { region }),
    ...(endpoint && { endpoint }),
    defaultsMode: 'standard',
    retryMode: 'standard',
  } as const;
}

/** The attempts and time limits of a call to SQS or SNS, which the functions wait for. */
export const callLimits = {
  maxAttempts: 3,
  requestHandler: {
    connectionTimeout: 1000,
    // Until the head of the answer. `socketTimeout` ends an answer whose body stops coming.
    requestTimeout: 3000,
    throwOnRequestTimeout: true,
    socketTimeout: 3000,
  },
} as const;

/** A provider that reads the credentials from the environment for each attempt of a call. */
function credentialsFrom(environment: Environment) {
  return () => {
    const { AWS_ACCESS_KEY_ID: accessKeyId, AWS_SECRET_ACCESS_KEY: secretAccessKey } = environment;
    if (!accessKeyId || !secretAccessKey) {
      return Promise.reject(new Error('AWS_ACCESS_KEY_ID or AWS_SECRET_ACCESS_KEY is not set'));
    }
    const sessionToken = environment['AWS_SESSION_TOKEN'];
    return Promise.resolve({
      accessKeyId,
      secretAccessKey,
      ...(sessionToken && { sessionToken }),
      // Already expired, because the SDK keeps credentials until they expire and would not read new values.
      expiration: new Date(0),
    });
  };
}
