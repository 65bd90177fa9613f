import { createAccept } from './handler.ts';
import { readAcceptConfiguration } from './config.ts';
import { createLog } from '../../shared/log.ts';
import { readAwsEnvironment } from '../../shared/aws/sqs/aws-environment.ts';
import { createSqsClient } from '../../shared/aws/sqs/client.ts';
import { sendPush } from '../../shared/aws/sqs/push-queue.ts';
import { createPushSender } from '../../shared/aws/sqs/push-sender.ts';

const { pushesQueueUrl, ...configuration } = readAcceptConfiguration(process.env);
const sqs = createPushSender(createSqsClient(readAwsEnvironment(process.env, pushesQueueUrl), Date.now));

export const handler = createAccept({
  ...configuration,
  answerReserveMs: 500,
  enqueue: (queued, signal) => sendPush(sqs, pushesQueueUrl, queued, signal),
  now: Date.now,
  log: createLog((line) => process.stdout.write(`${line}\n`)),
});
