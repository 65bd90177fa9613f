import type { SNSClient } from '@aws-sdk/client-sns';
import type { SQSClient } from '@aws-sdk/client-sqs';
import type { BatchResult } from '../../shared/aws/batch-calls.ts';
import type * as publishing from '../../shared/aws/sns/publish.ts';
import type * as batches from '../../shared/aws/sqs/batches.ts';
import { sqsJson } from '../../shared/push/sqs-text.ts';
import type { OutcomeCounts } from '../../shared/sweeps/outcome-counts.ts';
import type { ApplyDependencies } from './apply.ts';

/** Sends how the pushes of sweeps ended. Never rejects; counts not confirmed when the signal aborts have failed. */
export type SendCounts = (
  counts: readonly OutcomeCounts[],
  abortSignal: AbortSignal,
) => Promise<BatchResult<OutcomeCounts>>;

export interface AwsCallsOptions {
  /** Loads the SDK, for the first batch of a sweep or with a push that was not delivered. */
  readonly loadSqs: () => Promise<{ readonly sqs: SQSClient } & Pick<typeof batches, 'delayMessages' | 'sendMessages'>>;
  readonly loadSns: () => Promise<{ readonly sns: SNSClient } & Pick<typeof publishing, 'publishEvents'>>;
  readonly undeliverableQueueUrl: string;
  readonly outcomeCountsQueueUrl: string;
  readonly outcomesTopicArn: string;
}

export function createAwsCalls(
  options: AwsCallsOptions,
): Pick<ApplyDependencies, 'delay' | 'sendDeadLetters' | 'publish'> & { readonly sendCounts: SendCounts } {
  const { undeliverableQueueUrl, outcomeCountsQueueUrl, outcomesTopicArn } = options;
  const callSqs = loadedOnce(options.loadSqs);
  const callSns = loadedOnce(options.loadSns);
  return {
    delay: (queue, delays, abortSignal) =>
      callSqs(delays, ({ sqs, delayMessages }) => delayMessages(sqs, queue.queueUrl, delays, abortSignal)),
    sendDeadLetters: (givenUp, abortSignal) =>
      callSqs(givenUp, ({ sqs, sendMessages }) =>
        sendMessages(sqs, undeliverableQueueUrl, givenUp, ({ message }) => message, abortSignal),
      ),
    sendCounts: (counts, abortSignal) =>
      callSqs(counts, ({ sqs, sendMessages }) =>
        sendMessages(sqs, outcomeCountsQueueUrl, counts, (one) => ({ MessageBody: sqsJson(one) }), abortSignal),
      ),
    publish: (told, abortSignal) =>
      callSns(told, ({ sns, publishEvents }) =>
        publishEvents(sns, outcomesTopicArn, told, ({ event }) => event, abortSignal),
      ),
  };
}

/** Calls a service with what `load` loads at the first call. */
function loadedOnce<L>(load: () => Promise<L>) {
  let loading: Promise<L> | undefined;
  return async <T>(items: readonly T[], call: (loaded: L) => Promise<BatchResult<T>>): Promise<BatchResult<T>> => {
    if (items.length === 0) return { done: [], failed: [] };
    try {
      return await call(await (loading ??= load()));
    } catch (cause) {
      // Only loading can fail. The delivered pushes of the batch must not fail with it, and the next batch loads again.
      loading = undefined;
      const error = cause instanceof Error ? cause : new Error(String(cause));
      return { done: [], failed: items.map((item) => ({ item, scope: 'call', error })) };
    }
  };
}
