export interface ScheduleOptions {
  /** How far apart the ticks are. */
  readonly tickMs: number;
  /** JSON, with the words that the time of the tick is put in place of. */
  readonly input: string;
  /** Resolves when the function has answered; rejects where it failed. */
  readonly invoke: (event: unknown) => Promise<unknown>;
  readonly onError: (error: Error) => void;
  readonly now: () => number;
}

/** https://docs.aws.amazon.com/scheduler/latest/UserGuide/managing-schedule-context-attributes.html */
const scheduledTime = '<aws.scheduler.scheduled-time>';

/**
 * Invokes a function as EventBridge Scheduler does, at each multiple of the tick since the epoch. One tick at a time:
 * one that is due while another runs is left out, for the next does its work.
 * @returns how to stop it.
 */
export function startSchedule({ tickMs, input, invoke, onError, now }: ScheduleOptions): () => Promise<void> {
  let stopping = false;
  let timer: NodeJS.Timeout;
  const wait = () => {
    const tickAt = nextTickAt(now(), tickMs);
    timer = setTimeout(() => {
      // A timer may end a little early, and would then be set for the same tick again.
      if (now() < tickAt) wait();
      else void tick(tickAt);
    }, tickAt - now());
  };
  const tick = async (tickAt: number) => {
    try {
      await invoke(tickEvent(input, tickAt));
    } catch (error) {
      // The tick that stopping cuts short is no failure.
      if (!stopping) onError(error instanceof Error ? error : new Error(String(error)));
    }
    if (!stopping) wait();
  };
  wait();
  return () => {
    stopping = true;
    clearTimeout(timer);
    return Promise.resolve();
  };
}

/** The first multiple of the tick after a time, both in milliseconds since the epoch. */
export function nextTickAt(nowMs: number, tickMs: number): number {
  return (Math.floor(nowMs / tickMs) + 1) * tickMs;
}

/** What the function is invoked with. AWS tells no milliseconds; they are there only where ticks are that close. */
export function tickEvent(input: string, tickAt: number): unknown {
  const time = new Date(tickAt).toISOString().replace('.000Z', 'Z');
  return JSON.parse(input.replaceAll(scheduledTime, time));
}
