import { createAccept } from './handler.ts';
import { readAcceptConfiguration } from './config.ts';
import { createLog } from '../../shared/log.ts';
import { createSqsClient } from '../../shared/aws/sqs/client.ts';
import { sendPush, sendPushes, warmUp } from './queue.ts';

const { pushesQueueUrl, ...configuration } = readAcceptConfiguration(process.env);
const sqs = createSqsClient(process.env);

export const handler = createAccept({
  ...configuration,
  enqueue: (queued) => sendPush(sqs, pushesQueueUrl, queued),
  enqueueBatch: (pushes, abortSignal) => sendPushes(sqs, pushesQueueUrl, pushes, abortSignal),
  now: Date.now,
  log: createLog((line) => process.stdout.write(`${line}\n`)),
});

/** Lambda waits for this before it counts the instance as started. */
export const ready = warmUp(sqs, pushesQueueUrl);
