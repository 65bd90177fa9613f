import { hash } from 'node:crypto';
import type { Chance } from '../kernel/chance.ts';
import { createHeap } from '../kernel/heap.ts';
import type { Item } from './dynamodb-values.ts';

/** An item, and what it was before. */
export interface Entry {
  readonly hash: string;
  readonly range: string;
  /** The last one is the item of consistent reads. */
  readonly versions: Version[];
}

interface Version {
  /** Absent: there is no item. */
  readonly item: Item | undefined;
  readonly since: number;
}

/** The items with one value of the first key. */
interface Partition {
  /** Its place in a scan. */
  readonly digest: string;
  readonly entries: Map<string, Entry>;
}

interface ItemsOptions {
  /** Milliseconds since the epoch, by the clock of DynamoDB. */
  readonly now: () => number;
  readonly chance: Chance;
  /** The probability that an item that was written in the last second is read as it was before. */
  readonly stale: () => number;
  /** How long an item is still there after its time is over. */
  readonly expiryLagMs: () => number;
}

/** The attribute with the time to live, in seconds since the epoch. */
const timeToLive = 'expiresAt';
const maxLagMs = 1000;

/** The items of a table, with what they were within the last second. */
export function createItems({ now, chance, stale, expiryLagMs }: ItemsOptions) {
  const partitions = new Map<string, Partition>();
  /** The partitions in the order of scans. Absent: to be sorted. */
  let inOrder: Partition[] | undefined;
  /** Items by when DynamoDB deletes them, because their time is over. */
  const expiring = createHeap<{ readonly entry: Entry; readonly item: Item }>();

  const forget = (entry: Entry) => {
    const entries = partitions.get(entry.hash)?.entries;
    // Another entry may have its key by now.
    if (entries?.get(entry.range) === entry) entries.delete(entry.range);
    if (entries?.size === 0) {
      partitions.delete(entry.hash);
      inOrder = undefined;
    }
  };
  const settle = ({ versions }: Entry) => {
    while ((versions[1]?.since ?? Infinity) < now() - maxLagMs) versions.shift();
  };
  const partitionOf = (hashValue: string): Partition => {
    const known = partitions.get(hashValue);
    if (known !== undefined) return known;
    const partition = { digest: hash('md5', hashValue), entries: new Map<string, Entry>() };
    partitions.set(hashValue, partition);
    inOrder = undefined;
    return partition;
  };

  return {
    find: (hashValue: string, range: string): Entry | undefined => partitions.get(hashValue)?.entries.get(range),

    entriesOf: (hashValue: string): Iterable<Entry> => partitions.get(hashValue)?.entries.values() ?? [],

    /** The partitions from one on, in the order of their digests. */
    partitionsFrom(digest: string): readonly Partition[] {
      inOrder ??= [...partitions.values()].sort((a, b) => (a.digest < b.digest ? -1 : 1));
      return inOrder.slice(firstFrom(inOrder, digest));
    },

    /** Deletes the items whose time is over, and some time more. */
    expire() {
      while (expiring.firstKey() <= now()) {
        const due = expiring.take();
        // Others were written again.
        if (due === undefined || due.entry.versions.at(-1)?.item !== due.item) continue;
        due.entry.versions.splice(0, Infinity, { item: undefined, since: -Infinity });
        forget(due.entry);
      }
    },

    /** Forgets versions that no read sees any more. */
    settle,

    /** What a read sees of an item. */
    seen(entry: Entry, isConsistent: boolean): Item | undefined {
      settle(entry);
      const { versions } = entry;
      const latest = versions.at(-1)?.item;
      if (versions.length === 1) {
        if (latest === undefined) forget(entry);
        return latest;
      }
      if (isConsistent || !chance.hits(stale())) return latest;
      const moment = now() - chance.between(0, maxLagMs);
      return versions.findLast(({ since }) => since <= moment)?.item;
    },

    /** @param item absent: deletes it. */
    write(hashValue: string, range: string, item: Item | undefined): Entry {
      const { entries } = partitionOf(hashValue);
      const entry = entries.get(range) ?? {
        ...{ hash: hashValue, range, versions: [{ item: undefined, since: -Infinity }] },
      };
      entries.set(range, entry);
      settle(entry);
      entry.versions.push({ item, since: now() });
      const expiresAt = item?.[timeToLive]?.N;
      if (item !== undefined && expiresAt !== undefined) {
        expiring.add(Number(expiresAt) * 1000 + expiryLagMs(), { entry, item });
      }
      return entry;
    },
  };
}

/** The first index whose digest is not before that one. */
function firstFrom(partitions: readonly Partition[], digest: string): number {
  let [low, high] = [0, partitions.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((partitions[middle]?.digest ?? '') < digest) low = middle + 1;
    else high = middle;
  }
  return low;
}
