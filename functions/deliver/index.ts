import { readDeliverConfiguration } from './config.ts';
import { createOutage } from './policy/outage.ts';
import { createDeliver } from './handler.ts';
import { formats } from './format.ts';
import { createGateway } from './gateway.ts';
import { createSqsCalls } from './sqs.ts';
import { createLog } from '../../shared/log.ts';

const { gateway, undeliverableQueueUrl, outage, ...configuration } = readDeliverConfiguration(process.env);

/** The SDK is two thirds of the code, and a batch that is delivered needs none of it. */
async function loadSqs() {
  const [{ createSqsClient }, batches] = await Promise.all([
    import('../../shared/aws/sqs/client.ts'),
    import('../../shared/aws/sqs/batches.ts'),
  ]);
  return { sqs: createSqsClient(process.env), ...batches };
}

export const handler = createDeliver({
  ...configuration,
  gateway: createGateway(gateway),
  encode: formats[gateway.format].encode,
  outage: createOutage(outage),
  ...createSqsCalls(loadSqs, undeliverableQueueUrl),
  now: Date.now,
  random: Math.random,
  log: createLog((line) => process.stdout.write(`${line}\n`)),
});
