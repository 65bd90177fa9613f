import { describe, expect, it } from 'vitest';
import { gather, type GatheringOptions } from '../../local/gather.ts';
import { patience } from '../support/patience.ts';

/** Longer than any test: a batch that is handled all the same is handled for another reason. */
const never = 600_000;

/** Keeps each batch until it is told what became of it. */
function startGathering(options: Partial<GatheringOptions<string>> = {}) {
  const batches: { readonly items: string[]; readonly end: (done: string[]) => void }[] = [];
  const give = gather<string>({
    batchItems: 4,
    windowMs: never,
    maximumConcurrency: 2,
    givers: 100,
    handle: (items) => {
      const { promise, resolve } = Promise.withResolvers<string[]>();
      batches.push({ items, end: resolve });
      return promise;
    },
    ...options,
  });
  const items = () => batches.map((batch) => batch.items.join(''));
  const end = (at: number, done: string) => batches[at]?.end(Array.from(done));
  return { give: (text: string) => give(Array.from(text)), items, end };
}

describe('what is gathered', () => {
  it('is handled when a batch is full, and each giver learns what is done of its own', async () => {
    const { give, items, end } = startGathering();
    const [first, second] = [give('ab'), give('cd')];
    expect(items()).toEqual(['abcd']);
    end(0, 'bcd');
    expect(await first).toEqual(['b']);
    expect(await second).toEqual(['c', 'd']);
  });

  it('is handled when the window of the first is over', async () => {
    const { give, items, end } = startGathering({ windowMs: 20 });
    const gifts = [give('a'), give('b')];
    expect(items()).toEqual([]);
    await expect.poll(items, patience).toEqual(['ab']);
    end(0, 'ab');
    expect(await Promise.all(gifts)).toEqual([['a'], ['b']]);
    // And the next batch has a window of its own.
    const next = give('c');
    expect(items()).toEqual(['ab']);
    await expect.poll(items, patience).toEqual(['ab', 'c']);
    end(1, 'c');
    await next;
  });

  it('is handled when nobody is left who could bring more', () => {
    const { give, items } = startGathering({ givers: 2 });
    void give('a');
    void give('b');
    expect(items()).toEqual(['ab']);
  });

  it('makes no batch larger than it may be, unless one giver alone does', () => {
    const { give, items } = startGathering({ maximumConcurrency: 9 });
    void give('abc');
    void give('de');
    expect(items()).toEqual(['abc']);
    void give('fg');
    expect(items()).toEqual(['abc', 'defg']);
    void give('hijkl');
    expect(items()).toEqual(['abc', 'defg', 'hijkl']);
  });

  it('waits where as many batches are under way as may be', async () => {
    const { give, items, end } = startGathering({ maximumConcurrency: 1 });
    const first = give('abcd');
    void give('efgh');
    expect(items()).toEqual(['abcd']);
    end(0, 'abcd');
    await first;
    expect(items()).toEqual(['abcd', 'efgh']);
  });

  it('goes on after a batch that failed, which each of its givers learns', async () => {
    let failures = 0;
    const { give, items } = startGathering({
      maximumConcurrency: 1,
      handle: () => Promise.reject(new Error(String(++failures))),
    });
    const gifts = await Promise.allSettled([give('ab'), give('cd'), give('efgh')]);
    expect(gifts.map(({ status }) => status)).toEqual(['rejected', 'rejected', 'rejected']);
    expect(failures).toBe(2);
    expect(items()).toEqual([]);
  });
});
