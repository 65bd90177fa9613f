import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Plan } from '../../../shared/sweeps/plan.ts';
import { nextSlice, placePlan, runsOf, runWithId, sliceCount, sliceOf, tickOf } from '../../../shared/sweeps/run.ts';

const tickMs = 900_000;
const dayMs = 86_400_000;
const noon = Date.parse('2026-01-02T12:00:00Z');
const plan: Plan = {
  devices: { kind: 'list', key: 'd' },
  verb: 'NotifyReprovision',
  parameters: [],
  windowMs: 3_600_000,
};
const placed = (properties: Partial<Plan> = {}, placedMs = noon, ms = tickMs) =>
  placePlan({ ...plan, ...properties }, '{}', placedMs, ms);

/** The folder of a plan after these runs have begun and ended. */
const folderOf = ({ begun = [], ended = [] }: { begun?: readonly string[]; ended?: readonly string[] }) => ({
  folders: [...begun, ...ended].map((id) => `plans/nightly/${id}/`),
  objects: [...ended.map((id) => `plans/nightly/${id}.json`), 'plans/nightly/faults.json'].map((key) => ({
    key,
    etag: '',
    bytes: 0,
    placedMs: 0,
  })),
});
const nothing = folderOf({});
const idAt = (ms: number) => `${new Date(ms).toISOString().replace(/[-:]|\.000/g, '')}-ea7ab212`;

describe('the runs of a plan', () => {
  const dueOf = (startMs: number | undefined, placedMs: number, nowMs: number) =>
    runsOf(placed(startMs === undefined ? {} : { startMs }, placedMs), nothing, nowMs, tickMs).due.map(
      (run) => run.startMs,
    );

  it('begin with the first tick after the plan was placed, or at its start', () => {
    expect(dueOf(undefined, noon - 1000, noon + 5000)).toEqual([noon]);
    expect(dueOf(undefined, noon + 1000, noon + 5000)).toEqual([]);
    expect(dueOf(noon + 420_000, noon - 1000, noon + 5000)).toEqual([noon + 420_000]);
    expect(dueOf(noon + tickMs, noon - 1000, noon + 5000)).toEqual([]);
    expect(dueOf(noon + tickMs - 1, noon - 1000, noon)).toEqual([noon + tickMs - 1]);
  });

  it('are due until they have ended, the earliest first', () => {
    const daily = placed({ startMs: noon, everyMs: dayMs });
    const days = [0, 1, 2].map((day) => idAt(noon + day * dayMs));
    const [first = '', second = '', third = ''] = days;
    const nowMs = noon + 2 * dayMs + 5000;
    const idsOf = (folder: Parameters<typeof folderOf>[0]) => {
      const { due, last, next } = runsOf(daily, folderOf(folder), nowMs, tickMs);
      return { due: due.map(({ id }) => id), last: last?.id, next: next?.id };
    };
    expect(idsOf({ begun: [second, first] })).toEqual({ due: [first, second, third], last: second, next: third });
    expect(idsOf({ begun: [third], ended: [first] })).toEqual({
      due: [third],
      last: third,
      next: idAt(noon + 3 * dayMs),
    });
    expect(idsOf({ ended: days })).toEqual({ due: [], last: third, next: idAt(noon + 3 * dayMs) });
  });

  it('leave out repetitions that no tick has begun', () => {
    const daily = placed({ startMs: noon, everyMs: dayMs });
    const { due, next } = runsOf(daily, folderOf({ ended: [idAt(noon)] }), noon + 5 * dayMs - tickMs, tickMs);
    expect(due.map(({ startMs }) => startMs)).toEqual([noon + 4 * dayMs]);
    expect(next).toEqual(due[0]);
    expect(runsOf(daily, nothing, noon + 5 * dayMs - 1, tickMs).due[0]?.startMs).toBe(noon + 5 * dayMs);
  });

  it('are one for a plan that is not repeated', () => {
    const { due, last, next } = runsOf(placed({ startMs: noon }), folderOf({ ended: [idAt(noon)] }), noon, tickMs);
    expect({ due, last: last?.startMs, next }).toEqual({ due: [], last: noon, next: undefined });
  });

  it('do not include those of a plan that was replaced', () => {
    const folder = folderOf({ begun: ['20260102T120000Z-99999999'], ended: ['20260101T120000Z-88888888'] });
    const { due, last } = runsOf(placed({ startMs: noon }), folder, noon, tickMs);
    expect({ due: due.map(({ id }) => id), last }).toEqual({ due: [idAt(noon)], last: undefined });
  });

  it('are others when the plan or the ticks change', () => {
    const digestOf = (text: string, ms: number) => placePlan(plan, text, noon, ms).digest;
    expect(digestOf('{}', tickMs)).toMatch(/^[\da-f]{8}$/);
    expect(digestOf('{}', tickMs)).not.toBe(digestOf('{ }', tickMs));
    expect(digestOf('{}', tickMs)).not.toBe(digestOf('{}', tickMs / 3));
  });

  it.each<[plan: string, properties: Partial<Plan>, fromMs: number, toMs: number]>([
    ['with a start', { startMs: noon + 420_000 }, tickMs, tickMs / 3],
    ['without a start', {}, tickMs, tickMs / 15],
    ['without a start', {}, tickMs / 15, tickMs],
    ['that is repeated', { everyMs: dayMs }, tickMs, tickMs / 3],
    ['that is repeated', { startMs: noon + 420_000, everyMs: dayMs }, tickMs / 3, tickMs],
  ])('of a plan %s do not begin again when the time between two ticks changes', (_plan, properties, fromMs, toMs) => {
    const [before, after] = [fromMs, toMs].map((ms) => placed(properties, noon + 65_000, ms));
    if (before === undefined || after === undefined) throw new Error('not placed');
    const nowMs = noon + 2 * tickMs;
    const [run] = runsOf(before, nothing, nowMs, fromMs).due;
    const { due, last, next } = runsOf(after, folderOf({ ended: [run?.id ?? ''] }), nowMs, toMs);
    expect({ due, last }).toEqual({ due: [], last: run });
    expect(next?.startMs).toBe(properties.everyMs && after.firstMs + dayMs);
    // A run that was open when the time was changed, and ended as another one, is not continued if it changes back.
    const folder = folderOf({ begun: [runsOf(after, nothing, nowMs, toMs).due[0]?.id ?? ''], ended: [run?.id ?? ''] });
    expect(runsOf(after, folder, nowMs, toMs)).toMatchObject({ due: [], last: run });
  });
});

