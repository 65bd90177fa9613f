import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { claimSlice } from '../../../functions/sweep/claim.ts';
import { progressKey, runFolder, summaryKey } from '../../../shared/sweeps/keys.ts';
import type { SliceProgress } from '../../../shared/sweeps/report.ts';
import { emptyTally } from '../../../shared/sweeps/tally.ts';
import { listOf, startSweep, threeOClock, tickMs, tokensOf } from '../../support/sweep.ts';

let sweep: Awaited<ReturnType<typeof startSweep>>;
beforeEach(async () => {
  sweep = await startSweep();
});
afterEach(() => sweep.stop());

const slice = ['nightly', '20260102T030000Z-1a2b3c4d', 0] as const;

/** The progress with which a tick begins the slice. */
function progressOf(owner: string): SliceProgress {
  const [plan, run, index] = slice;
  const at = new Date(threeOClock).toISOString();
  return {
    ...{ plan, run, slice: index, slices: 1, verb: 'NotifyReprovision' },
    ...{ list: { key: 'devices/list.csv', etag: '"1"', bytes: 1 }, dueFrom: at, dueTo: at, startedAt: at },
    ...{ ticks: 1, owner, until: at, throughLine: 0 },
    ...emptyTally(),
  };
}

describe('a slice whose claim has expired', () => {
  const later = threeOClock + tickMs;

  it('goes to one of two ticks that find it at once, so that no device gets a second push', async () => {
    const { store } = sweep;
    await claimSlice(store, progressOf('killed'), threeOClock);
    const overtaken = {
      ...store,
      async readText(key: string) {
        const found = await store.readText(key);
        expect(await claimSlice(store, progressOf('first'), later)).toBeDefined();
        return found;
      },
    };
    expect(await claimSlice(overtaken, progressOf('second'), later)).toBeUndefined();
  });

  it('is not touched again by the tick that lost it, so that no third tick takes it', async () => {
    const { store } = sweep;
    const lost = await claimSlice(store, progressOf('slow'), threeOClock);
    const claim = await claimSlice(store, progressOf('next'), later);
    expect(await lost?.checkpoint({ throughLine: 5 })).toBe(false);
    expect(await lost?.release()).toBe(false);
    expect(await claim?.checkpoint({ throughLine: 7 })).toBe(true);
    expect((await store.readText(progressKey(...slice)))?.text).toContain('"next"');
  });
});

describe('a slice that another tick finishes after this one has listed the reports', () => {
  it('is left as it is, so that no device gets a second push', async () => {
    const { store } = sweep;
    await sweep.putList(listOf(tokensOf(10)));
    await sweep.plan('nightly');
    await sweep.tick();
    const [run = ''] = (await sweep.summaries('nightly')).map((summary) => summary.run);
    await store.remove(summaryKey('nightly', run));
    await sweep.tick({
      store: {
        ...store,
        async list(folder) {
          const listing = await store.list(folder);
          return folder === runFolder('nightly', run) ? { ...listing, objects: [] } : listing;
        },
      },
    });
    expect(sweep.countOnQueue()).toBe(10);
    expect(sweep.log.lines.join('\n')).toContain('"end":"taken"');
    expect((await store.list(runFolder('nightly', run))).objects).toHaveLength(1);
  });
});
