import { ReceiveMessageCommand, type SQSClient } from '@aws-sdk/client-sqs';
import { sqsLimits } from '../../shared/aws/limits.ts';
import { deleteMessages } from '../../shared/aws/sqs/batches.ts';
import type { CountsQueue } from './outcomes.ts';

/** Calls at once, once the queue has turned out to hold many messages. */
const receivesAtOnce = 10;

/**
 * The queue of outcome counts.
 * @param waitSeconds how long to wait for the first message. Without waiting, SQS asks only some of its servers, and may
 * find none although there are a few.
 */
export function createCountsQueue(sqs: SQSClient, queueUrl: string, waitSeconds: number): CountsQueue {
  const receiveTen = async () => {
    const command = new ReceiveMessageCommand({
      QueueUrl: queueUrl,
      MaxNumberOfMessages: sqsLimits.batchMessages,
      WaitTimeSeconds: waitSeconds,
      MessageSystemAttributeNames: ['SentTimestamp'],
    });
    const { Messages = [] } = await sqs.send(command);
    return Messages.map(
      ({ Body: body = '', ReceiptHandle: receiptHandle = '', Attributes: { SentTimestamp: sentAt = 0 } = {} }) => ({
        body,
        receiptHandle,
        sentAt: Number(sentAt),
      }),
    );
  };
  return {
    async receive() {
      const first = await receiveTen();
      if (first.length < sqsLimits.batchMessages) return first;
      return first.concat(...(await Promise.all(Array.from({ length: receivesAtOnce }, receiveTen))));
    },
    remove: (messages) => deleteMessages(sqs, queueUrl, messages),
  };
}
