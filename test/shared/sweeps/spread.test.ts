import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { canBegin, delaySecondsOf, spreadOf } from '../../../shared/sweeps/spread.ts';

const tickMs = 900_000;
const noon = Date.parse('2026-01-02T12:00:00Z');
const slice = { index: 0, from: 0, to: 1, fromMs: noon, toMs: noon + tickMs };

/** The number of pushes that are due in each second, if they are enqueued at a rate. */
function perSecond(pushes: number, nowMs: number, sentASecond: number): Map<number, number> {
  const spread = spreadOf(slice, nowMs, tickMs);
  const seconds = new Map<number, number>();
  for (let ordinal = 0; ordinal < pushes; ordinal += 1) {
    const at = nowMs + (ordinal / sentASecond) * 1000;
    const second = Math.floor(at / 1000 + delaySecondsOf(spread, ordinal, at));
    seconds.set(second, (seconds.get(second) ?? 0) + 1);
  }
  return seconds;
}

describe('the spread of a slice', () => {
  it.each([
    [9000, 2000],
    [30_000, 1500],
    [120_000, 4000],
    [250_000, 6000],
  ])('gives the busiest second of %i pushes, sent %i a second, at most 1.5 times the mean', (pushes, sentASecond) => {
    const seconds = perSecond(pushes, noon + 3000, sentASecond);
    const mean = pushes / (tickMs / 1000);
    expect(Math.max(...seconds.values())).toBeLessThanOrEqual(1.5 * mean);
  });

  it('begins when the last push is on the queue, and ends within the slice', () => {
    const times = [...perSecond(120_000, noon + 3000, 4000).keys()];
    expect(Math.min(...times)).toBeGreaterThanOrEqual((noon + 3000) / 1000 + 30);
    expect(Math.max(...times)).toBeLessThanOrEqual((noon + tickMs) / 1000 + 5);
  });

  it('is even for any number of pushes, with no gap of more than twice the mean', () => {
    const spread = { fromMs: noon, toMs: noon + tickMs };
    for (let pushes = 1; pushes <= 300; pushes += 1) {
      const ordinals = Array.from({ length: pushes }, (_, ordinal) => ordinal);
      const delays = ordinals.map((ordinal) => delaySecondsOf(spread, ordinal, noon)).sort((a, b) => a - b);
      const gaps = delays.map((delay, index) => (delays[index + 1] ?? 900) - delay);
      expect(Math.max(...gaps)).toBeLessThanOrEqual((1.9 * 900) / pushes + 1);
    }
  });

  it('takes as long for a late slice', () => {
    const { fromMs, toMs } = spreadOf(slice, noon + 5 * tickMs, tickMs);
    expect(fromMs).toBeGreaterThan(noon + 5 * tickMs);
    expect(toMs - fromMs).toBeGreaterThanOrEqual(tickMs * 0.9);
  });

  it('begins after the last push of the slice before, and ends before SQS would delay its last push for too long', () => {
    const notBeforeMs = noon + 1.5 * 60_000;
    expect(spreadOf(slice, noon, tickMs, notBeforeMs)).toEqual({ fromMs: notBeforeMs, toMs: noon + tickMs });
    const late = noon + tickMs;
    expect(spreadOf(slice, late, tickMs, late + 60_000)).toEqual(spreadOf(slice, late, tickMs));
  });

  it('waits for another tick while many pushes of the slice before are due', () => {
    expect(canBegin(0, noon, tickMs)).toBe(true);
    expect(canBegin(noon + 2 * 60_000, noon, tickMs)).toBe(true);
    expect(canBegin(noon + 2 * 60_000 + 1, noon, tickMs)).toBe(false);
  });

  it('does not wait for less than a second, which is as exact as delays are', () => {
    expect(canBegin(noon + 1000, noon, 625)).toBe(true);
    const { fromMs, toMs } = spreadOf({ ...slice, toMs: noon + 625 }, noon, 625, noon + 1000);
    expect([fromMs, toMs]).toEqual([noon + 1000, noon + 1000]);
  });

  it('has only delays that SQS accepts', () => {
    fc.assert(
      fc.property(fc.nat(1_000_000), fc.integer({ min: -tickMs, max: 3 * tickMs }), (ordinal, lateMs) => {
        const nowMs = noon + lateMs;
        const delay = delaySecondsOf(spreadOf(slice, nowMs, tickMs), ordinal, nowMs);
        expect(Number.isInteger(delay) && delay >= 0 && delay <= 900).toBe(true);
      }),
    );
  });

  it('is none without a window', () => {
    const spread = spreadOf({ ...slice, toMs: noon }, noon, tickMs);
    expect(delaySecondsOf(spread, 17, noon)).toBe(0);
  });
});