describe('a run', () => {
  it('has an id that contains its start and the digest of its plan', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 4_000_000_000_000 }), (startMs) => {
        const [run] = runsOf(placed({ startMs }), nothing, startMs, tickMs).due;
        expect(run?.startMs).toBe(startMs);
        expect(run && runWithId(run.id, placed({ startMs }))).toEqual(run);
        expect(run && runWithId(run.id, { ...placed({ startMs }), digest: '99999999' })).toBeUndefined();
      }),
    );
    const idOf = (startMs: number) => runsOf(placed({ startMs }), nothing, startMs, tickMs).due[0]?.id;
    expect(idOf(noon)).toBe('20260102T120000Z-ea7ab212');
    expect(idOf(noon + 7)).toBe('20260102T120000_007Z-ea7ab212');
    for (const id of ['faults', '', '20260102T120000Z', '20269902T120000Z-ea7ab212', '2 Feb 2026-ea7ab212']) {
      expect(runWithId(id, placed())).toBeUndefined();
    }
  });

  it('is cut into slices without gaps and overlaps', () => {
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

  it('ends with its last position, also if the window is a fraction of a millisecond', () => {
    for (const windowMs of [1000 / 3, 0.7, 3_600_000 / 1440 / 7]) {
      const run = { id: 'r', startMs: noon + 0.1, windowMs };
      expect(sliceOf(run, sliceCount(run, 625) - 1, 625).to).toBe(1);
    }
  });

  it('without a window is one slice', () => {
    const run = { id: 'r', startMs: noon, windowMs: 0 };
    expect(sliceCount(run, tickMs)).toBe(1);
    expect(sliceOf(run, 0, tickMs)).toEqual({ index: 0, from: 0, to: 1, fromMs: noon, toMs: noon });
  });

  it('is worked on slice by slice, none before it is due', () => {
    const run = { id: 'r', startMs: noon, windowMs: 3_600_000 };
    const next = (reported: number[], nowMs: number) => nextSlice(run, new Set(reported), nowMs, tickMs)?.index;
    expect(next([], noon)).toBe(0);
    expect(next([0], noon)).toBeUndefined();
    expect(next([0], noon + tickMs)).toBe(1);
    expect(next([1], noon + 3 * tickMs)).toBe(0);
    expect(next([0, 1, 2, 3], noon + 9 * tickMs)).toBeUndefined();
  });

  it('accepts a tick whose clock is a little early', () => {
    expect(tickOf(noon - 2000, tickMs)).toBe(noon);
    expect(tickOf(noon + 2000, tickMs)).toBe(noon);
    expect(tickOf(noon - 60_000, tickMs)).toBe(noon - tickMs);
  });
});
