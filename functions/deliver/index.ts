import { readDeliverConfiguration } from './config.ts';
import { createOutage } from './policy/outage.ts';
import { createDeliver } from './handler.ts';
import { createGateway } from './gateway.ts';
import { createLog } from '../../shared/log.ts';
import { readAwsEnvironment } from '../../shared/aws/sqs/aws-environment.ts';
import { lazily } from '../../shared/aws/sqs/lazy.ts';

const { gateway, undeliverableQueueUrl, outageFailures, ...configuration } = readDeliverConfiguration(process.env);
const aws = readAwsEnvironment(process.env, undeliverableQueueUrl);
const queues = lazily(async () => {
  const [{ createSqsClient }, { delayMessages, sendMessages }] = await Promise.all([
    import('../../shared/aws/sqs/client.ts'),
    import('../../shared/aws/sqs/batches.ts'),
  ]);
  return { sqs: createSqsClient(aws, Date.now), delayMessages, sendMessages };
});

export const handler = createDeliver({
  ...configuration,
  gateway: createGateway(gateway),
  outage: createOutage(outageFailures),
  async delay(queue, delays, abortSignal) {
    if (delays.length === 0) return { done: [], failed: [] };
    const { sqs, delayMessages } = await queues();
    return delayMessages(sqs, queue.queueUrl, delays, abortSignal);
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
