import { progressKey, reportKey } from '../../shared/sweeps/keys.ts';
import { encodeReport, parseReport, sliceProgress, type SliceProgress } from '../../shared/sweeps/report.ts';
import type { Store, WriteCondition } from '../../shared/sweeps/store.ts';

/** A slice that no other tick works on, as long as the claim holds. */
export type Claim = NonNullable<Awaited<ReturnType<typeof claimSlice>>>;

/** The largest expected difference between the clocks of two instances. */
const maxClockDriftMs = 5000;

/**
 * Claims a slice, so that two ticks at once do no harm: the conditional write of its progress succeeds for one of them.
 * A claim expires at its `until`, so that a killed tick blocks the slice for a limited time.
 * @param fresh the progress to begin with, if no tick has begun the slice.
 * @returns `undefined` if another tick works on the slice, or it is done.
 */
export async function claimSlice(store: Store, fresh: SliceProgress, nowMs: number) {
  const key = progressKey(fresh.plan, fresh.run, fresh.slice);
  const found = await store.readText(key);
  const earlier = parseReport(sliceProgress, found);
  if (earlier !== undefined && Date.parse(earlier.until) + maxClockDriftMs > nowMs) return undefined;
  // The line numbers of another list do not apply: the slice starts over, and some devices get a second push.
  let progress: SliceProgress = {
    ...(earlier?.list.etag === fresh.list.etag ? earlier : fresh),
    owner: fresh.owner,
    until: fresh.until,
    ticks: (earlier?.ticks ?? 0) + 1,
  };
  // `owner` is part of the text, so that no other tick writes the same.
  const condition: WriteCondition = found === undefined ? { IfNoneMatch: '*' } : { IfMatch: found.etag };
  let etag = await store.write(key, encodeReport(progress), condition);
  if (etag === undefined) return undefined;
  const remove = () => store.remove(key);
  // Another tick may have finished the slice after this one had listed the reports: it writes the report before it
  // removes the progress.
  if ((await store.head(reportKey(fresh.plan, fresh.run, fresh.slice))) !== undefined) {
    await remove();
    return undefined;
  }

  /** Records how far the slice is. @returns false if another tick has taken it over. */
  const checkpoint = async (changes: Partial<SliceProgress>) => {
    if (etag === undefined) return false;
    const next = { ...progress, ...changes };
    etag = await store.write(key, encodeReport(next), { IfMatch: etag });
    if (etag === undefined) return false;
    progress = next;
    return true;
  };
  return {
    progress: () => progress,
    checkpoint,
    /** Lets the next tick continue at once. */
    release: () => checkpoint({ until: new Date(0).toISOString() }),
    /** Removes the progress, once there is a report. */
    remove,
  };
}
