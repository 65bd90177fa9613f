import { readDeliverConfiguration } from '../shared/configuration/deliver.ts';
import { createOutage } from '../shared/core/outage.ts';
import { createDeliver } from '../shared/deliver/deliver.ts';
import { createGateway } from '../shared/deliver/gateway.ts';
import { createLog } from '../shared/log.ts';
import { readAwsEnvironment } from '../shared/sqs/aws-environment.ts';
import { lazily } from '../shared/sqs/lazy.ts';

const { gateway, undeliverableQueueUrl, outageFailures, ...configuration } = readDeliverConfiguration(process.env);
const aws = readAwsEnvironment(process.env, undeliverableQueueUrl);
const queues = lazily(async () => {
  const [{ createSqsClient }, { delayMessages, sendMessages }] = await Promise.all([
    import('../shared/sqs/client.ts'),
    import('../shared/sqs/batches.ts'),
  ]);
  return { sqs: createSqsClient(aws, Date.now), delayMessages, sendMessages };
});

export const handler = createDeliver({
  ...configuration,
  gateway: createGateway(gateway),
  outage: createOutage(outageFailures),
  async delay(lane, delays, abortSignal) {
    if (delays.length === 0) return { done: [], failed: [] };
    const { sqs, delayMessages } = await queues();
    return delayMessages(sqs, lane.queueUrl, delays, abortSignal);
  },
  async sendDeadLetters(letters, abortSignal) {
    if (letters.length === 0) return { done: [], failed: [] };
    const { sqs, sendMessages } = await queues();
    return sendMessages(sqs, undeliverableQueueUrl, letters, ({ message }) => message, abortSignal);
  },
  now: Date.now,
  random: Math.random,
  log: createLog((line) => process.stdout.write(`${line}\n`)),
});
