import { ConfigurationError, type Environment } from '../../environment.ts';
import type { Credentials } from './signature.ts';

/** Where SQS is, and by which right it is called. */
export interface AwsEnvironment {
  readonly region: string;
  /** Of SQS: without a path. */
  readonly endpoint: string;
  /** The credentials of the moment. @throws Error where there are none. */
  readonly credentials: () => Credentials;
}

/**
 * What Lambda tells a function in its environment, and what the local stack says in its place.
 * https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars.html
 * @param queueUrl on whose host SQS is, unless the environment says otherwise.
 * @throws ConfigurationError without a region.
 */
export function readAwsEnvironment(environment: Environment, queueUrl: string): AwsEnvironment {
  // An empty variable counts as not set.
  const valueOf = (name: string) => (environment[name] === '' ? undefined : environment[name]);
  const region = valueOf('AWS_REGION') ?? valueOf('AWS_DEFAULT_REGION');
  if (region === undefined) throw new ConfigurationError('AWS_REGION is not set');
  const endpoint = valueOf('AWS_ENDPOINT_URL_SQS') ?? valueOf('AWS_ENDPOINT_URL') ?? queueUrl;
  return {
    region,
    endpoint: new URL(endpoint).origin,
    // Read at each use, so that whoever puts new ones there in time is heard.
    credentials() {
      const accessKeyId = valueOf('AWS_ACCESS_KEY_ID');
      const secretAccessKey = valueOf('AWS_SECRET_ACCESS_KEY');
      if (accessKeyId === undefined || secretAccessKey === undefined) {
        throw new Error('there are no credentials in the environment');
      }
      return { accessKeyId, secretAccessKey, sessionToken: valueOf('AWS_SESSION_TOKEN') };
    },
  };
}
