import { setTimeout as delay } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { parseReport, sliceProgress } from '../../../shared/sweeps/report.ts';
import { inSmallChunks, listOf, startSweep, threeOClock, tickMs, tokensOf } from '../../support/sweep.ts';

const tokens = tokensOf(1000);

let sweep: Awaited<ReturnType<typeof startSweep>>;
beforeEach(async () => {
  sweep = await startSweep();
  await sweep.putList(listOf(tokens));
  await sweep.plan('large');
});
afterEach(() => sweep.stop());

/** Runs a tick whose time is up after it has read some of the list. */
async function interruptedTick(more: Parameters<typeof sweep.tick>[0] = {}, chunks = 10) {
  let isTimeUp = false;
  const store = inSmallChunks(sweep.store, (index) => {
    if (index === chunks) isTimeUp = true;
  });
  await sweep.tick({ store, ...more }, () => (isTimeUp ? 1000 : 800_000));
}

async function progress() {
  const { folders } = await sweep.store.list('plans/large/');
  const [object] = (await sweep.store.list(String(folders[0]))).objects;
  return parseReport(sliceProgress, await sweep.store.readText(String(object?.key)));
}

/** Reads the list in small chunks, each of which takes a second. */
const slowly = () =>
  inSmallChunks(sweep.store, () => {
    sweep.setNow(sweep.now() + 1000);
  });

describe('a slice whose tick has no more time', () => {
  it('is continued by the next tick', async () => {
    await interruptedTick();
    const first = sweep.tokens();
    expect(first.length).toBeGreaterThan(100);
    expect(first.length).toBeLessThan(500);
    expect(await progress()).toMatchObject({ ticks: 1, enqueued: first.length, throughLine: first.length + 1 });
    expect(await sweep.reports('large')).toEqual([]);
    await sweep.tick();
    expect(sweep.tokens()).toEqual([...tokens].sort());
    expect(await sweep.summaries('large')).toMatchObject([{ rows: 1000, enqueued: 1000 }]);
    expect(await sweep.reports('large')).toMatchObject([{ ticks: 2 }]);
  });

  it('still knows the devices of the first tick, so that none gets a second push', async () => {
    await sweep.putList(listOf([...tokens.slice(0, 300), ...tokens.slice(0, 300)]));
    await interruptedTick({}, 14);
    expect(sweep.countOnQueue()).toBe(300);
    await sweep.tick();
    expect(await sweep.summaries('large')).toMatchObject([{ rows: 600, enqueued: 300, duplicates: 300 }]);
    expect(sweep.countOnQueue()).toBe(300);
  });

  it('can be interrupted several times, also while it reads again what is done', async () => {
    await interruptedTick({}, 20);
    const { throughLine } = (await progress()) ?? {};
    await interruptedTick({}, 5);
    expect(await progress()).toMatchObject({ ticks: 2, throughLine });
    await sweep.tick();
    expect(sweep.tokens()).toEqual([...tokens].sort());
    expect(await sweep.reports('large')).toMatchObject([{ ticks: 3, enqueued: 1000 }]);
  });

  it('is due later, and its pushes stay evenly spread', async () => {
    await sweep.plan('large', { window: 'PT15M' });
    await interruptedTick();
    expect((await progress())?.dueTo).toBe('2026-01-02T03:15:00.000Z');
    sweep.setNow(threeOClock + tickMs);
    await interruptedTick({}, 20);
    expect((await progress())?.dueTo).toBe('2026-01-02T03:30:00.000Z');
    await sweep.tick();
    expect(await sweep.reports('large')).toMatchObject([{ dueTo: '2026-01-02T03:30:00.000Z' }]);
  });

  it('starts over if its list was replaced', async () => {
    await interruptedTick();
    await sweep.putList(listOf(['other', ...tokens.slice(0, 50)]));
    await sweep.tick();
    expect(sweep.tokens()).toContain('other');
    expect(await sweep.summaries('large')).toMatchObject([{ rows: 51, enqueued: 51 }]);
  });

  it('is given up if its plan was deleted while it was read', async () => {
    const { store } = sweep;
    const withdrawing = {
      ...slowly(),
      head: (key: string) => (key === 'plans/large.json' ? Promise.resolve(undefined) : store.head(key)),
    };
    await sweep.tick({ store: withdrawing });
    expect(sweep.log.lines.join('\n')).toContain('"end":"withdrawn"');
    expect(sweep.countOnQueue()).toBeLessThan(1000);
    // The progress is released, so that a plan that comes back continues at once.
    expect(await progress()).toMatchObject({ until: new Date(0).toISOString() });
  });
});

