/** Items in the order of their keys; those with the same key in the order in which they were added. */
export interface Heap<T> {
  readonly add: (key: number, item: T) => void;
  /** The lowest key; `Infinity` if it is empty. */
  readonly firstKey: () => number;
  readonly first: () => T | undefined;
  /** Removes and returns the item with the lowest key. */
  readonly take: () => T | undefined;
  readonly size: () => number;
}

interface Node<T> {
  readonly key: number;
  readonly order: number;
  readonly item: T;
}

/** Creates a binary heap. */
export function createHeap<T>(): Heap<T> {
  const nodes: Node<T>[] = [];
  let added = 0;
  const isBefore = (a: Node<T>, b: Node<T>) => a.key < b.key || (a.key === b.key && a.order < b.order);

  /** Moves the last node, or the hole at the top, to where it belongs. */
  const rise = (node: Node<T>, from: number) => {
    let index = from;
    while (index > 0) {
      const parentIndex = (index - 1) >> 1;
      const parent = nodes[parentIndex];
      if (parent === undefined || !isBefore(node, parent)) break;
      nodes[index] = parent;
      index = parentIndex;
    }
    nodes[index] = node;
  };
  const sink = (node: Node<T>) => {
    let index = 0;
    for (;;) {
      const left = nodes[2 * index + 1];
      const right = nodes[2 * index + 2];
      if (left === undefined) break;
      const isRight = right !== undefined && isBefore(right, left);
      const child = isRight ? right : left;
      if (!isBefore(child, node)) break;
      nodes[index] = child;
      index = 2 * index + (isRight ? 2 : 1);
    }
    nodes[index] = node;
  };

  return {
    add(key, item) {
      added += 1;
      const node = { key, order: added, item };
      nodes.push(node);
      rise(node, nodes.length - 1);
    },
    firstKey: () => nodes[0]?.key ?? Infinity,
    first: () => nodes[0]?.item,
    take() {
      const first = nodes[0];
      const last = nodes.pop();
      if (first === undefined || last === undefined) return undefined;
      if (nodes.length > 0) sink(last);
      return first.item;
    },
    size: () => nodes.length,
  };
}
