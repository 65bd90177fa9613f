/** What several bring, in batches. */
export interface GatheringOptions<Item> {
  readonly batchItems: number;
  /** How long the first of a batch waits for others. */
  readonly windowMs: number;
  /** Batches under way at once. */
  readonly maximumConcurrency: number;
  /** How many there are to bring items, each of whom waits for its own before it brings more. */
  readonly givers: number;
  /** Resolves to the items that are done with. */
  readonly handle: (items: Item[]) => Promise<readonly Item[]>;
}

/** One giver's items, which go into one batch together. */
interface Gift<Item> {
  readonly items: Item[];
  readonly settle: (handled: Promise<readonly Item[]>) => void;
}

/**
 * Gathers items into batches: one is handled when it is full, when its window is over, or when there is nobody left
 * who could bring more.
 * @returns how a giver brings its items; resolves to those of them that are done with.
 */
export function gather<Item>(options: GatheringOptions<Item>): (items: Item[]) => Promise<Item[]> {
  const { batchItems, windowMs, maximumConcurrency, givers, handle } = options;
  const waiting: Gift<Item>[] = [];
  let isWindowOver = false;
  let underWay = 0;
  /** Givers whose items wait or are under way. */
  let occupied = 0;
  let timer: NodeJS.Timeout | undefined;

  const takeBatch = (): Gift<Item>[] => {
    let count = 0;
    const fitting = waiting.findIndex(({ items }, at) => (count += items.length) > batchItems && at > 0);
    return waiting.splice(0, fitting < 0 ? waiting.length : fitting);
  };
  const isDue = () => {
    const count = waiting.reduce((sum, { items }) => sum + items.length, 0);
    return isWindowOver || count >= batchItems || occupied >= givers;
  };
  const handleDue = () => {
    while (waiting.length > 0 && underWay < maximumConcurrency && isDue()) {
      const batch = takeBatch();
      underWay += 1;
      const handled = handle(batch.flatMap(({ items }) => items)).finally(() => {
        underWay -= 1;
        handleDue();
      });
      for (const { settle } of batch) settle(handled);
    }
    if (waiting.length > 0) return;
    clearTimeout(timer);
    timer = undefined;
    isWindowOver = false;
  };

  return async (items) => {
    const { promise, resolve } = Promise.withResolvers<readonly Item[]>();
    waiting.push({ items, settle: resolve });
    occupied += 1;
    timer ??= setTimeout(() => {
      isWindowOver = true;
      handleDue();
    }, windowMs);
    handleDue();
    try {
      const done = new Set(await promise);
      return items.filter((item) => done.has(item));
    } finally {
      occupied -= 1;
    }
  };
}
