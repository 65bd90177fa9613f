import { describe, expect, it } from 'vitest';
import { addOutcomeCounts, outcomeCounts, outcomesRecord } from '../../../shared/sweeps/outcome-counts.ts';
import { encodeReport, parseReport } from '../../../shared/sweeps/report.ts';

const counts = { plan: 'nightly', run: 'run', delivered: 3, givenUp: { expired: 1, unregistered: 2 } };

describe('outcome counts', () => {
  it('are added by reason', () => {
    expect(addOutcomeCounts([])).toEqual({ delivered: 0, givenUp: {} });
    const other = { ...counts, delivered: 4, givenUp: { unregistered: 5, rejected: 6 } };
    expect(addOutcomeCounts([counts, other])).toEqual({
      delivered: 7,
      givenUp: { expired: 1, unregistered: 7, rejected: 6 },
    });
  });

  it('are read with reasons that only a newer version knows', () => {
    const newer = { ...counts, givenUp: { withdrawn: 1 } };
    expect(parseReport(outcomeCounts, { text: JSON.stringify(newer) })).toEqual(newer);
  });

  it('are not read if one of them is missing or not a number', () => {
    for (const name of Object.keys(counts)) {
      expect(parseReport(outcomeCounts, { text: JSON.stringify({ ...counts, [name]: undefined }) })).toBeUndefined();
    }
    const givenUp = { unregistered: '2' };
    expect(parseReport(outcomeCounts, { text: JSON.stringify({ ...counts, givenUp }) })).toBeUndefined();
  });
});

describe('the record of the outcomes of a run', () => {
  it('says who counted last, and when', () => {
    const record = { ...counts, owner: 'tick', countedAt: '2026-01-02T03:15:00.000Z' };
    expect(parseReport(outcomesRecord, { text: encodeReport(record) })).toEqual(record);
    for (const name of ['owner', 'countedAt']) {
      expect(parseReport(outcomesRecord, { text: JSON.stringify({ ...record, [name]: undefined }) })).toBeUndefined();
    }
  });
});
