import type { Outcome } from './outcome.ts';

/**
 * How often an instance attempts the pushes of an app to which the gateway answers 429. The space between two attempts
 * doubles with each 429 and is halved by each other answer, so that the rate settles just above what the gateway takes.
 * Each app has its own, because the limit may be that of one app.
 */
export type Pace = ReturnType<typeof createPace>;

const shortestMs = 100;
/** With more, the pace would follow a limit that rises only after minutes. */
const longestMs = 10_000;

interface Space {
  ms: number;
  /** When the next attempt may start. */
  nextAt: number;
  changedAt: number;
  /** What the gateway asked for last. */
  retryAfterMs: number | undefined;
}

/** An app whose pushes must wait, and for how long the gateway asked. */
export interface Throttle {
  readonly retryAfterMs: number | undefined;
}

export function createPace() {
  /** Only of apps whose attempts are spaced. */
  const spaces = new Map<string, Space>();
  return {
    /** Takes the turn of an attempt that starts now. @returns what is in its way, if it must not start. */
    take(appId: string, now: number): Throttle | undefined {
      const space = spaces.get(appId);
      if (space === undefined) return undefined;
      if (now < space.nextAt) return space;
      space.nextAt = now + space.ms;
      return undefined;
    },
    record(outcome: Outcome, appId: string, startedAt: number, endedAt: number) {
      const space = spaces.get(appId);
      if (outcome.kind === 'throttled' && outcome.status === 429) {
        // Attempts that ran at the same time are one sign.
        if (space !== undefined && startedAt < space.changedAt) return;
        const ms = space === undefined ? shortestMs : Math.min(longestMs, 2 * space.ms);
        spaces.set(appId, { ms, nextAt: endedAt + ms, changedAt: endedAt, retryAfterMs: outcome.retryAfterMs });
      } else if (space !== undefined && outcome.status !== undefined) {
        space.ms /= 2;
        if (space.ms < shortestMs) spaces.delete(appId);
      }
    },
  };
}
