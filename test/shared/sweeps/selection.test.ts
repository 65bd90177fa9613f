import { describe, expect, it } from 'vitest';
import type { Plan } from '../../../shared/sweeps/plan.ts';
import { createSelection, type SelectionOptions } from '../../../shared/sweeps/selection.ts';
import { fingerprintOf, positionOf } from '../../../shared/sweeps/fingerprint.ts';
import { identityOf } from '../../../shared/sweeps/list/device.ts';
import { emptyTally } from '../../../shared/sweeps/tally.ts';
import type { Row } from '../../../shared/sweeps/list/rows.ts';

const plan: Plan = {
  devices: { kind: 'list', key: 'd' },
  verb: 'NotifyReprovision',
  parameters: [],
  windowMs: 0,
  appIds: new Set(['app']),
};
const selectionWith = (options: Partial<SelectionOptions> = {}) =>
  createSelection({
    ...{ plan, rules: { extraVerbs: [], selectorRequired: true }, from: 0, to: 1, throughLine: 0 },
    ...{ tally: emptyTally(), maxRememberedDevices: 1000, now: () => 0 },
    ...options,
  });

const deviceOf = (deviceToken: string, appId = 'app') => ({ appId, deviceToken, selector: '', lastSeen: '' });
const row = (line: number, deviceToken: string, appId?: string): Row => ({
  line,
  device: deviceOf(deviceToken, appId),
});
const rowsOf = (...rows: Row[]) => ({ rows, throughLine: rows.at(-1)?.line ?? 0 });
const tokens = (pushes: readonly { readonly deviceToken: string }[]) => pushes.map(({ deviceToken }) => deviceToken);

describe('the selection of the pushes of a list', () => {
  it('counts each row as what became of it', () => {
    const selection = selectionWith();
    const rows = rowsOf(
      ...[row(2, 'a'), row(3, 'b'), row(4, 'a'), row(5, 'c', 'other'), row(6, ''), { line: 8, fault: 'Broken.' }],
    );
    expect(tokens(selection.select(rows))).toEqual(['a', 'b']);
    expect(selection.throughLine()).toBe(8);
    expect(selection.tally()).toEqual({
      ...{ rows: 6, enqueued: 2, duplicates: 1, filtered: 1, excluded: 0, refused: 2, unchecked: 0 },
      refusedRows: [
        { line: 6, reason: 'DeviceToken is empty.' },
        { line: 8, reason: 'Broken.' },
      ],
    });
    expect(tokens(selection.select(rowsOf(row(9, 'b'), row(10, 'd'))))).toEqual(['d']);
    expect(selection.tally()).toMatchObject({ rows: 8, enqueued: 3, duplicates: 2 });
  });

  it('divides the rows among the slices, so that each row is in exactly one', () => {
    const rows = rowsOf(
      ...Array.from({ length: 300 }, (_, index) =>
        index % 10 === 0 ? { line: index + 2, fault: 'Broken.' } : row(index + 2, `token-${String(index)}`),
      ),
    );
    const slices = [0, 0.25, 0.5, 0.75].map((from) => selectionWith({ from, to: from + 0.25 }));
    const selected = slices.flatMap((slice) => tokens(slice.select(rows)));
    expect(selected.sort()).toEqual(tokens(selectionWith().select(rows)).sort());
    const refused = slices.flatMap((slice) => slice.tally().refusedRows.map(({ line }) => line));
    expect(refused.sort((a, b) => a - b)).toEqual(Array.from({ length: 30 }, (_, index) => index * 10 + 2));
    for (const slice of slices) expect(slice.tally().rows).toBeGreaterThan(40);
  });

  it('gives a device at the border of two slices to the later one', () => {
    const border = positionOf(fingerprintOf(identityOf(deviceOf('a'), plan.verb)));
    expect(selectionWith({ to: border }).select(rowsOf(row(2, 'a')))).toHaveLength(0);
    expect(selectionWith({ from: border }).select(rowsOf(row(2, 'a')))).toHaveLength(1);
  });

  it('only remembers the rows that an interrupted tick has enqueued or counted', () => {
    const tally = { ...emptyTally(), rows: 3, enqueued: 2, refused: 1, refusedRows: [{ line: 4, reason: 'Broken.' }] };
    const selection = selectionWith({ throughLine: 4, tally });
    const again = rowsOf(row(2, 'a'), row(3, 'b'), { line: 4, fault: 'Broken.' });
    expect(selection.select({ ...again, throughLine: 3 })).toEqual([]);
    expect(selection.throughLine()).toBe(4);
    expect(selection.tally()).toEqual(tally);
    expect(tokens(selection.select(rowsOf(row(5, 'b'), row(6, 'c'))))).toEqual(['c']);
    expect(selection.tally()).toEqual({ ...tally, rows: 5, enqueued: 3, duplicates: 1 });
  });

  it('sends a push to a device whose first row is filtered, as it was not seen for too long', () => {
    const seen = { ...plan, seenWithinMs: 1000 };
    const selection = selectionWith({ plan: seen, now: () => Date.parse('2026-01-02T00:00:01Z') });
    const old = { line: 2, device: { ...deviceOf('a'), lastSeen: '2026-01-01' } };
    const recent = { line: 3, device: { ...deviceOf('a'), lastSeen: '2026-01-02' } };
    expect(tokens(selection.select(rowsOf(old, recent)))).toEqual(['a']);
    expect(selection.tally()).toMatchObject({ filtered: 1, enqueued: 1, duplicates: 0 });
  });

  it('selects devices beyond those that it remembers unchecked', () => {
    const selection = selectionWith({ maxRememberedDevices: 2 });
    const rows = rowsOf(row(2, 'a'), row(3, 'b'), row(4, 'c'), row(5, 'a'), row(6, 'c'));
    expect(tokens(selection.select(rows))).toEqual(['a', 'b', 'c', 'c']);
    expect(selection.tally()).toMatchObject({ rows: 5, enqueued: 4, duplicates: 1, unchecked: 2 });
  });

  it('lists a hundred refused rows and counts the others', () => {
    const selection = selectionWith();
    const rows = Array.from({ length: 130 }, (_, index): Row => ({ line: index + 2, fault: 'Broken.' }));
    selection.select(rowsOf(...rows));
    expect(selection.tally().refused).toBe(130);
    expect(selection.tally().refusedRows.map(({ line }) => line)).toEqual(Array.from({ length: 100 }, (_, i) => i + 2));
  });

  it('returns a tally that does not change afterwards', () => {
    const begun = emptyTally();
    const selection = selectionWith({ tally: begun });
    const before = selection.tally();
    selection.select(rowsOf(row(2, 'a'), { line: 3, fault: 'Broken.' }));
    expect([before, begun]).toEqual([emptyTally(), emptyTally()]);
  });
});
