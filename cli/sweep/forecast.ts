import { sliceCount, sliceOf, type Run } from '../../shared/sweeps/run.ts';
import { spreadOf } from '../../shared/sweeps/spread.ts';

/** When the pushes of a run are due: from the first to the last of them. Milliseconds since the epoch. */
export interface Forecast {
  readonly beginsMs: number;
  readonly endsMs: number;
}

/**
 * When a run begins and ends that has done so many of its slices, if no tick is missed from here on.
 * A run that is late goes on with one slice at each tick, and ends so much later.
 */
export function forecastRun(run: Run, slicesDone: number, nowMs: number, tickMs: number): Forecast {
  const nextTickMs = Math.ceil(nowMs / tickMs) * tickMs;
  const last = sliceCount(run, tickMs) - 1;
  const spreadAt = (index: number) => {
    const slice = sliceOf(run, index, tickMs);
    const ownTickMs = Math.floor(slice.fromMs / tickMs) * tickMs;
    const lateTickMs = nextTickMs + Math.max(0, index - slicesDone) * tickMs;
    const workedOnMs = Math.max(ownTickMs, lateTickMs);
    // Due at once means: not before the tick that finds it.
    const { fromMs, toMs } = spreadOf(slice, workedOnMs, tickMs);
    return fromMs === toMs
      ? { fromMs: Math.max(fromMs, lateTickMs), toMs: Math.max(toMs, lateTickMs) }
      : { fromMs, toMs };
  };
  return { beginsMs: spreadAt(Math.min(slicesDone, last)).fromMs, endsMs: spreadAt(last).toMs };
}
