import { hash } from 'node:crypto';
import type { TableDefinition } from '../../../local/template.ts';
import type { Chance } from '../kernel/chance.ts';
import type { Scheduler } from '../kernel/scheduler.ts';
import { bytesOf, compareTexts, validationError, type Item } from './dynamodb-values.ts';

/** How a table goes wrong: probabilities. */
export interface TableTrouble {
  /** That a call is throttled. */
  readonly throttled: number;
  /** That an item that was written in the last second is read as it was before, unless the read is consistent. */
  readonly stale: number;
}

export interface TableOptions {
  /** Keys are texts, and indexes have the keys only. */
  readonly definition: TableDefinition;
  readonly scheduler: Scheduler;
  /** Milliseconds since the epoch at the start of the run, by the clock of DynamoDB. */
  readonly epochMs: number;
  readonly chance: Chance;
  readonly trouble?: () => TableTrouble;
  /** A page of a query or scan has at most this many bytes. Absent: the 1 MB of DynamoDB. */
  readonly pageBytes?: number;
  /** How long an item is still there after its time is over. Absent: up to two days. */
  readonly expiryLagMs?: () => number;
}

export interface PageOrder {
  readonly IndexName?: string | undefined;
  readonly ConsistentRead?: boolean | undefined;
  readonly ScanIndexForward?: boolean | undefined;
  readonly Limit?: number | undefined;
  readonly ExclusiveStartKey?: Item | undefined;
}

export interface Page {
  readonly items: readonly Item[];
  /** Where the next page continues. Absent: there is none. */
  readonly lastKey?: Item;
}

/** The attributes of a key. */
export interface KeyNames {
  readonly hash: string;
  readonly range: string;
}

export type DynamoDbTable = ReturnType<typeof createTable>;

/** An item, and what it was before. */
interface Entry {
  readonly hash: string;
  readonly range: string;
  readonly versions: Version[];
  /** When DynamoDB deletes it, because its time is over. */
  deletedAt: number;
}

interface Version {
  readonly item: Item | undefined;
  readonly since: number;
}

interface Partition {
  /** Where a scan finds it. */
  readonly digest: string;
  readonly entries: Map<string, Entry>;
}

/** The attribute with the time to live, in seconds since the epoch. */
const timeToLive = 'expiresAt';
const maxItemBytes = 409_600;
const maxLagMs = 1000;
const dayMs = 86_400_000;

export const noTableTrouble: TableTrouble = { throttled: 0, stale: 0 };

/**
 * A table with a composite key. Consistent reads see every write that has ended; others, and all reads of an index, may
 * miss those of the last second. An item whose time to live is over stays for up to two days:
 * https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/TTL.html
 */
