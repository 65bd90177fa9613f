import { SNSClient } from '@aws-sdk/client-sns';
import type { Environment } from '../../environment.ts';
import { callLimits, clientOptions } from '../client-options.ts';

/** The SDK's client, with time limits within what `deliver` keeps for the end of a batch. */
export function createSnsClient(environment: Environment): SNSClient {
  return new SNSClient({ ...clientOptions(environment, 'AWS_ENDPOINT_URL_SNS'), ...callLimits });
}
