import { SendMessageCommand, type SQSClient } from '@aws-sdk/client-sqs';
import { encodeQueuedPush, messageGroupOf, type QueuedPush } from '../../push/queued-push.ts';

/**
 * Puts a push on its queue.
 * @returns the SQS message id, by which the push is known from then on.
 * @throws whatever the SDK throws; the push may or may not be on the queue then.
 */
export async function sendPush(
  sqs: SQSClient,
  queueUrl: string,
  queued: QueuedPush,
  signal: AbortSignal,
): Promise<string> {
  const command = new SendMessageCommand({
    QueueUrl: queueUrl,
    MessageBody: encodeQueuedPush(queued),
    MessageGroupId: messageGroupOf(queued.push.appId),
  });
  const { MessageId: id } = await sqs.send(command, { abortSignal: signal });
  if (id === undefined) throw new Error('SQS answered without a message id');
  return id;
}
