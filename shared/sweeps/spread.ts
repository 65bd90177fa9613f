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

/** Delays are whole seconds. */
const roundingMs = 1000;

/**
 * When the pushes of a slice are due if a tick begins it now. A late slice is spread over as much time, but later.
 * @param notBeforeMs when the last push of the slice before is due.
 */
export function spreadOf({ fromMs, toMs }: Slice, nowMs: number, tickMs: number, notBeforeMs = 0): Spread {
  if (fromMs === toMs) return { fromMs, toMs };
  const begunMs = Math.max(fromMs, nowMs + tickMs * lead, notBeforeMs);
  // A delay is at most as long as the time between two ticks can be.
  const lateMs = Math.min(begunMs + (toMs - fromMs) * (1 - lead), nowMs + tickMs);
  return { fromMs: begunMs, toMs: Math.max(toMs, begunMs, lateMs) };
}

/**
 * Whether a tick can begin a slice now without a higher rate: the pushes of the slice before must be due soon. Otherwise
 * a tick that comes twice would catch up on a missed one, at twice the rate.
 */
export function canBegin(notBeforeMs: number, nowMs: number, tickMs: number): boolean {
  return notBeforeMs <= nowMs + Math.max(2 * lead * tickMs, roundingMs);
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
