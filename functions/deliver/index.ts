import { createAwsCalls } from './aws-calls.ts';
import { readDeliverConfiguration } from './config.ts';
import { createOutage } from './policy/outage.ts';
import { createPace } from './policy/pace.ts';
import { createTimeLimit } from './policy/time-limit.ts';
import { createDeliver } from './handler.ts';
import { formats } from './format.ts';
import { createGateway } from './gateway.ts';
import { createLog } from '../../shared/log.ts';

const { gateway, undeliverableQueueUrl, outcomeCountsQueueUrl, outcomesTopicArn, outage, ...configuration } =
  readDeliverConfiguration(process.env);

/** The SDK is two thirds of the code, and a batch of clients' pushes that is delivered needs none of it. */
async function loadSqs() {
  const [{ createSqsClient }, batches] = await Promise.all([
    import('../../shared/aws/sqs/client.ts'),
    import('../../shared/aws/sqs/batches.ts'),
  ]);
  return { sqs: createSqsClient(process.env), ...batches };
}

async function loadSns() {
  const [{ createSnsClient }, publishing] = await Promise.all([
    import('../../shared/aws/sns/client.ts'),
    import('../../shared/aws/sns/publish.ts'),
  ]);
  return { sns: createSnsClient(process.env), ...publishing };
}

export const handler = createDeliver({
  ...configuration,
  gateway: createGateway(gateway),
  encode: formats[gateway.format].encode,
  outage: createOutage(outage),
  pace: createPace(),
  timeLimit: createTimeLimit(gateway.attemptTimeoutMs),
  ...createAwsCalls({ loadSqs, loadSns, undeliverableQueueUrl, outcomeCountsQueueUrl, outcomesTopicArn }),
  timeoutSignal: (ms) => AbortSignal.timeout(ms),
  now: Date.now,
  random: Math.random,
  log: createLog((line) => process.stdout.write(`${line}\n`)),
});
