import { hash } from 'node:crypto';
import type { TableDefinition } from '../../../local/template.ts';
import type { Chance } from '../kernel/chance.ts';
import type { Scheduler } from '../kernel/scheduler.ts';
import { createItems, type Entry } from './dynamodb-items.ts';
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

const maxItemBytes = 409_600;
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
  const items = createItems({
    ...{ now: () => epochMs + scheduler.now(), chance, expiryLagMs },
    stale: () => trouble().stale,
  });

  const addTo = (index: Index, entry: Entry, item: Item) => {
    const value = item[index.keys.hash]?.S;
    if (value === undefined || item[index.keys.range] === undefined) return;
    const partition = index.partitions.get(value) ?? new Set();
    index.partitions.set(value, partition.add(entry));
  };
  const write = (key: Item, item: Item | undefined) => {
    const entry = items.write(textOf(key[keys.hash]), textOf(key[keys.range]), item);
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

  const pageOf = (found: Iterable<Item>, keyOf: (item: Item) => Item, limit = Infinity): Page => {
    const page: Item[] = [];
    let bytes = 0;
    for (const item of found) {
      bytes += bytesOf(item);
      if (page.length > 0 && bytes > pageBytes) return nextAfter(page, keyOf);
      page.push(item);
      if (page.length === limit) return nextAfter(page, keyOf);
    }
    return { items: page };
  };
  const present = function* (entries: Iterable<Entry>, isConsistent: boolean): Generator<Item> {
    for (const entry of entries) {
      const item = items.seen(entry, isConsistent);
      if (item !== undefined) yield item;
    }
  };
  const keyOf = (item: Item): Item => pick(item, [keys.hash, keys.range]);

  const queryTable = (hashValue: string, order: PageOrder): Page => {
    const { ScanIndexForward: isForward = true, ConsistentRead: isConsistent = false, ExclusiveStartKey } = order;
    const direction = isForward ? 1 : -1;
    const start = ExclusiveStartKey && textOf(ExclusiveStartKey[keys.range]);
    const entries = [...items.entriesOf(hashValue)]
      .filter(({ range }) => start === undefined || compareTexts(range, start) * direction > 0)
      .sort((a, b) => compareTexts(a.range, b.range) * direction);
    return pageOf(present(entries, isConsistent), keyOf, order.Limit);
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
    const entries = found.get(hashValue) ?? new Set<Entry>();
    for (const entry of entries) {
      items.settle(entry);
      if (entry.versions.every(({ item }) => item?.[indexKeys.hash]?.S !== hashValue)) entries.delete(entry);
    }
    const projection = [...present(entries, false)]
      .filter((item) => item[indexKeys.hash]?.S === hashValue && item[indexKeys.range] !== undefined)
      .filter((item) => ExclusiveStartKey === undefined || compare(item, ExclusiveStartKey) > 0)
      .sort(compare)
      .map((item) => pick(item, projected));
    return pageOf(projection, (item) => item, order.Limit);
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
      items.expire();
      const entry = items.find(textOf(key[keys.hash]), textOf(key[keys.range]));
      return entry && items.seen(entry, isConsistent);
    },

    /** Puts an item that was checked. */
    put(item: Item) {
      write(keyOf(item), item);
    },

    delete(key: Item) {
      write(key, undefined);
    },

    /** The items of one key of the table or of an index, in the order of their second key. */
    query(hashValue: string, order: PageOrder): Page {
      items.expire();
      const index = indexes.find(({ name }) => name === order.IndexName);
      return index === undefined ? queryTable(hashValue, order) : queryIndex(index, hashValue, order);
    },

    /** The items of a segment of the table. The keys are in no order that means anything; each is in one segment. */
    scan({ segment, segments, ...order }: PageOrder & { readonly segment: number; readonly segments: number }): Page {
      items.expire();
      const { ConsistentRead: isConsistent = false, ExclusiveStartKey: start } = order;
      const startDigest = start && hash('md5', textOf(start[keys.hash]));
      const startRange = start && textOf(start[keys.range]);
      const entries = function* () {
        for (const { digest, entries } of items.partitionsFrom(startDigest ?? '')) {
          if (Number.parseInt(digest.slice(0, 8), 16) % segments !== segment) continue;
          yield* [...entries.values()]
            .filter(({ range }) => digest !== startDigest || compareTexts(range, startRange ?? '') > 0)
            .sort((a, b) => compareTexts(a.range, b.range));
        }
      };
      return pageOf(present(entries(), isConsistent), keyOf, order.Limit);
    },

    /** All items that are there, for a checker. */
    *items(): Generator<Item> {
      items.expire();
      for (const { entries } of items.partitionsFrom('')) yield* present(entries.values(), true);
    },
  };
}

/** A page after which more may follow. */
function nextAfter(items: readonly Item[], keyOf: (item: Item) => Item): Page {
  const last = items.at(-1);
  return { items, ...(last && { lastKey: keyOf(last) }) };
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
