import { readDeliverConfiguration } from '../shared/configuration/deliver.ts';
import { createOutage } from '../shared/core/outage.ts';
import { createDeliver } from '../shared/deliver/deliver.ts';
import { createGateway } from '../shared/deliver/gateway.ts';
import { createLog } from '../shared/log.ts';
import { createSqsClient } from '../shared/sqs/client.ts';
import { sendMessages } from '../shared/sqs/send-batches.ts';
import { delayMessages } from '../shared/sqs/visibility.ts';

const { gateway, undeliverableQueueUrl, outageFailures, ...configuration } = readDeliverConfiguration(process.env);
const sqs = createSqsClient();

export const handler = createDeliver({
  ...configuration,
  gateway: createGateway(gateway),
  outage: createOutage(outageFailures),
  delay: (lane, delays) => delayMessages(sqs, lane.queueUrl, delays),
  sendDeadLetters: (messages) => sendMessages(sqs, undeliverableQueueUrl, messages),
  now: Date.now,
  random: Math.random,
  log: createLog(console.log),
});
