import { sqsLimits } from '../aws/limits.ts';
import type { Slice } from './run.ts';

/**
 * The share of the time between two ticks that is left for enqueueing a slice. If pushes were due while others of
 * the slice are still being enqueued, the last ones would come on top of them.
 */
const lead = 1 / 15;

/** When the pushes of a slice are due: evenly from the first time up to the second, in milliseconds since the epoch. */
export interface Spread {
  readonly fromMs: number;
  readonly toMs: number;
}

/** When a slice is due that a tick begins now: in its own time, or, if it is late, as soon as possible and as long. */
export function spreadOf({ fromMs, toMs }: Slice, nowMs: number, tickMs: number): Spread {
  if (fromMs === toMs) return { fromMs, toMs };
  const begunMs = Math.max(fromMs, nowMs + tickMs * lead);
  return { fromMs: begunMs, toMs: Math.max(toMs, begunMs + (toMs - fromMs) * (1 - lead)) };
}

/**
 * Multiples of this number, modulo 1, are evenly distributed, however many there are:
 * https://mathworld.wolfram.com/EquidistributedSequence.html
 */
const goldenRatio = (Math.sqrt(5) - 1) / 2;

/**
 * The delay of a push of a slice, in whole seconds. It depends on the ordinal and not on chance: with random delays the
 * busiest second of an hour of thirty pushes a second would have nearly twice as many.
 * @param ordinal the number of earlier pushes of the slice.
 */
export function delaySecondsOf({ fromMs, toMs }: Spread, ordinal: number, nowMs: number): number {
  const dueMs = fromMs + ((ordinal * goldenRatio) % 1) * (toMs - fromMs);
  const seconds = Math.floor((dueMs - nowMs) / 1000);
  return Math.min(sqsLimits.delaySeconds, Math.max(0, seconds));
}
