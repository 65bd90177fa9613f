import { createAccept } from '../shared/accept/accept.ts';
import { readAcceptConfiguration } from '../shared/configuration/accept.ts';
import { createLog } from '../shared/log.ts';
import { readAwsEnvironment } from '../shared/sqs/aws-environment.ts';
import { createSqsClient } from '../shared/sqs/client.ts';
import { sendPush } from '../shared/sqs/push-queue.ts';
import { createPushSender } from '../shared/sqs/push-sender.ts';

const { pushesQueueUrl, ...configuration } = readAcceptConfiguration(process.env);
const sqs = createPushSender(createSqsClient(readAwsEnvironment(process.env, pushesQueueUrl), Date.now));

export const handler = createAccept({
  ...configuration,
  answerReserveMs: 500,
  enqueue: (queued, signal) => sendPush(sqs, pushesQueueUrl, queued, signal),
  now: Date.now,
  log: createLog((line) => process.stdout.write(`${line}\n`)),
});
