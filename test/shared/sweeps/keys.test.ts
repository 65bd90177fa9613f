import { describe, expect, it } from 'vitest';
import {
  faultsKey,
  isOutcomesKey,
  outcomesKey,
  planKey,
  planNameOf,
  progressKey,
  reportKey,
  runFolder,
  runIdOf,
  sliceOfReport,
  summaryKey,
} from '../../../shared/sweeps/keys.ts';

const runId = '20260102T030000Z-1a2b3c4d';

describe('the keys of the bucket', () => {
  it('stay the same, so that a run in progress survives a deployment', () => {
    expect([
      planKey('nightly'),
      faultsKey('nightly'),
      summaryKey('nightly', runId),
      progressKey('nightly', runId, 7),
      reportKey('nightly', runId, 7),
      outcomesKey('nightly', runId),
    ]).toEqual([
      'plans/nightly.json',
      'plans/nightly/faults.json',
      `plans/nightly/${runId}.json`,
      `plans/nightly/${runId}/00007.progress.json`,
      `plans/nightly/${runId}/00007.json`,
      `plans/nightly/${runId}.outcomes.json`,
    ]);
  });

  it('do not take the outcomes of a run for the run, which they would begin or end', () => {
    const key = outcomesKey('nightly', runId);
    expect([runIdOf(key), sliceOfReport(key), isOutcomesKey(key)]).toEqual([undefined, undefined, true]);
    expect([summaryKey, runFolder].map((keyOf) => isOutcomesKey(keyOf('nightly', runId)))).toEqual([false, false]);
  });

  it.each([
    ['plans/nightly.json', 'nightly'],
    ['plans/a.b.json', 'a.b'],
    ['plans/.json', undefined],
    ['plans/nightly.txt', undefined],
    ['plans/nightly/faults.json', undefined],
    ['other/nightly.json', undefined],
    ['plans/', undefined],
  ])('name the plan at %s', (key, name) => {
    expect(planNameOf(key)).toBe(name);
  });

  it.each([
    [summaryKey('nightly', runId), runId],
    [runFolder('nightly', runId), runId],
    [runFolder('nightly', '20260102T030000_007Z-1a2b3c4d'), '20260102T030000_007Z-1a2b3c4d'],
    ['plans/nightly/faults.json', undefined],
    [`plans/${runId}.json.txt`, undefined],
    [`plans/nightly/x${runId}.json`, undefined],
  ])('name the run at %s', (key, id) => {
    expect(runIdOf(key)).toBe(id);
  });

  it.each([
    [reportKey('nightly', runId, 7), 7],
    [reportKey('nightly', runId, 12_345), 12_345],
    ['plans/nightly/run/00007.progress.json', undefined],
    ['plans/nightly/run/00007.json.txt', undefined],
    ['plans/nightly/run/7.json', undefined],
  ])('name the slice whose report is at %s', (key, slice) => {
    expect(sliceOfReport(key)).toBe(slice);
  });
});
