import { describe, expect, it } from 'vitest';
import {
  encodeReport,
  faultsReport,
  parseReport,
  runSummary,
  sliceProgress,
  sliceReport,
} from '../../../shared/sweeps/report.ts';

const run = {
  ...{ plan: 'nightly', run: '20260102T030000Z-1a2b3c4d', verb: 'NotifyReprovision', slices: 8 },
  ...{ dueFrom: '2026-01-02T03:01:00Z', dueTo: '2026-01-02T03:15:00Z', startedAt: '2026-01-02T03:00:00Z' },
  ...{ rows: 3, enqueued: 1, duplicates: 1, filtered: 0, excluded: 0, refused: 1, unchecked: 0 },
  refusedRows: [{ line: 2, reason: 'AppId is empty.' }],
};
const slice = { ...run, slice: 0, list: { key: 'devices/list.csv', etag: '"1"', bytes: 100 }, ticks: 1 };
const finishedAt = '2026-01-02T03:00:09Z';
const examples = {
  progress: { ...slice, owner: 'tick', until: '2026-01-02T03:13:00Z', throughLine: 7 },
  report: { ...slice, finishedAt },
  summary: { ...run, finishedAt },
  faults: { plan: 'nightly', etag: '"1"', at: finishedAt, faults: [{ property: 'window', detail: 'Wrong.' }] },
};
const schemas = { progress: sliceProgress, report: sliceReport, summary: runSummary, faults: faultsReport };
type Kind = keyof typeof schemas;
const kinds = Object.keys(schemas) as Kind[];
const parse = (kind: Kind, text: string) => parseReport(schemas[kind], { text });

describe('a report', () => {
  it.each(kinds)('can be read back: %s', (kind) => {
    const text = encodeReport(examples[kind]);
    expect(text).toMatch(/^\{\n {2}"plan": "nightly",\n/);
    expect(text).toMatch(/\n\}\n$/);
    expect(parse(kind, text)).toEqual(examples[kind]);
  });

  it.each(kinds)('is refused if it lacks a part or has a wrong one: %s', (kind) => {
    const complete: Record<string, unknown> = examples[kind];
    for (const name of Object.keys(complete).filter((key) => !['unchecked', 'excluded'].includes(key))) {
      expect(parse(kind, JSON.stringify({ ...complete, [name]: undefined }))).toBeUndefined();
      expect(parse(kind, JSON.stringify({ ...complete, [name]: [{}] }))).toBeUndefined();
    }
    expect(parse(kind, JSON.stringify({ ...complete, list: { key: 'k' } }))).toEqual(
      'list' in complete ? undefined : complete,
    );
  });

  it('is of one kind: the progress of a slice does not count as its report', () => {
    expect(parse('report', encodeReport(examples.progress))).toBeUndefined();
    expect(parse('progress', encodeReport(examples.report))).toBeUndefined();
    expect(parse('report', encodeReport(examples.summary))).toBeUndefined();
  });

  it('that an earlier version wrote has no unchecked pushes and no excluded rows', () => {
    expect(parse('report', JSON.stringify({ ...examples.report, unchecked: undefined, excluded: undefined }))).toEqual(
      examples.report,
    );
  });

  it('is missing if there is no object or no JSON', () => {
    expect(parseReport(sliceReport, undefined)).toBeUndefined();
    expect(parse('report', '{"plan":')).toBeUndefined();
  });
});
