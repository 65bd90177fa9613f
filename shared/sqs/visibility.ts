import { ChangeMessageVisibilityBatchCommand, type SQSClient } from '@aws-sdk/client-sqs';
import { inTens } from './tens.ts';

/** When a received message is to be seen again. */
export interface Delay {
  readonly receiptHandle: string;
  readonly delaySeconds: number;
}

/**
 * Hides received messages for a while. The change lasts for this one receive.
 * @returns what went wrong; a message whose change failed comes back when the queue's own time-out is over.
 */
export async function delayMessages(sqs: SQSClient, queueUrl: string, delays: readonly Delay[]): Promise<unknown[]> {
  const results = await Promise.allSettled(
    inTens(delays).map(async (ten) => {
      const Entries = ten.map(({ receiptHandle, delaySeconds }, index) => ({
        Id: String(index),
        ReceiptHandle: receiptHandle,
        VisibilityTimeout: delaySeconds,
      }));
      const { Failed } = await sqs.send(new ChangeMessageVisibilityBatchCommand({ QueueUrl: queueUrl, Entries }));
      return Failed ?? [];
    }),
  );
  return results.flatMap((result): unknown[] => (result.status === 'fulfilled' ? result.value : [result.reason]));
}
