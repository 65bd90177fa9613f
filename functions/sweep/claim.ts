import { encodeReport, parseReport, sliceProgress, type SliceProgress } from '../../shared/sweeps/report.ts';
import type { Store, WriteCondition } from '../../shared/sweeps/store.ts';

/** Whose a slice is to be. */
export interface ClaimOptions {
  readonly store: Store;
  readonly progressKey: string;
  readonly reportKey: string;
  readonly owner: string;
  /** Milliseconds since the epoch: when the owner can no longer be at work, for the platform has ended it by then. */
  readonly untilMs: number;
  readonly nowMs: number;
}

/** What a slice that nobody has begun is to begin with. */
export type Beginning = Omit<SliceProgress, 'owner' | 'until' | 'ticks'>;

/** A slice that nobody else works on, as long as the claim holds. */
export interface Claim {
  readonly progress: () => SliceProgress;
  /** Writes down how far the slice is. @returns false where another tick has taken it over. */
  readonly checkpoint: (further: Partial<SliceProgress>) => Promise<boolean>;
  /** Lets the next tick go on at once. */
  readonly release: () => Promise<void>;
  /** Takes the progress away, once there is a report. */
  readonly remove: () => Promise<void>;
}

/** Clocks of two functions differ by less. */
const clockDriftMs = 5000;

/**
 * Claims a slice, so that two ticks at once do no harm: the conditional write of its progress lets one of them pass. A
 * claim ends by itself when the function that made it has been ended, so that a killed tick stops nobody for long.
 * @returns `undefined` where another tick works on it, or it is done.
 */
export async function claim(options: ClaimOptions, beginning: Beginning): Promise<Claim | undefined> {
  const { store, progressKey, reportKey, owner, untilMs, nowMs } = options;
  const found = await store.readText(progressKey);
  const earlier = found && parseReport(sliceProgress, found.text);
  if (earlier !== undefined && Date.parse(earlier.until) + clockDriftMs > nowMs) return undefined;
  // Lines of another list say nothing of this one: then the slice begins anew, and some devices get a second push.
  const isSameList = earlier?.list.etag === beginning.list.etag && earlier.list.key === beginning.list.key;
  let progress: SliceProgress = {
    ...(earlier !== undefined && isSameList ? earlier : beginning),
    owner,
    until: new Date(untilMs).toISOString(),
    ticks: (earlier?.ticks ?? 0) + 1,
  };
  const unclaimed: WriteCondition = found === undefined ? { kind: 'absent' } : { kind: 'unchanged', etag: found.etag };
  let etag = await store.write(progressKey, encodeReport(progress), unclaimed);
  if (etag === undefined) return undefined;
  // The tick before may have ended between the look at the reports and the claim: it leaves a report before it takes
  // its progress away.
  if ((await store.look(reportKey)) !== undefined) {
    await store.remove(progressKey);
    return undefined;
  }

  const write = async (next: SliceProgress) => {
    if (etag === undefined) return false;
    etag = await store.write(progressKey, encodeReport(next), { kind: 'unchanged', etag });
    if (etag === undefined) return false;
    progress = next;
    return true;
  };
  return {
    progress: () => progress,
    checkpoint: (further) => write({ ...progress, ...further }),
    async release() {
      await write({ ...progress, until: new Date(0).toISOString() });
    },
    remove: () => store.remove(progressKey),
  };
}
