import { setTimeout as delay } from 'node:timers/promises';

export interface ScheduleOptions {
  readonly tickMs: number;
  /** JSON, in which the time of the tick replaces `<aws.scheduler.scheduled-time>`. */
  readonly input: string;
  /** Resolves when the function has answered; rejects if it fails. */
  readonly invoke: (event: unknown) => Promise<unknown>;
  readonly onError: (error: Error) => void;
  readonly now: () => number;
}

/**
 * Invokes a function as EventBridge Scheduler does, at each multiple of `tickMs` since the epoch. It skips ticks that are
 * due while one runs, because the next one does their work.
 * @returns a function that stops it.
 */
export function startSchedule({ tickMs, input, invoke, onError, now }: ScheduleOptions): () => void {
  const stopping = new AbortController();
  const { signal } = stopping;
  const tick = async () => {
    for (;;) {
      const tickAt = nextTickAt(now(), tickMs);
      try {
        // A timer may end a little early.
        while (now() < tickAt) await delay(tickAt - now(), undefined, { signal });
        await invoke(tickEvent(input, tickAt));
      } catch (error) {
        // A stop interrupts the tick.
        if (signal.aborted) return;
        onError(error instanceof Error ? error : new Error(String(error)));
      }
    }
  };
  void tick();
  return () => {
    stopping.abort();
  };
}

/** The first multiple of `tickMs` after a time, both in milliseconds since the epoch. */
export function nextTickAt(nowMs: number, tickMs: number): number {
  return (Math.floor(nowMs / tickMs) + 1) * tickMs;
}

/**
 * The event of a tick. AWS writes the time without milliseconds, so they are here only if a tick is not at a full second.
 * https://docs.aws.amazon.com/scheduler/latest/UserGuide/managing-schedule-context-attributes.html
 */
export function tickEvent(input: string, tickAt: number): unknown {
  const time = new Date(tickAt).toISOString().replace('.000Z', 'Z');
  return JSON.parse(input.replaceAll('<aws.scheduler.scheduled-time>', time));
}
