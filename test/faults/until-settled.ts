import { setTimeout as delay } from 'node:timers/promises';

/** How long the end is waited for. */
export interface Patience {
  /** After which without any progress nothing more is expected. */
  readonly stalledAfterMs: number;
  /** After which the wait ends though there is progress, so that it ends by itself whatever happens. */
  readonly limitMs: number;
}

/** How a wait ended. */
export type WaitEnd = 'settled' | 'stalled' | 'limit';

const askEveryMs = 200;

/**
 * Waits until nothing is on the queue any more. Progress is a queue with fewer pushes than it ever had: each that leaves
 * it was delivered or is a dead letter. A slow machine is slow, and settles in the end; one that stands still does not.
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
