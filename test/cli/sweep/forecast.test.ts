import { describe, expect, it } from 'vitest';
import { forecastRun } from '../../../shared/sweeps/plan-state.ts';
import type { Run } from '../../../shared/sweeps/run.ts';
import { minuteMs, threeOClock } from '../../support/sweep.ts';

const tickMs = 15 * minuteMs;
const run = (windowMinutes: number, startMinutes = 0): Run => ({
  id: 'run',
  startMs: threeOClock + startMinutes * minuteMs,
  windowMs: windowMinutes * minuteMs,
});

/** Minutes since three o'clock, of a forecast made at a minute. */
const forecast = (of: Run, slicesDone: number, atMinute: number) => {
  const { beginsMs, endsMs } = forecastRun(of, slicesDone, threeOClock + atMinute * minuteMs, tickMs);
  return [beginsMs, endsMs].map((ms) => (ms - threeOClock) / minuteMs);
};

describe('the forecast of a run', () => {
  it('is its window if it has not begun', () => {
    // The first minute of a tick is left for enqueueing.
    expect(forecast(run(120), 0, -60)).toEqual([1, 120]);
    // The last slice has seven minutes, of which a fifteenth is left for enqueueing as well.
    expect(forecast(run(60, 7), 0, -60)).toEqual([7, 61 + (7 * 14) / 15]);
    expect(forecast(run(120), 3, 31)).toEqual([46, 120]);
  });

  it('is the start of a run without a window, or the next tick if the start has passed', () => {
    expect(forecast(run(0, 7), 0, -60)).toEqual([7, 7]);
    expect(forecast(run(0, 7), 0, 20)).toEqual([30, 30]);
  });

  it('is later by the ticks that were missed', () => {
    expect(forecast(run(60), 0, 60)).toEqual([61, 120]);
    expect(forecast(run(60), 2, 50)).toEqual([61, 90]);
    expect(forecast(run(60), 4, 70)).toEqual(forecast(run(60), 3, 70));
  });
});
