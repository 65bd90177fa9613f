/** Items in the order of their keys; those with the same key in the order in which they were added. */
export interface Heap<T> {
  readonly add: (key: number, item: T) => void;
  /** The lowest key; `Infinity` if it is empty. */
  readonly firstKey: () => number;
  /** Removes and returns the item with the lowest key. */
  readonly take: () => T | undefined;
  readonly size: () => number;
}

/**
 * Creates a binary heap with a queue beside it. An item whose key is not below that of the last item of the queue goes to
 * the end of the queue, so that keys which mostly grow, such as those of equal delays, cost no search for their place.
 */
export function createHeap<T>(): Heap<T> {
  // Numbers in arrays of their own: a search for a place then reads neighbours in memory, and no objects.
  let keys = new Float64Array(1024);
  let orders = new Float64Array(1024);
  const items: (T | undefined)[] = [];
  let size = 0;
  let added = 0;

  const queue = createFifo<T>();

  const isBefore = (key: number, order: number, index: number) => {
    const other = keys[index] ?? 0;
    return key < other || (key === other && order < (orders[index] ?? 0));
  };
  const put = (index: number, key: number, order: number, item: T | undefined) => {
    keys[index] = key;
    orders[index] = order;
    items[index] = item;
  };
  const move = (from: number, to: number) => {
    put(to, keys[from] ?? 0, orders[from] ?? 0, items[from]);
  };
  const grow = () => {
    const longer = [keys, orders].map((values) => {
      const copy = new Float64Array(values.length * 2);
      copy.set(values);
      return copy;
    });
    [keys = keys, orders = orders] = longer;
  };
  const addToHeap = (key: number, order: number, item: T) => {
    if (size === keys.length) grow();
    let index = size;
    size += 1;
    while (index > 0) {
      const parent = (index - 1) >> 1;
      if (!isBefore(key, order, parent)) break;
      move(parent, index);
      index = parent;
    }
    put(index, key, order, item);
  };
  const takeFromHeap = (): T | undefined => {
    const first = items[0];
    size -= 1;
    const key = keys[size] ?? 0;
    const order = orders[size] ?? 0;
    const item = items[size];
    items[size] = undefined;
    if (size === 0) return first;
    // The last one sinks from the top to its place.
    let index = 0;
    for (;;) {
      let child = 2 * index + 1;
      if (child >= size) break;
      if (child + 1 < size && isBefore(keys[child + 1] ?? 0, orders[child + 1] ?? 0, child)) child += 1;
      if (isBefore(key, order, child)) break;
      move(child, index);
      index = child;
    }
    put(index, key, order, item);
    return first;
  };
  const heapKey = () => (size === 0 ? Infinity : (keys[0] ?? Infinity));

  return {
    add(key, item) {
      added += 1;
      if (key >= queue.lastKey()) queue.add(key, added, item);
      else addToHeap(key, added, item);
    },
    firstKey: () => Math.min(heapKey(), queue.firstKey()),
    take() {
      const [ofHeap, ofQueue] = [heapKey(), queue.firstKey()];
      if (ofHeap === Infinity && ofQueue === Infinity) return undefined;
      const isOfQueue = ofQueue < ofHeap || (ofQueue === ofHeap && queue.firstOrder() < (orders[0] ?? 0));
      return isOfQueue ? queue.take() : takeFromHeap();
    },
    size: () => size + queue.size(),
  };
}

/** A queue of items with keys that never fall. */
function createFifo<T>() {
  let keys: number[] = [];
  let orders: number[] = [];
  let items: (T | undefined)[] = [];
  let head = 0;
  const isEmpty = () => head === items.length;
  return {
    size: () => items.length - head,
    /** `-Infinity` if it is empty. */
    lastKey: () => (isEmpty() ? -Infinity : (keys.at(-1) ?? -Infinity)),
    firstKey: () => keys[head] ?? Infinity,
    firstOrder: () => orders[head] ?? Infinity,
    add(key: number, order: number, item: T) {
      keys.push(key);
      orders.push(order);
      items.push(item);
    },
    take(): T | undefined {
      const item = items[head];
      items[head] = undefined;
      head += 1;
      if (head > 1024 && head * 2 > items.length) {
        keys = keys.slice(head);
        orders = orders.slice(head);
        items = items.slice(head);
        head = 0;
      }
      return item;
    },
  };
}
