import { sqsLimits } from '../../shared/aws/limits.ts';
import type { Slice } from '../../shared/sweeps/run.ts';

/**
 * The part of the time between two ticks that is left for putting a slice on its queue. A push can't be due while others
 * of its slice are still being sent, or the last of them would come on top of it.
 */
const lead = 1 / 15;

/** When the pushes of a slice are due, spread evenly from the first time up to the second. */
export interface Spread {
  readonly fromMs: number;
  readonly toMs: number;
}

/**
 * When a slice that is begun now is due: in its own time where that is still to come, and as soon as it can be where
 * it is late, over as long a time.
 */
export function spreadOf({ fromMs, toMs }: Slice, nowMs: number, tickMs: number): Spread {
  if (fromMs === toMs) return { fromMs, toMs };
  const leadMs = tickMs * lead;
  const begunMs = Math.max(fromMs, nowMs + leadMs);
  return { fromMs: begunMs, toMs: Math.max(toMs, begunMs + (toMs - fromMs) * (1 - lead)) };
}

/** The multiples of this lie, however many they are, as evenly as can be: https://mathworld.wolfram.com/EquidistributedSequence.html */
const goldenRatio = (Math.sqrt(5) - 1) / 2;

/**
 * The delay for a push of a slice, in whole seconds. By the count of the pushes and not by chance: chance would give
 * the busiest second of an hour of thirty pushes a second nearly twice as many.
 * @param ordinal how many pushes of the slice went before it.
 */
export function delaySecondsOf({ fromMs, toMs }: Spread, ordinal: number, nowMs: number): number {
  const dueMs = fromMs + ((ordinal * goldenRatio) % 1) * (toMs - fromMs);
  const seconds = Math.floor((dueMs - nowMs) / 1000);
  return Math.min(sqsLimits.delaySeconds, Math.max(0, seconds));
}
