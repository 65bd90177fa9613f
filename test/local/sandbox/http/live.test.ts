import { describe, expect, it } from 'vitest';
import { createLive, type LiveEvent, type LiveSources } from '../../../../local/sandbox/http/live.ts';
import type { StackInfo } from '../../../../local/sandbox/api.ts';

// What the sandbox says of the stack, and what the sources give, is only passed on.
const stack = { pushUrl: 'http://127.0.0.1:1/pnm2' } as unknown as StackInfo;

/** A source of numbers: its version is how many there are. */
function numbers() {
  const all: number[] = [];
  return { all, source: { version: () => all.length, read: (since: number) => all.slice(since) } };
}

function liveOf(epoch = 'epoch') {
  const { all, source } = numbers();
  const live = createLive({ samples: source } as unknown as LiveSources, stack, epoch);
  const add = (...values: number[]) => {
    all.push(...values);
    live.notify();
  };
  return { ...live, add };
}

/** Opens a page, which reads events one after the other. */
function pageOf(live: Pick<ReturnType<typeof liveOf>, 'events'>, lastId?: string) {
  const closing = new AbortController();
  const events = live.events(lastId, closing.signal);
  return {
    async next(): Promise<Pick<LiveEvent, 'event' | 'id'> & { data: unknown }> {
      const result = await events.next();
      if (result.done === true) throw new Error('the events have ended');
      return { ...result.value, data: JSON.parse(result.value.data) as unknown };
    },
    async close() {
      closing.abort();
      return (await events.next()).done;
    },
  };
}

describe('the live events of the sandbox', () => {
  it('begin with everything, and go on with what changes', async () => {
    const live = liveOf();
    live.add(1, 2);
    const page = pageOf(live);
    expect(await page.next()).toMatchObject({ event: 'start', data: stack });
    expect(await page.next()).toMatchObject({ event: 'samples', data: [1, 2] });
    const third = page.next();
    live.add(3);
    expect(await third).toMatchObject({ data: [3] });
    expect(await page.close()).toBe(true);
  });

  it('gather a burst of changes in one event', async () => {
    const live = liveOf();
    const page = pageOf(live);
    await page.next();
    const gathered = page.next();
    for (let number = 0; number < 50; number += 1) live.add(number);
    expect(await gathered).toMatchObject({ data: Array.from({ length: 50 }, (_, number) => number) });
    await page.close();
  });

  it('go on after the last event that a page has seen', async () => {
    const live = liveOf();
    live.add(1);
    const before = pageOf(live);
    await before.next();
    const { id } = await before.next();
    await before.close();
    live.add(2, 3);
    const after = pageOf(live, id);
    expect(await after.next()).toMatchObject({ event: 'samples', data: [2, 3] });
    await after.close();
  });

  it.each(['another.0:1', 'epoch.1:1', 'epoch.0:', 'epoch.0:x', 'epoch.0', '', 'nonsense'])(
    'begin again after the id %s',
    async (lastId) => {
      const live = liveOf();
      live.add(1);
      const page = pageOf(live, lastId);
      expect(await page.next()).toMatchObject({ event: 'start' });
      expect(await page.next()).toMatchObject({ data: [1] });
      await page.close();
    },
  );

  it('begin again when something was forgotten, also for a page that is away', async () => {
    const live = liveOf();
    live.add(1);
    const [open, away] = [pageOf(live), pageOf(live)];
    for (const page of [open, away]) await page.next();
    await open.next();
    const { id } = await away.next();
    await away.close();
    const again = open.next();
    live.restart();
    expect(await again).toMatchObject({ event: 'start' });
    const back = pageOf(live, id);
    expect(await back.next()).toMatchObject({ event: 'start' });
    await Promise.all([open.close(), back.close()]);
  });

  it('end with a page that closes while it waits, and go on for the others', async () => {
    const live = liveOf();
    const [closed, open] = [pageOf(live), pageOf(live)];
    for (const page of [closed, open]) await page.next();
    const next = open.next();
    expect(await closed.close()).toBe(true);
    live.add(1);
    expect(await next).toMatchObject({ data: [1] });
    await open.close();
  });
});
