import { GetQueueAttributesCommand, SendMessageCommand, type SQSClient } from '@aws-sdk/client-sqs';
import { sendMessages } from '../../shared/aws/sqs/batches.ts';
import { encodeQueuedPush, messageGroupOf, type QueuedPush } from '../../shared/push/queued-push.ts';

const messageOf = (queued: QueuedPush) => ({
  MessageBody: encodeQueuedPush(queued),
  MessageGroupId: messageGroupOf(queued.push.appId),
});

/**
 * Puts a push on its queue. It takes no signal, because the SDK caches its middleware only for calls without options; the
 * client's own time limits end all three attempts before `accept` must answer.
 * @returns the SQS message id, which is the id of the push from then on.
 * @throws the error of the SDK. The push may be on the queue nevertheless.
 */
export async function sendPush(sqs: SQSClient, queueUrl: string, queued: QueuedPush): Promise<string> {
  const { MessageId: id } = await sqs.send(new SendMessageCommand({ QueueUrl: queueUrl, ...messageOf(queued) }));
  if (id === undefined) throw new Error('SQS answered without a message id');
  return id;
}

/**
 * Puts the pushes of a batch on their queue. Never throws: a push without an id may be on the queue or not. Entries that
 * SQS refused are sent once more; calls that failed are not, because the SDK repeats those itself where it makes sense.
 * @param abortSignal aborts when the function must answer.
 */
export async function sendPushes(
  sqs: SQSClient,
  queueUrl: string,
  pushes: readonly QueuedPush[],
  abortSignal: AbortSignal,
): Promise<SentPushes> {
  // Encoded once, because the size of a batch and its call both need the messages.
  const outgoing = pushes.map((queued) => ({ queued, message: messageOf(queued) }));
  const send = (items: typeof outgoing) => sendMessages(sqs, queueUrl, items, ({ message }) => message, abortSignal);
  const first = await send(outgoing);
  const second = await send(first.failed.filter(({ scope }) => scope === 'entry').map(({ item }) => item));
  const error = [...second.failed, ...first.failed.filter(({ scope }) => scope === 'call')][0]?.error;
  const ids = new Map([...first.messageIds, ...second.messageIds].map(([{ queued }, id]) => [queued, id]));
  return { ids, ...(error && { error }) };
}

export interface SentPushes {
  /** The id of each push that the queue has stored. */
  readonly ids: ReadonlyMap<QueuedPush, string>;
  /** Why the queue did not take one of the others. */
  readonly error?: Error;
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
