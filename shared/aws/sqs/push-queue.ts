import { SendMessageCommand, type SQSClient } from '@aws-sdk/client-sqs';
import { encodeQueuedPush, messageGroupOf, type QueuedPush } from '../../push/queued-push.ts';

/**
 * Puts a push on its queue.
 * @returns the SQS message id, which is the id of the push from then on.
 * @throws the error of the SDK. The push may be on the queue nevertheless.
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