export function createTable(options: TableOptions) {
  const { definition, scheduler, epochMs, chance, pageBytes = 1_048_576 } = options;
  const { trouble = () => noTableTrouble, expiryLagMs = () => chance.between(0, 2 * dayMs) } = options;
  const keys = keyNamesOf(definition.KeySchema);
  const indexes = definition.GlobalSecondaryIndexes.map(({ IndexName, KeySchema, Projection }) => {
    if (Projection.ProjectionType !== 'KEYS_ONLY') throw new Error('the model of DynamoDB knows KEYS_ONLY only');
    return { name: IndexName, keys: keyNamesOf(KeySchema), partitions: new Map<string, Set<Entry>>() };
  });
  type Index = (typeof indexes)[number];
  const partitions = new Map<string, Partition>();
  const now = () => epochMs + scheduler.now();

  /** Forgets versions that no read sees any more, and deletes the item once its time is over. */
  const settle = (entry: Entry) => {
    const { versions, deletedAt } = entry;
    if (deletedAt <= now()) {
      versions.push({ item: undefined, since: deletedAt });
      entry.deletedAt = Infinity;
    }
    while ((versions[1]?.since ?? Infinity) < now() - maxLagMs) versions.shift();
  };
  /** What a read sees of an item. */
  const seen = (entry: Entry, isConsistent: boolean): Item | undefined => {
    settle(entry);
    const { versions } = entry;
    const latest = versions.at(-1)?.item;
    if (versions.length === 1) {
      if (latest === undefined) partitions.get(entry.hash)?.entries.delete(entry.range);
      return latest;
    }
    if (isConsistent || !chance.hits(trouble().stale)) return latest;
    const moment = now() - chance.between(0, maxLagMs);
    return versions.findLast(({ since }) => since <= moment)?.item;
  };
  const entryOf = (key: Item): Entry | undefined =>
    partitions.get(textOf(key[keys.hash]))?.entries.get(textOf(key[keys.range]));

  const addTo = (index: Index, entry: Entry, item: Item) => {
    const value = item[index.keys.hash]?.S;
    if (value === undefined || item[index.keys.range] === undefined) return;
    const partition = index.partitions.get(value) ?? new Set();
    index.partitions.set(value, partition.add(entry));
  };
  const write = (key: Item, item: Item | undefined) => {
    const [hashValue, range] = [textOf(key[keys.hash]), textOf(key[keys.range])];
    const partition = partitions.get(hashValue) ?? {
      digest: hash('md5', hashValue),
      entries: new Map<string, Entry>(),
    };
    partitions.set(hashValue, partition);
    const entry = partition.entries.get(range) ?? {
      ...{ hash: hashValue, range, deletedAt: Infinity },
      versions: [{ item: undefined, since: -Infinity }],
    };
    partition.entries.set(range, entry);
    settle(entry);
    entry.versions.push({ item, since: now() });
    const expiresAt = Number(item?.[timeToLive]?.N ?? Infinity) * 1000;
    entry.deletedAt = expiresAt === Infinity ? Infinity : expiresAt + expiryLagMs();
    if (item !== undefined) for (const index of indexes) addTo(index, entry, item);
  };

  /** Refuses an item that cannot be in the table. */
  const checkItem = (item: Item) => {
    checkKey(item, keys);
    for (const { keys: indexKeys } of indexes) {
      // An item without one of its keys is not in the index.
      const absent = { [indexKeys.hash]: { S: 'absent' }, [indexKeys.range]: { S: 'absent' } };
      checkKey({ ...absent, ...item }, indexKeys);
    }
    if (bytesOf(item) > maxItemBytes) throw validationError('Item size has exceeded the maximum allowed size');
  };

  const pageOf = (found: readonly Item[], keyOf: (item: Item) => Item, limit = Infinity): Page => {
    let bytes = 0;
    let count = 0;
    for (const item of found) {
      bytes += bytesOf(item);
      if (count > 0 && bytes > pageBytes) break;
      count += 1;
      if (count === limit) break;
    }
    const items = found.slice(0, count);
    const last = items.at(-1);
    const hasEnded = count === found.length && count < limit;
    return { items, ...(last && !hasEnded && { lastKey: keyOf(last) }) };
  };
  const keyOf = (item: Item): Item => pick(item, [keys.hash, keys.range]);

  const queryTable = (hashValue: string, order: PageOrder): Page => {
    const { ScanIndexForward: isForward = true, ConsistentRead: isConsistent = false, ExclusiveStartKey } = order;
    const direction = isForward ? 1 : -1;
    const start = ExclusiveStartKey && textOf(ExclusiveStartKey[keys.range]);
    const found = [...(partitions.get(hashValue)?.entries.values() ?? [])]
      .filter(({ range }) => start === undefined || compareTexts(range, start) * direction > 0)
      .sort((a, b) => compareTexts(a.range, b.range) * direction)
      .map((entry) => seen(entry, isConsistent))
      .filter((item) => item !== undefined);
    return pageOf(found, keyOf, order.Limit);
  };

  const queryIndex = ({ keys: indexKeys, partitions: found }: Index, hashValue: string, order: PageOrder): Page => {
    const { ScanIndexForward: isForward = true, ConsistentRead: isConsistent = false, ExclusiveStartKey } = order;
    if (isConsistent) throw validationError('Consistent reads are not supported on global secondary indexes');
    const direction = isForward ? 1 : -1;
    const projected = [keys.hash, keys.range, indexKeys.hash, indexKeys.range];
    const compare = (a: Item, b: Item) =>
      [indexKeys.range, keys.hash, keys.range].reduce(
        (order, name) => order || compareTexts(textOf(a[name]), textOf(b[name])) * direction,
        0,
      );
    const items = [...(found.get(hashValue) ?? [])]
      .map((entry) => seen(entry, false))
      .filter((item) => item !== undefined)
      .filter((item) => item[indexKeys.hash]?.S === hashValue && item[indexKeys.range] !== undefined)
      .filter((item) => ExclusiveStartKey === undefined || compare(item, ExclusiveStartKey) > 0)
      .sort(compare)
      .map((item) => pick(item, projected));
    return pageOf(items, (item) => item, order.Limit);
  };

  return {
    name: definition.TableName,
    keys,
    trouble,
    checkItem,

    /** Reads a key, which has all attributes of the key of the table and no other ones. */
    keyIn(key: Item | undefined = {}): Item {
      const isWhole = Object.keys(key).length === 2 && key[keys.hash] !== undefined && key[keys.range] !== undefined;
      if (!isWhole) throw validationError('The provided key element does not match the schema');
      checkKey(key, keys);
      return key;
    },
    keyOf,
    keysOfIndex(name: string): KeyNames {
      const index = indexes.find((one) => one.name === name);
      if (index === undefined) throw validationError(`The table does not have the specified index: ${name}`);
      return index.keys;
    },

    get(key: Item, isConsistent: boolean): Item | undefined {
      const entry = entryOf(key);
      return entry && seen(entry, isConsistent);
    },

    /** Puts an item that was checked. */
    put(item: Item) {
      write(keyOf(item), item);
    },

    delete(key: Item) {
      if (entryOf(key) !== undefined) write(key, undefined);
    },

    /** The items of one key of the table or of an index, in the order of their second key. */
    query(hashValue: string, order: PageOrder): Page {
      const index = indexes.find(({ name }) => name === order.IndexName);
      return index === undefined ? queryTable(hashValue, order) : queryIndex(index, hashValue, order);
    },

    /** The items of a segment of the table. The keys are in no order that means anything; each is in one segment. */
    scan({ segment, segments, ...order }: PageOrder & { readonly segment: number; readonly segments: number }): Page {
      const { ConsistentRead: isConsistent = false, ExclusiveStartKey: start } = order;
      const startDigest = start && hash('md5', textOf(start[keys.hash]));
      const startRange = start && textOf(start[keys.range]);
      const found = [...partitions.values()]
        .filter(({ digest }) => Number.parseInt(digest.slice(0, 8), 16) % segments === segment)
        .filter(({ digest }) => startDigest === undefined || digest >= startDigest)
        .sort((a, b) => (a.digest < b.digest ? -1 : 1))
        .flatMap(({ digest, entries }) =>
          [...entries.values()]
            .filter(({ range }) => digest !== startDigest || compareTexts(range, startRange ?? '') > 0)
            .sort((a, b) => compareTexts(a.range, b.range)),
        )
        .map((entry) => seen(entry, isConsistent))
        .filter((item) => item !== undefined);
      return pageOf(found, keyOf, order.Limit);
    },

    /** All items that are there, for a checker. */
    *items(): Generator<Item> {
      for (const { entries } of partitions.values()) {
        for (const entry of entries.values()) {
          const item = seen(entry, true);
          if (item !== undefined) yield item;
        }
      }
    },
  };
}

function keyNamesOf(schema: TableDefinition['KeySchema']): KeyNames {
  const nameOf = (type: string) => {
    const name = schema.find(({ KeyType }) => KeyType === type)?.AttributeName;
    if (name === undefined) throw new Error('the model of DynamoDB knows composite keys only');
    return name;
  };
  return { hash: nameOf('HASH'), range: nameOf('RANGE') };
}

/** https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Constraints.html */
function checkKey(item: Item, { hash, range }: KeyNames): void {
  for (const [name, maxBytes] of [
    [hash, 2048],
    [range, 1024],
  ] as const) {
    const text = textOf(item[name], name);
    if (text === '') throw validationError(`The AttributeValue for a key attribute cannot be empty: ${name}`);
    if (Buffer.byteLength(text) > maxBytes) throw validationError(`Size of key ${name} has exceeded the limit`);
  }
}

/** The value of a key. */
function textOf(attribute: Item[string] | undefined, name = 'key'): string {
  if (attribute?.S === undefined) throw validationError(`Type mismatch for key ${name}: expected S`);
  return attribute.S;
}

function pick(item: Item, names: readonly string[]): Item {
  return Object.fromEntries(Object.entries(item).filter(([name]) => names.includes(name)));
}