describe('a slice whose tick was killed', () => {
  /** Runs a tick that is killed after it has sent some pushes: nothing it does later takes effect. */
  async function killedTick(more: Parameters<typeof sweep.tick>[0], killAfter: number): Promise<void> {
    const { store, send } = sweep.dependencies;
    let isKilled = false;
    const base = more?.store ?? store;
    const tick = sweep.tick({
      ...more,
      send: async (messages) => {
        if (isKilled) throw new Error('killed');
        const result = await send(messages);
        isKilled = sweep.countOnQueue() >= killAfter;
        return result;
      },
      store: {
        ...base,
        write: (...write) => (isKilled ? Promise.reject(new Error('killed')) : base.write(...write)),
      },
    });
    await expect(tick).rejects.toThrow('1 of 1 plans failed');
  }

  it('misses no device, and waits until the killed tick can no longer be running', async () => {
    await sweep.putList(listOf(tokensOf(3000)));
    await killedTick({}, 1);
    const before = sweep.countOnQueue();
    sweep.setNow(threeOClock + 800_000);
    await sweep.tick();
    expect(sweep.countOnQueue()).toBe(before);
    expect(sweep.log.lines.join('\n')).toContain('"end":"taken"');
    // Clocks may differ by five seconds.
    sweep.setNow(threeOClock + 805_000);
    await sweep.tick();
    expect(new Set(sweep.tokens())).toEqual(new Set(tokensOf(3000)));
    expect(sweep.countOnQueue()).toBe(3000 + before);
  });

  it('sends again only what the killed tick had sent since it last recorded how far it was', async () => {
    await killedTick({ store: slowly() }, 700);
    const before = sweep.countOnQueue();
    const { enqueued = 0 } = (await progress()) ?? {};
    expect(enqueued).toBeGreaterThan(300);
    sweep.setNow(threeOClock + tickMs);
    await sweep.tick();
    expect(new Set(sweep.tokens())).toEqual(new Set(tokens));
    expect(sweep.countOnQueue()).toBe(1000 + before - enqueued);
  });

  it('has recorded only pushes that are on the queue, so that none is lost', async () => {
    const { send } = sweep.dependencies;
    const base = slowly();
    let onQueue = 0;
    const recorded: number[] = [];
    await sweep.tick({
      send: async (messages) => {
        await delay(20);
        const result = await send(messages);
        onQueue += result.done.length;
        return result;
      },
      store: {
        ...base,
        write(key, text, condition) {
          const { enqueued } = parseReport(sliceProgress, { text }) ?? {};
          if (enqueued !== undefined) {
            recorded.push(enqueued);
            expect(enqueued).toBeLessThanOrEqual(onQueue);
          }
          return base.write(key, text, condition);
        },
      },
    });
    expect(recorded.length).toBeGreaterThan(3);
    expect(recorded.at(-1)).toBe(1000);
  });

  it('is not finished before all of its pushes are on the queue', async () => {
    const { send } = sweep.dependencies;
    let onQueueAtReport = 0;
    await sweep.tick({
      send: async (messages) => {
        await delay(20);
        return send(messages);
      },
      store: {
        ...sweep.store,
        write(key, text, condition) {
          if (key.endsWith('/00000.json')) onQueueAtReport = sweep.countOnQueue();
          return sweep.store.write(key, text, condition);
        },
      },
    });
    expect(onQueueAtReport).toBe(1000);
  });
});

describe('a slice that two ticks work on', () => {
  it('is done by one of them', async () => {
    await Promise.all([sweep.tick(), sweep.tick(), sweep.tick()]);
    expect(sweep.tokens()).toEqual([...tokens].sort());
    expect(await sweep.summaries('large')).toMatchObject([{ enqueued: 1000 }]);
  });

  it('is left by the tick whose claim another one has taken over', async () => {
    const { store } = sweep;
    const base = slowly();
    let isTakenOver = false;
    await sweep.tick({
      store: {
        ...base,
        async write(key, text, condition) {
          if (sweep.countOnQueue() > 0 && !isTakenOver && key.includes('.progress.')) {
            isTakenOver = true;
            await store.write(key, text.replace('{', '{ '));
          }
          return base.write(key, text, condition);
        },
      },
    });
    expect(isTakenOver).toBe(true);
    expect(sweep.log.lines.join('\n')).toContain('"end":"taken"');
    expect(sweep.countOnQueue()).toBeLessThan(1000);
    expect(await sweep.reports('large')).toEqual([]);
  });

  it('is released after an error, so that the next tick continues at once', async () => {
    const failing = {
      ...slowly(),
      head: (key: string) => (key === 'plans/large.json' ? Promise.reject(new Error('no')) : sweep.store.head(key)),
    };
    await expect(sweep.tick({ store: failing })).rejects.toThrow('1 of 1 plans failed');
    const before = sweep.countOnQueue();
    expect(before).toBeGreaterThan(0);
    await sweep.tick();
    expect(sweep.tokens()).toEqual([...tokens].sort());
  });
});
