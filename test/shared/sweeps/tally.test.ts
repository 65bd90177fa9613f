import { describe, expect, it } from 'vitest';
import { addTallies, countsOf, emptyTally, tallyOf } from '../../../shared/sweeps/tally.ts';

const refusedRows = (...lines: number[]) => lines.map((line) => ({ line, reason: `line ${String(line)}` }));
const counts = { rows: 16, enqueued: 1, duplicates: 2, filtered: 3, excluded: 6, refused: 4, unchecked: 5 };

describe('tallies', () => {
  it('are added up, with their refused rows in the order of their lines', () => {
    expect(addTallies([])).toEqual(emptyTally());
    const sum = addTallies([
      { ...counts, refusedRows: refusedRows(3, 9) },
      { ...counts, refusedRows: refusedRows(2, 30) },
    ]);
    expect(sum).toEqual({
      ...{ rows: 32, enqueued: 2, duplicates: 4, filtered: 6, excluded: 12, refused: 8, unchecked: 10 },
      refusedRows: refusedRows(2, 3, 9, 30),
    });
  });

  it('list a hundred refused rows at most', () => {
    const lines = Array.from({ length: 80 }, (_, index) => index);
    const parts = [lines, lines.map((line) => line + 1000)].map((of) => ({
      ...counts,
      refusedRows: refusedRows(...of),
    }));
    expect(addTallies(parts).refusedRows).toEqual(
      refusedRows(...lines, ...lines.slice(0, 20).map((line) => line + 1000)),
    );
  });

  it('can be taken out of a larger object', () => {
    const report = { ...counts, plan: 'nightly', refusedRows: refusedRows(2) };
    expect(countsOf(report)).toEqual(counts);
    expect(tallyOf(report)).toEqual({ ...counts, refusedRows: refusedRows(2) });
  });
});
