import { pMapIterable } from 'p-map';
import { csvLine } from '../csv.ts';
import type { RegisteredDevice } from '../registry/device.ts';
import type { Registry } from '../registry/registry.ts';

/** What a snapshot needs of the registry. */
export type SnapshotRegistry = Pick<Registry, 'scan' | 'devicesOf'>;

/** The columns of a snapshot. An account is not among them: the selector leads the app to it. */
export const snapshotHeader = csvLine(['AppId', 'DeviceToken', 'Selector', 'LastSeen']);

/** Parts of the table that are read at once. Each has one page of up to 1 MB in the memory. */
const segments = 4;

/** Accounts that are read at once. */
const concurrentAccounts = 16;

/**
 * The devices of the registry, page by page, or those of some accounts. A device that is in one account throughout is
 * among them, whatever else changes meanwhile. One that moves to another account can be missed.
 */
export function registeredDevices(
  registry: SnapshotRegistry,
  accounts: readonly string[] | undefined,
  abortSignal?: AbortSignal,
): AsyncIterable<readonly RegisteredDevice[]> {
  if (accounts !== undefined) {
    return pMapIterable(accounts, (account) => registry.devicesOf(account, abortSignal), {
      concurrency: concurrentAccounts,
    });
  }
  return merged(Array.from({ length: segments }, (_, segment) => registry.scan({ segment, segments, abortSignal })));
}

/** The rows of a snapshot with these devices, in the format of a list. */
export function snapshotRows(devices: readonly RegisteredDevice[]): string {
  return devices
    .map(({ appId, deviceToken, selector, lastSeenMs }) => {
      const lastSeen = `${new Date(lastSeenMs).toISOString().slice(0, 19)}Z`;
      // A row is one line: a line break in a value would let an app write others.
      return csvLine([appId, deviceToken, selector].map((text) => text.replace(/[\r\n]/g, ' ')).concat(lastSeen));
    })
    .join('');
}

/** The values of several sources as they come. The next value of each source is fetched while others are used. */
async function* merged<T>(sources: readonly AsyncGenerator<T>[]): AsyncGenerator<T> {
  const fetching = new Map<AsyncGenerator<T>, Promise<readonly [AsyncGenerator<T>, IteratorResult<T>]>>();
  const fetchFrom = (source: AsyncGenerator<T>) => {
    fetching.set(
      source,
      source.next().then((result) => [source, result] as const),
    );
  };
  sources.forEach(fetchFrom);
  try {
    while (fetching.size > 0) {
      const [source, next] = await Promise.race(fetching.values());
      if (next.done === true) {
        fetching.delete(source);
        continue;
      }
      fetchFrom(source);
      yield next.value;
    }
  } finally {
    // Otherwise a fetch that fails after the reader has stopped would be an unhandled rejection.
    await Promise.allSettled(fetching.values());
  }
}
