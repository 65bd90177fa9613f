import type { SQSClient } from '@aws-sdk/client-sqs';
import type { BatchResult } from '../../shared/aws/batch-calls.ts';
import type * as batches from '../../shared/aws/sqs/batches.ts';
import type { ApplyDependencies } from './apply.ts';

type Sqs = { readonly sqs: SQSClient } & Pick<typeof batches, 'delayMessages' | 'sendMessages'>;

/** @param load loads the SDK, for the first batch with a push that was not delivered. */
export function createSqsCalls(
  load: () => Promise<Sqs>,
  undeliverableQueueUrl: string,
): Pick<ApplyDependencies, 'delay' | 'sendDeadLetters'> {
  let loading: Promise<Sqs> | undefined;

  const call = async <T>(items: readonly T[], act: (loaded: Sqs) => Promise<BatchResult<T>>) => {
    if (items.length === 0) return { done: [], failed: [] };
    try {
      return await act(await (loading ??= load()));
    } catch (cause) {
      // Only loading can fail. The delivered pushes of the batch must not fail with it, and the next batch loads again.
      loading = undefined;
      const error = cause instanceof Error ? cause : new Error(String(cause));
      return { done: [], failed: items.map((item) => ({ item, scope: 'call' as const, error })) };
    }
  };

  return {
    delay: (queue, delays, abortSignal) =>
      call(delays, ({ sqs, delayMessages }) => delayMessages(sqs, queue.queueUrl, delays, abortSignal)),
    sendDeadLetters: (givenUp, abortSignal) =>
      call(givenUp, ({ sqs, sendMessages }) =>
        sendMessages(sqs, undeliverableQueueUrl, givenUp, ({ message }) => message, abortSignal),
      ),
  };
}
