import { sqsLimits } from '../aws/limits.ts';
import type { Slice } from './run.ts';

/**
 * The share of the time between two ticks that is reserved for enqueueing a slice. Without it, the last pushes
 * would be enqueued after their due time and raise the rate there.
 */
const lead = 1 / 15;

/** When the pushes of a slice are due: evenly from the first time up to the second, in milliseconds since the epoch. */
export interface Spread {
  readonly fromMs: number;
  readonly toMs: number;
}

/** When the pushes of a slice are due if a tick begins it now. A late slice is spread over as much time, but later. */
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
 * busiest second of an hour with thirty pushes per second would have nearly sixty.
 * @param ordinal the number of earlier pushes of the slice.
 */
export function delaySecondsOf({ fromMs, toMs }: Spread, ordinal: number, nowMs: number): number {
  const dueMs = fromMs + ((ordinal * goldenRatio) % 1) * (toMs - fromMs);
  const seconds = Math.floor((dueMs - nowMs) / 1000);
  return Math.min(sqsLimits.delaySeconds, Math.max(0, seconds));
}
