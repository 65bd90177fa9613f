import { GetQueueAttributesCommand, SendMessageCommand, type SQSClient } from '@aws-sdk/client-sqs';
import { encodeQueuedPush, messageGroupOf, type QueuedPush } from '../../shared/push/queued-push.ts';

/**
 * Puts a push on its queue. It takes no signal, because the SDK caches its middleware only for calls without options; the
 * client's own time limits end all three attempts before `accept` must answer.
 * @returns the SQS message id, which is the id of the push from then on.
 * @throws the error of the SDK. The push may be on the queue nevertheless.
 */
export async function sendPush(sqs: SQSClient, queueUrl: string, queued: QueuedPush): Promise<string> {
  const command = new SendMessageCommand({
    QueueUrl: queueUrl,
    MessageBody: encodeQueuedPush(queued),
    MessageGroupId: messageGroupOf(queued.push.appId),
  });
  const { MessageId: id } = await sqs.send(command);
  if (id === undefined) throw new Error('SQS answered without a message id');
  return id;
}

/** A warm-up must not hold up an instance when SQS is slow. */
const warmUpMs = 1000;

/**
 * Makes a harmless call, so that the SDK is compiled and a connection is open before the first push. During INIT a
 * function has a whole CPU, in its first invocation a seventh of one at 256 MB.
 * @returns a promise that never rejects: if the call fails, the first push connects and reports the error.
 */
export async function warmUp(sqs: SQSClient, queueUrl: string): Promise<void> {
  const command = new GetQueueAttributesCommand({ QueueUrl: queueUrl, AttributeNames: ['QueueArn'] });
  await sqs.send(command, { abortSignal: AbortSignal.timeout(warmUpMs) }).catch(() => undefined);
}
