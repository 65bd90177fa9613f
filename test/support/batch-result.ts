import type { BatchResult } from '../../shared/aws/batch-calls.ts';

/** SQS confirms every item. */
export function allDone<T>(items: readonly T[]): Promise<BatchResult<T>> {
  return Promise.resolve({ done: items, failed: [] });
}

/** SQS refuses some items, entry by entry. */
export function someFailed<T>(items: readonly T[], fails: (index: number) => boolean): Promise<BatchResult<T>> {
  return Promise.resolve({
    done: items.filter((_, index) => !fails(index)),
    failed: items
      .filter((_, index) => fails(index))
      .map((item) => ({ item, scope: 'entry', error: new Error('SQS refused it') })),
  });
}
