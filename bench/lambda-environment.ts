import { createHash } from 'node:crypto';
import { fileURLToPath } from 'node:url';
import { benchKey } from './events.ts';

/** The certificate and the key of the stand-in for SQS. */
export const tlsFolder = fileURLToPath(new URL('servers/tls/', import.meta.url));

/**
 * The environment that Lambda gives a function, with temporary credentials and a trace.
 * @param sqsUrl the origin of a stand-in for SQS.
 */
export function lambdaEnvironment(sqsUrl: string, more: NodeJS.ProcessEnv = {}): NodeJS.ProcessEnv {
  return {
    AWS_REGION: 'us-east-1',
    AWS_ACCESS_KEY_ID: 'ASIAIOSFODNN7EXAMPLE',
    AWS_SECRET_ACCESS_KEY: 'wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY',
    // As long as Lambda's, because each request hashes it.
    AWS_SESSION_TOKEN: 'IQoJb3JpZ2luX2VjEBAaCXVzLWVhc3QtMSJHMEUCIQ'.repeat(22),
    AWS_LAMBDA_FUNCTION_NAME: 'function',
    AWS_LAMBDA_FUNCTION_MEMORY_SIZE: '1769',
    AWS_EXECUTION_ENV: 'AWS_Lambda_nodejs24.x',
    _X_AMZN_TRACE_ID: 'Root=1-65f0c0de-0123456789abcdef01234567;Parent=0123456789abcdef;Sampled=0',
    AWS_ENDPOINT_URL_SQS: sqsUrl,
    NODE_EXTRA_CA_CERTS: `${tlsFolder}certificate.pem`,
    // A validator among the contenders loads a deprecated module.
    NODE_NO_WARNINGS: '1',
    STAGE: 'bench',
    API_KEYS: `bench:${createHash('sha256').update(benchKey).digest('hex')}`,
    PUSHES_QUEUE_URL: `${sqsUrl}/000000000000/pushes`,
    SWEEPS_QUEUE_URL: `${sqsUrl}/000000000000/sweeps`,
    OUTCOMES_TOPIC_ARN: 'arn:aws:sns:us-east-1:000000000000:outcomes',
    UNDELIVERABLE_QUEUE_URL: `${sqsUrl}/000000000000/undeliverable`,
    OUTCOME_COUNTS_QUEUE_URL: `${sqsUrl}/000000000000/outcome-counts`,
    DEVICES_TABLE: 'devices',
    ...more,
  };
}
