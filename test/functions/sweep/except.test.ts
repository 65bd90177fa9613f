import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { listOf, startSweep, tokensOf } from '../../support/sweep.ts';

let sweep: Awaited<ReturnType<typeof startSweep>>;
beforeEach(async () => {
  sweep = await startSweep();
});
afterEach(() => sweep.stop());

const except = 'devices/dead.csv';
const dead = (tokens: readonly string[]) => `AppId,DeviceToken\n${tokens.map((token) => `app,${token}\n`).join('')}`;

describe('a plan with a list of devices to leave out', () => {
  it('pushes to the others, and counts the rows that it leaves out', async () => {
    const tokens = tokensOf(200);
    await sweep.putList(listOf(tokens));
    await sweep.put(except, dead(tokens.slice(0, 80)));
    await sweep.plan('nightly', { window: 'PT30M', except });
    await sweep.tickThrough(30);
    expect(sweep.tokens()).toEqual(tokens.slice(80).sort());
    expect(await sweep.summaries('nightly')).toMatchObject([{ rows: 200, enqueued: 120, excluded: 80, filtered: 0 }]);
    const filtered = sweep.log.lines.flatMap((line) => {
      const { RowsFiltered } = JSON.parse(line) as { RowsFiltered?: number };
      return RowsFiltered ?? [];
    });
    expect(filtered.reduce((sum, count) => sum + count, 0)).toBe(80);
  });

  it('leaves a device out for each of its accounts', async () => {
    await sweep.putList('appid,token,selector\napp,t,S:1\napp,t,S:2\napp,u,S:1\n');
    await sweep.put(except, 'AppId,DeviceToken,Selector\napp,t,S:1\n');
    await sweep.plan('fetch', { verb: 'NotifyTextMessage', window: 'PT30M', except });
    await sweep.tickThrough(30);
    expect(sweep.tokens()).toEqual(['u']);
  });

  it('reports a refused row as such, also of such a device', async () => {
    await sweep.putList('appid,token,lastseen\napp,t,never\n');
    await sweep.put(except, dead(['t']));
    await sweep.plan('nightly', { seenWithin: 'P90D', except });
    await sweep.tick();
    expect(await sweep.summaries('nightly')).toMatchObject([{ refused: 1, excluded: 0 }]);
  });

  it('says how many of its rows name no device', async () => {
    await sweep.putList(listOf(['t']));
    await sweep.put(except, 'AppId,DeviceToken\napp,\n');
    await sweep.plan('nightly', { except });
    await sweep.tick();
    expect(sweep.tokens()).toEqual(['t']);
    expect(sweep.log.lines.join('\n')).toContain('"unreadableRows":1');
  });

  it('warns of no rows if each of them names a device', async () => {
    await sweep.putList(listOf(['t']));
    await sweep.put(except, dead(['other']));
    await sweep.plan('nightly', { except });
    await sweep.tick();
    expect(sweep.log.lines.join('\n')).not.toContain('unreadableRows');
  });

  it('begins no run while that list is missing, so that a later tick does not catch up with it', async () => {
    await sweep.putList(listOf(['t']));
    await sweep.plan('nightly', { except });
    await sweep.tick();
    expect((await sweep.store.list('plans/nightly/')).folders).toEqual([]);
  });

  it('is refused if that list is deleted just before it is read', async () => {
    await sweep.putList(listOf(['t']));
    await sweep.plan('nightly', { except });
    const { store } = sweep;
    const head = (key: string) => (key === except ? Promise.resolve({ etag: '"1"', bytes: 1 }) : store.head(key));
    await sweep.tick({ store: { ...store, head } });
    expect(sweep.tokens()).toEqual([]);
    expect((await sweep.faults('nightly'))?.faults).toMatchObject([
      { property: 'except', detail: expect.stringContaining(`There is no list ${except} in the bucket`) as string },
    ]);
  });

  it.each<[string, string | undefined, string]>([
    ['is missing', undefined, `There is no list ${except} in the bucket: upload it, or change except in the plan.`],
    ['can not be read', '[', 'The list is a JSON array'],
    ['is too long', dead(tokensOf(11)), 'The list of except has more than 10 devices for one slice'],
  ])('is refused if the list %s, and nobody gets a push', async (_what, content, detail) => {
    await sweep.putList(listOf(['t']));
    if (content !== undefined) await sweep.put(except, content);
    await sweep.plan('nightly', { except });
    await sweep.tick({ maxRememberedDevices: 10 });
    expect(sweep.tokens()).toEqual([]);
    const faults = await sweep.faults('nightly');
    expect(faults).toMatchObject({
      faults: [{ property: 'except', detail: expect.stringContaining(detail) as string }],
    });
    await sweep.put(except, dead(['other']));
    await sweep.tick();
    expect(sweep.tokens()).toEqual(['t']);
    expect(await sweep.faults('nightly')).toBeUndefined();
  });
});
