import { createApiKey } from '../shared/api-key.ts';

/** The API key that the bench sends, and its entry in the configuration of `accept`. */
export const { key: benchKey, entry: benchKeyEntry } = createApiKey('bench', []);

export interface LambdaEnvironmentOptions {
  readonly sqsPort: number;
  readonly gatewayUrl?: string;
  readonly concurrency?: number;
}

/** The environment that Lambda gives a function, with temporary credentials and a trace; only SQS is a local stand-in. */
export function lambdaEnvironment({ sqsPort, gatewayUrl, concurrency }: LambdaEnvironmentOptions): NodeJS.ProcessEnv {
  const queues = `http://127.0.0.1:${String(sqsPort)}/123456789012`;
  return {
    AWS_REGION: 'us-east-1',
    AWS_DEFAULT_REGION: 'us-east-1',
    AWS_ACCESS_KEY_ID: 'ASIAIOSFODNN7EXAMPLE',
    AWS_SECRET_ACCESS_KEY: 'wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY',
    // As long as Lambda's, because each request hashes it.
    AWS_SESSION_TOKEN: 'IQoJb3JpZ2luX2VjEBAaCXVzLWVhc3QtMSJHMEUCIQ'.repeat(22),
    AWS_LAMBDA_FUNCTION_NAME: 'function',
    AWS_LAMBDA_FUNCTION_MEMORY_SIZE: '1769',
    AWS_EXECUTION_ENV: 'AWS_Lambda_nodejs24.x',
    _X_AMZN_TRACE_ID: 'Root=1-65f0c0de-0123456789abcdef01234567;Parent=0123456789abcdef;Sampled=0',
    AWS_ENDPOINT_URL_SQS: `http://127.0.0.1:${String(sqsPort)}`,
    STAGE: 'bench',
    API_KEYS: benchKeyEntry,
    PUSHES_QUEUE_URL: `${queues}/pushes`,
    SWEEPS_QUEUE_URL: `${queues}/sweeps`,
    UNDELIVERABLE_QUEUE_URL: `${queues}/undeliverable`,
    ...(gatewayUrl !== undefined && { PNM2_URL: gatewayUrl }),
    ...(concurrency !== undefined && { CONCURRENCY: String(concurrency) }),
  };
}
