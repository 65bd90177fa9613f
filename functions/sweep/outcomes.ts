import type { BatchResult } from '../../shared/aws/batch-calls.ts';
import { describeError, type Log } from '../../shared/log.ts';
import { outcomesKey } from '../../shared/sweeps/keys.ts';
import {
  addOutcomeCounts,
  outcomeCounts,
  outcomesRecord,
  type OutcomeCounts,
} from '../../shared/sweeps/outcome-counts.ts';
import { encodeReport, parseReport } from '../../shared/sweeps/report.ts';
import type { Store } from '../../shared/sweeps/store.ts';
import { stopReserveMs } from './slice.ts';

interface CountsMessage {
  readonly body: string;
  readonly receiptHandle: string;
  /** By the clock of SQS, in milliseconds since the epoch. */
  readonly sentAt: number;
}

/** The queue on which `deliver` reports how the pushes of sweeps ended. */
export interface CountsQueue {
  /** Some of the messages; none if there are none. Rejects with the errors of the queue. */
  readonly receive: () => Promise<readonly CountsMessage[]>;
  /** Never rejects. */
  readonly remove: (messages: readonly CountsMessage[]) => Promise<BatchResult<CountsMessage>>;
}

export interface OutcomesDependencies {
  readonly store: Store;
  readonly countsQueue: CountsQueue;
  /** Identifies this tick. */
  readonly owner: string;
  readonly remainingMs: () => number;
  readonly now: () => number;
  readonly log: Log;
}

/**
 * Adds what `deliver` has counted before the tick to the records of the runs. Counts that were recorded and not removed
 * from the queue, because the tick was killed, are added again.
 * @throws the errors of the queue and the bucket. The next tick then continues.
 */
export async function recordOutcomes(dependencies: OutcomesDependencies): Promise<void> {
  const { countsQueue, remainingMs, now, log } = dependencies;
  const startedAt = now();
  const remove = async (messages: readonly CountsMessage[]) => {
    const { failed } = await countsQueue.remove(messages);
    if (failed[0] === undefined) return;
    log.warn('outcome counts not removed', { messages: failed.length, error: describeError(failed[0].error) });
  };
  while (remainingMs() >= stopReserveMs) {
    const messages = await countsQueue.receive();
    const unreadable: CountsMessage[] = [];
    const readable = messages.flatMap((message) => {
      const counts = parseReport(outcomeCounts, { text: message.body });
      if (counts === undefined) unreadable.push(message);
      return counts === undefined ? [] : [{ message, counts }];
    });
    // Run by run: if one cannot be written, the next tick must not count the others again.
    for (const ofRun of Map.groupBy(readable, ({ counts: { plan, run } }) => outcomesKey(plan, run)).values()) {
      await addToRecord(
        ofRun.map(({ counts }) => counts),
        dependencies,
      );
      await remove(ofRun.map(({ message }) => message));
    }
    if (unreadable.length > 0) {
      log.error('outcome counts not readable', { messages: unreadable.length });
      await remove(unreadable);
    }
    // The queue is empty, or all were sent during the tick: while a sweep is delivered, each batch of `deliver` adds a
    // message. To wait for an empty queue would take all the time of the tick, with a write to the bucket for every few
    // messages.
    if (messages.every(({ sentAt }) => sentAt > startedAt)) return;
  }
}

/** Writers of one record at once, and more: each round, one of them succeeds. */
const maxWrites = 10;

async function addToRecord(
  counts: readonly OutcomeCounts[],
  { store, owner, now }: OutcomesDependencies,
): Promise<void> {
  const [first] = counts;
  // Stryker disable next-line ConditionalExpression: equivalent, because a group has at least one element.
  if (first === undefined) return;
  const { plan, run } = first;
  const key = outcomesKey(plan, run);
  for (let writes = 0; writes < maxWrites; writes += 1) {
    const found = await store.readText(key);
    const earlier = parseReport(outcomesRecord, found);
    const total = addOutcomeCounts(earlier === undefined ? counts : [earlier, ...counts]);
    // `owner` is part of the text, so that no other tick writes the same.
    const text = encodeReport({ plan, run, ...total, owner, countedAt: new Date(now()).toISOString() });
    if (
      (await store.write(key, text, found === undefined ? { IfNoneMatch: '*' } : { IfMatch: found.etag })) !== undefined
    )
      return;
  }
  throw new Error(`${key} changes too often to be written.`);
}
