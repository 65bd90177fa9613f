import { ChangeMessageVisibilityBatchCommand, type SQSClient } from '@aws-sdk/client-sqs';
import type { Delay, DelayFailure } from '../core/message.ts';
import { entryError } from './entry-error.ts';
import { inTens } from './tens.ts';

/**
 * Hides received messages for a while. The change lasts for this one receive.
 * @returns the delays that were not set: such a message comes back when the queue's own time-out is over. Never throws.
 */
export async function delayMessages(
  sqs: SQSClient,
  queueUrl: string,
  delays: readonly Delay[],
): Promise<DelayFailure[]> {
  const failures = await Promise.all(
    inTens(delays).map(async (ten): Promise<DelayFailure[]> => {
      const Entries = ten.map(({ receiptHandle, delaySeconds }, index) => ({
        Id: String(index),
        ReceiptHandle: receiptHandle,
        VisibilityTimeout: delaySeconds,
      }));
      try {
        const { Failed = [] } = await sqs.send(
          new ChangeMessageVisibilityBatchCommand({ QueueUrl: queueUrl, Entries }),
        );
        return Failed.flatMap((entry) => {
          const delay = ten[Number(entry.Id)];
          return delay === undefined ? [] : [{ delay, error: entryError(entry) }];
        });
      } catch (error) {
        return ten.map((delay) => ({ delay, error }));
      }
    }),
  );
  return failures.flat();
}
