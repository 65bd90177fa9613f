import { PublishBatchCommand, type PublishBatchRequestEntry, type SNSClient } from '@aws-sdk/client-sns';
import { callEach, inBatches, type BatchResult } from '../batch-calls.ts';
import { snsLimits } from '../limits.ts';

export type OutgoingEvent = Omit<PublishBatchRequestEntry, 'Id'>;

/**
 * Publishes events on a topic, in as few calls as the limits of SNS allow. Never throws: an item is done only if SNS
 * confirmed its entry.
 */
export function publishEvents<T>(
  sns: SNSClient,
  topicArn: string,
  items: readonly T[],
  eventOf: (item: T) => OutgoingEvent,
  abortSignal: AbortSignal,
): Promise<BatchResult<T>> {
  const bytesOf = (item: T) => Buffer.byteLength(JSON.stringify(eventOf(item)));
  const batches = inBatches(items, snsLimits.batchMessages, bytesOf, snsLimits.batchBytes);
  return callEach(
    batches,
    eventOf,
    (PublishBatchRequestEntries) =>
      sns.send(new PublishBatchCommand({ TopicArn: topicArn, PublishBatchRequestEntries }), { abortSignal }),
    { abortSignal },
  );
}
