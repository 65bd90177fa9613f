import { readDeliverConfiguration } from '../shared/configuration/deliver.ts';
import { createOutage } from '../shared/core/outage.ts';
import { createDeliver } from '../shared/deliver/deliver.ts';
import { createGateway } from '../shared/deliver/gateway.ts';
import { createLog } from '../shared/log.ts';
import { readAwsEnvironment } from '../shared/sqs/aws-environment.ts';
import { createSqsClient } from '../shared/sqs/client.ts';
import { delayMessages, sendMessages } from '../shared/sqs/batches.ts';

const { gateway, undeliverableQueueUrl, outageFailures, ...configuration } = readDeliverConfiguration(process.env);
const sqs = createSqsClient(readAwsEnvironment(process.env, undeliverableQueueUrl), Date.now);

export const handler = createDeliver({
  ...configuration,
  gateway: createGateway(gateway),
  outage: createOutage(outageFailures),
  delay: (lane, delays, abortSignal) => delayMessages(sqs, lane.queueUrl, delays, abortSignal),
  sendDeadLetters: (letters, abortSignal) =>
    sendMessages(sqs, undeliverableQueueUrl, letters, ({ message }) => message, abortSignal),
  now: Date.now,
  random: Math.random,
  log: createLog((line) => process.stdout.write(`${line}\n`)),
});
