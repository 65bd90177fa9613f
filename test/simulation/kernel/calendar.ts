import { createHeap, type Heap } from './heap.ts';

/** The items of a span of keys, in the order in which they were added. */
interface Page<T> {
  readonly keys: number[];
  readonly items: T[];
}

/**
 * Creates a heap for many items that are far ahead: its items are on pages, one for each span of keys. Only those of the
 * first page are in order. So an item costs the search for a place among those of its page, and not among all.
 */
export function createCalendar<T>(span = 1000): Heap<T> {
  /** The items of the page that was opened last, and those with lower keys. */
  const near = createHeap<T>();
  const pages = new Map<number, Page<T>>();
  /** Those of the pages. */
  const numbers = createHeap<number>();
  let opened = -Infinity;
  let size = 0;

  const openNext = (): boolean => {
    const number = numbers.take();
    const page = number === undefined ? undefined : pages.get(number);
    if (number === undefined || page === undefined) return false;
    const { keys, items } = page;
    pages.delete(number);
    opened = number;
    const byKey = [...items.entries()].sort(([a], [b]) => (keys[a] ?? 0) - (keys[b] ?? 0));
    for (const [index, item] of byKey) near.add(keys[index] ?? 0, item);
    return true;
  };
  const firstKey = (): number => {
    if (near.size() === 0) openNext();
    return near.firstKey();
  };

  return {
    add(key, item) {
      size += 1;
      const number = Math.floor(key / span);
      if (number <= opened) {
        near.add(key, item);
        return;
      }
      let page = pages.get(number);
      if (page === undefined) {
        page = { keys: [], items: [] };
        pages.set(number, page);
        numbers.add(number, number);
      }
      page.keys.push(key);
      page.items.push(item);
    },
    firstKey,
    take() {
      firstKey();
      const item = near.take();
      if (item !== undefined) size -= 1;
      return item;
    },
    size: () => size,
  };
}
