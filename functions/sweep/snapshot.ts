import { addAbortSignal, pipeline, Readable, type Transform } from 'node:stream';
import type { ZlibOptions } from 'node:zlib';
import type { Log } from '../../shared/log.ts';
import type { Store } from '../../shared/sweeps/store.ts';
import {
  registeredDevices,
  snapshotHeader,
  snapshotRows,
  type SnapshotRegistry,
} from '../../shared/sweeps/snapshot.ts';

export interface SnapshotDependencies {
  readonly store: Store;
  /** Loads the client of the table, which most ticks do not need. */
  readonly openRegistry: () => Promise<SnapshotRegistry>;
  readonly createGzip: (options: ZlibOptions) => Transform;
  readonly log: Log;
  readonly now: () => number;
}

interface SnapshotOrder {
  readonly planName: string;
  readonly runId: string;
  readonly key: string;
  readonly accounts: readonly string[] | undefined;
  readonly timeUp: AbortSignal;
}

/**
 * Writes the registry as a list, unless there is one for this run. There is never a part of one.
 * @returns the version of the list; `undefined` if the time was up before the last device was read.
 */
export async function takeSnapshot(
  { planName, runId, key, accounts, timeUp }: SnapshotOrder,
  { store, openRegistry, createGzip, log, now }: SnapshotDependencies,
): Promise<{ readonly etag: string; readonly bytes: number } | undefined> {
  const startedMs = now();
  const registry = await openRegistry();
  let devices = 0;
  const rows = async function* () {
    yield snapshotHeader;
    for await (const page of registeredDevices(registry, accounts, timeUp)) {
      devices += page.length;
      yield snapshotRows(page);
    }
  };
  // Tokens are random: more effort would make the list no smaller.
  const gzip = createGzip({ level: 1 });
  // The SDK may be in a pause of up to 20 s before it tries again, which a signal does not end.
  addAbortSignal(timeUp, gzip);
  try {
    // An error of the source ends the stream with it, and so the upload.
    await store.create(
      key,
      pipeline(Readable.from(rows()), gzip, () => undefined),
    );
  } catch (error) {
    if (!timeUp.aborted) throw error;
    log.warn('no time left for a snapshot', { plan: planName, run: runId, devices, ms: now() - startedMs });
    return undefined;
  }
  const found = await store.head(key);
  if (found === undefined) throw new Error(`The snapshot ${key} was not stored.`);
  log.info('snapshot', { plan: planName, run: runId, devices, bytes: found.bytes, ms: now() - startedMs });
  return found;
}
