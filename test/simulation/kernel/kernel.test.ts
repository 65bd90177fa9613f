import { describe, expect, it } from 'vitest';
import { createChances } from './chance.ts';
import { createCalendar } from './calendar.ts';
import { createHeap } from './heap.ts';
import { createProcess, type Fate } from './process.ts';
import { createScheduler } from './scheduler.ts';

describe.each([
  ['heap', createHeap],
  ['calendar', createCalendar],
] as const)('the %s', (_name, create) => {
  it('gives items in the order of their keys, and those of one key in the order in which they came', () => {
    const { next } = createChances(1)('keys');
    const heap = create<{ key: number; order: number }>();
    const items = Array.from({ length: 500 }, (_, order) => ({ key: Math.floor(next() * 50) * 100, order }));
    for (const item of items) heap.add(item.key, item);
    const taken = Array.from(items, () => heap.take());
    expect(taken).toEqual(items.toSorted((a, b) => a.key - b.key || a.order - b.order));
    expect(heap.take()).toBeUndefined();
    expect(heap.firstKey()).toBe(Infinity);
  });

  it('keeps the order while items come and go', () => {
    const { below, hits } = createChances(1)('keys');
    const heap = create<number>();
    let kept: { key: number; order: number }[] = [];
    for (let order = 0; order < 5000; order += 1) {
      const [first] = kept;
      if (first !== undefined && hits(0.45)) {
        expect(heap.firstKey()).toBe(first.key);
        expect(heap.take()).toBe(first.order);
        kept = kept.slice(1);
      } else {
        // Also below those that were taken.
        const key = below(20) * 200;
        heap.add(key, order);
        kept = [...kept, { key, order }].sort((a, b) => a.key - b.key || a.order - b.order);
      }
      expect(heap.size()).toBe(kept.length);
    }
  });
});

describe('chance', () => {
  it('gives each concern numbers of its own, which others do not change', () => {
    const drawn = (seed: number, concern: string, others: number) => {
      const chanceFor = createChances(seed);
      const other = chanceFor('other');
      for (let draw = 0; draw < others; draw += 1) other.next();
      return chanceFor(concern).next();
    };
    expect(drawn(1, 'a', 5)).toBe(drawn(1, 'a', 0));
    expect(new Set([drawn(1, 'a', 0), drawn(1, 'b', 0), drawn(2, 'a', 0)]).size).toBe(3);
  });
});

describe('the scheduler', () => {
  it('moves the clock from event to event', async () => {
    const scheduler = createScheduler();
    const seen: number[] = [];
    scheduler.after(3_600_000, () => seen.push(scheduler.now()));
    scheduler.after(5, () => {
      seen.push(scheduler.now());
      scheduler.after(10, () => seen.push(scheduler.now()));
    });
    await scheduler.run(Infinity);
    expect(seen).toEqual([5, 15, 3_600_000]);
  });

  it('lets everything that an event continues wait again before the next event', async () => {
    const scheduler = createScheduler();
    const seen: string[] = [];
    const long = async () => {
      for (let step = 0; step < 100; step += 1) await Promise.resolve();
      await new Promise<void>((resolve) => {
        process.nextTick(resolve);
      });
      seen.push('continued');
    };
    scheduler.after(1, () => {
      scheduler.wake();
      void long();
    });
    scheduler.after(1, () => seen.push('next event'));
    await scheduler.run(Infinity);
    expect(seen).toEqual(['continued', 'next event']);
  });

  it('stops at the given moment, and rejects with what an event throws', async () => {
    const scheduler = createScheduler();
    scheduler.after(10, () => {
      throw new Error('broken');
    });
    await scheduler.run(9);
    expect(scheduler.now()).toBe(0);
    await expect(scheduler.run(11)).rejects.toThrow('broken');
  });
});

describe('a process', () => {
  const start = (deathProbability = () => 0) => {
    const scheduler = createScheduler();
    const seen: string[] = [];
    const one = createProcess({
      id: 0,
      scheduler,
      epochMs: 1000,
      chance: createChances(1)('death'),
      deathProbability,
      onDeath: () => seen.push('death'),
    });
    const routeWith = (fate: Fate) => ({ requestMs: () => 2, answerMs: () => 3, timeoutMs: 100, fate: () => fate });
    const call = (fate: Fate, abortSignal?: AbortSignal) => {
      one
        .call(routeWith(fate), () => seen.push('effect'), abortSignal)
        .then(
          () => seen.push(`answer at ${String(one.now())}`),
          (error: unknown) => seen.push(`${error instanceof Error ? error.name : ''} at ${String(one.now())}`),
        );
    };
    return { scheduler, seen, one, call };
  };

  it.each<[fate: Fate, seen: string[]]>([
    ['well', ['effect', 'answer at 1005']],
    ['refused', ['InternalError at 1005']],
    ['request lost', ['TimeoutError at 1100']],
    ['answer lost', ['effect', 'TimeoutError at 1100']],
  ])('sees of a call whose fate is "%s" what its service does', async (fate, expected) => {
    const { scheduler, seen, call } = start();
    call(fate);
    await scheduler.run(Infinity);
    expect(seen).toEqual(expected);
  });

  it('ends a call that has no answer when its signal aborts', async () => {
    const { scheduler, seen, one, call } = start();
    call('answer lost', one.timeoutSignal(50));
    await scheduler.run(Infinity);
    expect(seen).toEqual(['effect', 'AbortError at 1050']);
  });

  it('has no effect that it has not yet had when it is killed, and gets no answer', async () => {
    const { scheduler, seen, one, call } = start();
    call('well');
    scheduler.after(1, one.kill);
    await scheduler.run(Infinity);
    expect(seen).toEqual(['death']);
  });

  it('keeps the effect of a call if it dies before the answer', async () => {
    const { scheduler, seen, one, call } = start();
    call('well');
    scheduler.after(4, one.kill);
    await scheduler.run(Infinity);
    expect(seen).toEqual(['effect', 'death']);
  });

  it('can die at each step of a call', async () => {
    let steps = 0;
    const dieAt = (step: number) => () => (steps++ === step ? 1 : 0);
    for (const [step, expected] of [['death'], ['death'], ['effect', 'death']].entries()) {
      steps = 0;
      const { scheduler, seen, call } = start(dieAt(step));
      call('well');
      await scheduler.run(Infinity);
      expect(seen).toEqual(expected);
    }
  });

  it('gets what has come while it was frozen once it thaws, although its effect happened before', async () => {
    const { scheduler, seen, one, call } = start();
    call('well');
    one.startTimer(4, () => seen.push('timer'));
    const stop = one.startTimer(3, () => seen.push('a timer that was stopped'));
    one.freeze();
    scheduler.after(50, () => {
      seen.push('thaw');
      one.thaw();
      stop();
    });
    await scheduler.run(Infinity);
    expect(seen).toEqual(['effect', 'thaw', 'timer', 'answer at 1050']);
  });

  it('goes by a clock of its own', () => {
    expect(start().one.now()).toBe(1000);
  });
});
