import { setTimeout as delay } from 'node:timers/promises';

/** How long to wait for the end of a run. */
export interface Patience {
  /** The wait ends after this time without progress. */
  readonly stalledAfterMs: number;
  /** The wait ends after this time in any case. */
  readonly limitMs: number;
}

/** How a wait ended. */
export type WaitEnd = 'settled' | 'stalled' | 'limit';

const askEveryMs = 200;

/**
 * Waits until the queue is empty. There is progress whenever it has fewer pushes than ever before: a push that leaves it
 * was delivered or is a dead letter.
 */
export async function untilSettled(onQueue: () => number, { stalledAfterMs, limitMs }: Patience): Promise<WaitEnd> {
  const startedAt = performance.now();
  let fewest = onQueue();
  let progressAt = startedAt;
  for (;;) {
    const left = onQueue();
    const now = performance.now();
    if (left === 0) return 'settled';
    if (left < fewest) {
      fewest = left;
      progressAt = now;
    }
    if (now - progressAt >= stalledAfterMs) return 'stalled';
    if (now - startedAt >= limitMs) return 'limit';
    await delay(askEveryMs);
  }
}
