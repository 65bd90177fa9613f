import { readDeliverConfiguration } from './config.ts';
import { createOutage } from './policy/outage.ts';
import { createDeliver } from './handler.ts';
import { createGateway } from './gateway.ts';
import { createLog } from '../../shared/log.ts';

const { gateway, undeliverableQueueUrl, outage, ...configuration } = readDeliverConfiguration(process.env);

let loading: ReturnType<typeof loadSqs> | undefined;
/** Loads the SDK for the first batch that fails: it is two thirds of the code, and a delivered batch needs none of it. */
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
  outage: createOutage(outage),
  async delay(queue, delays, abortSignal) {
    if (delays.length === 0) return { done: [], failed: [] };
    const { sqs, delayMessages } = await (loading ??= loadSqs());
    return delayMessages(sqs, queue.queueUrl, delays, abortSignal);
  },
  async sendDeadLetters(givenUp, abortSignal) {
    if (givenUp.length === 0) return { done: [], failed: [] };
    const { sqs, sendMessages } = await (loading ??= loadSqs());
    return sendMessages(sqs, undeliverableQueueUrl, givenUp, ({ message }) => message, abortSignal);
  },
  now: Date.now,
  random: Math.random,
  log: createLog((line) => process.stdout.write(`${line}\n`)),
});
