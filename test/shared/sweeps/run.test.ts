import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Plan } from '../../../shared/sweeps/plan.ts';
import { latestRun, nextSlice, runWithId, sliceCount, sliceOf, tickOf } from '../../../shared/sweeps/run.ts';

const tickMs = 900_000;
const plan: Plan = { devices: 'd', verb: 'NotifyReprovision', parameters: [], windowMs: 3_600_000 };
const noon = Date.parse('2026-01-02T12:00:00Z');
const placed = { atMs: noon, digest: '1a2b3c4d' };

describe('a run', () => {
  it('begins with the first tick that finds its plan, or at its start', () => {
    const start = (startMs: number | undefined, atMs: number, nowMs: number) =>
      latestRun({ ...plan, ...(startMs !== undefined && { startMs }) }, { ...placed, atMs }, nowMs, tickMs)?.startMs;
    expect(start(undefined, noon - 1000, noon + 5000)).toBe(noon);
    expect(start(undefined, noon + 1000, noon + 5000)).toBeUndefined();
    expect(start(noon + 420_000, noon - 1000, noon + 5000)).toBe(noon + 420_000);
    expect(start(noon + tickMs, noon - 1000, noon + 5000)).toBeUndefined();
  });

  it('has an id that says when it began, and of which plan it is', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 4_000_000_000_000 }), (startMs) => {
        const run = latestRun({ ...plan, startMs }, placed, startMs, tickMs);
        expect(run && runWithId(run.id, plan, placed.digest)).toEqual(run);
        expect(run && runWithId(run.id, plan, '99999999')).toBeUndefined();
      }),
    );
    expect(latestRun({ ...plan, startMs: noon }, placed, noon, tickMs)?.id).toBe('20260102T120000Z-1a2b3c4d');
    for (const id of ['faults', '', '20260102T120000Z', '20269902T120000Z-1a2b3c4d']) {
      expect(runWithId(id, plan, placed.digest)).toBeUndefined();
    }
  });

  it('is cut into slices that leave nothing out and do not overlap', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 0, max: 2_000_000_000_000 }),
        fc.integer({ min: 1, max: 3 * 86_400_000 }),
        fc.constantFrom(60_000, 300_000, 900_000, 625),
        (startMs, windowMs, tick) => {
          const run = { id: 'r', startMs, windowMs: Math.min(windowMs, tick * 300) };
          const slices = Array.from({ length: sliceCount(run, tick) }, (_, index) => sliceOf(run, index, tick));
          expect(slices[0]).toMatchObject({ from: 0, fromMs: startMs });
          expect(slices.at(-1)).toMatchObject({ to: 1, toMs: startMs + run.windowMs });
          for (const [index, slice] of slices.entries()) {
            expect(slice.toMs).toBeGreaterThan(slice.fromMs);
            expect(slice.toMs - slice.fromMs).toBeLessThanOrEqual(tick);
            const next = slices[index + 1];
            if (next === undefined) continue;
            expect(next.from).toBe(slice.to);
            expect(next.fromMs).toBe(slice.toMs);
            expect(next.fromMs % tick).toBe(0);
          }
        },
      ),
    );
  });

  it('that is at once is one slice', () => {
    const run = { id: 'r', startMs: noon, windowMs: 0 };
    expect(sliceCount(run, tickMs)).toBe(1);
    expect(sliceOf(run, 0, tickMs)).toEqual({ index: 0, from: 0, to: 1, fromMs: noon, toMs: noon });
  });

  it('is worked on in order, each slice not before its time', () => {
    const run = { id: 'r', startMs: noon, windowMs: 3_600_000 };
    const next = (reported: number[], nowMs: number) => nextSlice(run, new Set(reported), nowMs, tickMs)?.index;
    expect(next([], noon)).toBe(0);
    expect(next([0], noon)).toBeUndefined();
    expect(next([0], noon + tickMs)).toBe(1);
    expect(next([1], noon + 3 * tickMs)).toBe(0);
    expect(next([0, 1, 2, 3], noon + 9 * tickMs)).toBeUndefined();
  });

  it('takes a tick whose clock is a little early for the one that it is', () => {
    expect(tickOf(noon - 2000, tickMs)).toBe(noon);
    expect(tickOf(noon + 2000, tickMs)).toBe(noon);
    expect(tickOf(noon - 60_000, tickMs)).toBe(noon - tickMs);
  });
});
