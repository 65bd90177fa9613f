import { readDeliverConfiguration } from '../shared/configuration/deliver.ts';
import { createDeliver } from '../shared/deliver/deliver.ts';
import { createGateway } from '../shared/deliver/gateway.ts';
import { createLog } from '../shared/log.ts';
import { createSqsClient } from '../shared/sqs/client.ts';
import { delayMessages } from '../shared/sqs/visibility.ts';

const { pushesQueueUrl, gateway, ...configuration } = readDeliverConfiguration(process.env);
const sqs = createSqsClient();

export const handler = createDeliver({
  ...configuration,
  gateway: createGateway(gateway),
  delay: (_laneArn, delays) => delayMessages(sqs, pushesQueueUrl, delays),
  now: Date.now,
  random: Math.random,
  log: createLog(console.log),
});
