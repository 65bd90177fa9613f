import { sqsLimits } from '../core/limits.ts';

/** Cuts a list into the batches that one call to SQS takes. */
export function inTens<T>(items: readonly T[]): T[][] {
  const { batchMessages } = sqsLimits;
  return Array.from({ length: Math.ceil(items.length / batchMessages) }, (_, index) =>
    items.slice(index * batchMessages, (index + 1) * batchMessages),
  );
}
