import type { BatchResultErrorEntry } from '@aws-sdk/client-sqs';
import pMap from 'p-map';
import { sqsLimits } from './limits.ts';

/** The result of one or more batch calls to SQS or SNS. Every item is in exactly one of the two lists. */
export interface BatchResult<T> {
  readonly done: readonly T[];
  readonly failed: readonly BatchFailure<T>[];
}

/** An item that the service did not confirm. */
export interface BatchFailure<T> {
  readonly item: T;
  /**
   * `entry`: the service refused this item and did nothing with it, or its answer does not mention the item. `call`:
   * the whole call failed, and the service may have processed the item nevertheless.
   */
  readonly scope: 'entry' | 'call';
  readonly error: Error;
}

const callsAtOnce = 8;

/**
 * Divides a list into batches of at most `size` items that one call may send, in the order of the list. An item that is
 * too large gets a batch of its own, so that no other item is refused with it.
 */
export function inBatches<T>(
  items: readonly T[],
  size: number = sqsLimits.batchMessages,
  bytesOf: (item: T) => number = () => 0,
  maxBytes: number = sqsLimits.messageBytes,
): T[][] {
  const batches: T[][] = [];
  let batch: T[] = [];
  let bytes = 0;
  for (const item of items) {
    const itemBytes = bytesOf(item);
    if (batch.length > 0 && (batch.length === size || bytes + itemBytes > maxBytes)) {
      batches.push(batch);
      batch = [];
      bytes = 0;
    }
    batch.push(item);
    bytes += itemBytes;
  }
  if (batch.length > 0) batches.push(batch);
  return batches;
}

interface BatchAnswer<S> {
  readonly Successful?: readonly S[] | undefined;
  readonly Failed?: readonly BatchResultErrorEntry[] | undefined;
}

interface CallOptions<T, S> {
  /** Once it has aborted, no further call is made. */
  readonly abortSignal?: AbortSignal | undefined;
  /** Gets each item that is done, with what the service says of it. */
  readonly confirm?: (item: T, entry: S) => void;
}

/**
 * Calls a service for each batch, several at once. Never throws.
 * @param call sends the entries of one batch. The id of an entry is the index of its item.
 */
export async function callEach<T, E extends object, S extends { readonly Id?: string | undefined }>(
  batches: readonly (readonly T[])[],
  entryOf: (item: T) => E,
  call: (entries: (E & { readonly Id: string })[]) => Promise<BatchAnswer<S>>,
  { abortSignal, confirm }: CallOptions<T, S> = {},
): Promise<BatchResult<T>> {
  const done: T[] = [];
  const failed: BatchFailure<T>[] = [];
  const callWith = async (batch: readonly T[]) => {
    // The SDK encodes and signs a call before it looks at the signal. After a time-out, the 92 calls that wait of 1,000
    // pushes would cost 77 ms of CPU, which is half a second at 256 MB.
    abortSignal?.throwIfAborted();
    return call(batch.map((item, index) => ({ ...entryOf(item), Id: String(index) })));
  };
  const callOne = async (batch: readonly T[]) => {
    const answer = await callWith(batch).catch((error: unknown) =>
      error instanceof Error ? error : new Error(String(error)),
    );
    if (answer instanceof Error) {
      failed.push(...batch.map((item) => ({ item, scope: 'call' as const, error: answer })));
      return;
    }
    const successful = new Map(answer.Successful?.map((entry) => [entry.Id, entry]));
    for (const [index, item] of batch.entries()) {
      const id = String(index);
      const entry = successful.get(id);
      if (entry !== undefined) {
        done.push(item);
        confirm?.(item, entry);
      } else failed.push({ item, scope: 'entry', error: entryError(answer.Failed?.find(({ Id }) => Id === id)) });
    }
  };
  await pMap(batches, callOne, { concurrency: callsAtOnce });
  return { done, failed };
}

/** @param entry the failure of one entry; `undefined` if the answer does not mention the entry. */
function entryError(entry: BatchResultErrorEntry | undefined): Error {
  const error = new Error(entry?.Message ?? 'the answer does not mention this entry');
  error.name = entry?.Code ?? 'Unconfirmed';
  return error;
}
