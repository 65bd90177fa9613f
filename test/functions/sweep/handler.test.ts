import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { sendMessages } from '../../../shared/aws/sqs/batches.ts';
import { minuteMs, startSweep, threeOClock } from '../../support/sweep.ts';

let sweep: Awaited<ReturnType<typeof startSweep>>;
beforeEach(async () => {
  sweep = await startSweep();
});
afterEach(() => sweep.stop());

const tickMs = 15 * minuteMs;
const tokensOf = (count: number) => Array.from({ length: count }, (_, index) => `token-${String(index)}`);
const listOf = (tokens: readonly string[], appId = 'app') =>
  `selector,appid,token,lastseen\n${tokens.map((token) => `S:1,${appId},${token},2026-01-01 00:00:00+00\n`).join('')}`;
const tokensOnQueue = () => sweep.pushes().map(({ deviceToken }) => deviceToken);

/** Ticks, each at its time, until nothing is left to be done. */
async function tickThrough(minutes: number, from = threeOClock): Promise<void> {
  for (let at = from; at < from + minutes * minuteMs; at += tickMs) {
    sweep.setNow(at);
    await sweep.tick();
  }
}

describe('a sweep', () => {
  it('sends one push to each device, spread over the slices of its window', async () => {
    const tokens = tokensOf(1000);
    await sweep.put('devices/list.csv', listOf(tokens));
    await sweep.plan('nightly', { window: 'PT1H' });
    await tickThrough(60);
    expect(tokensOnQueue().sort()).toEqual([...tokens].sort());
    const reports = await sweep.reports('nightly');
    expect(reports.map(({ slice }) => slice).sort()).toEqual([0, 1, 2, 3]);
    for (const report of reports) {
      expect(report.enqueued).toBeGreaterThan(150);
      expect(report).toMatchObject({
        slices: 4,
        ticks: 1,
        list: { key: 'devices/list.csv' },
        verb: 'NotifyReprovision',
      });
    }
    expect(await sweep.summaries('nightly')).toMatchObject([
      { plan: 'nightly', slices: 4, rows: 1000, enqueued: 1000, duplicates: 0, filtered: 0, refused: 0 },
    ]);
  });

  it('sends nothing but what the verb takes', async () => {
    await sweep.put('devices/list.csv', listOf(['t+/=']));
    await sweep.plan('reload', { window: 'PT0S' });
    await sweep.plan('fetch', { window: 'PT0S', verb: 'NotifyTextMessage' });
    await sweep.plan('show', { window: 'PT0S', verb: 'NotifyGenericTextMessage', parameters: { Message: 'Tonight' } });
    await sweep.tick();
    const device = { AppId: 'app', DeviceToken: 't+/=' };
    const sent = sweep.pushes().map(({ parameters }) => Object.fromEntries(parameters));
    expect(sent).toHaveLength(3);
    expect(sent).toEqual(
      expect.arrayContaining([
        { verb: 'NotifyReprovision', ...device },
        { verb: 'NotifyTextMessage', ...device, Selector: 'S:1' },
        { verb: 'NotifyGenericTextMessage', ...device, Message: 'Tonight' },
      ]),
    );
  });

  it('sends a device that is listed twice one push, and a fetch one for each account', async () => {
    const list = 'appid,token,selector\nA,t,S:1\nA,t,S:2\nB,t,S:1\nA,t,S:1\n';
    await sweep.put('devices/list.csv', list);
    await sweep.plan('reload', { window: 'PT30M' });
    await tickThrough(30);
    expect(
      sweep
        .pushes()
        .map(({ appId }) => appId)
        .sort(),
    ).toEqual(['A', 'B']);
    expect(await sweep.summaries('reload')).toMatchObject([{ rows: 4, enqueued: 2, duplicates: 2 }]);
    await sweep.plan('fetch', { window: 'PT0S', verb: 'NotifyTextMessage' });
    await sweep.tick();
    expect(await sweep.summaries('fetch')).toMatchObject([{ rows: 4, enqueued: 3, duplicates: 1 }]);
  });

  it('tells each bad row once, with its line and what is wrong', async () => {
    const rows = ['S,app,good,', 'S,app,,', 'S,app,"",', 'S,,t,', 'S,app,a b,', 'S,app', 'S,app,"open,', 'S,app,last,'];
    await sweep.put('devices/list.csv', `selector,appid,token,lastseen\r\n${rows.join('\r\n')}\r\n`);
    await sweep.plan('nightly', { window: 'PT45M' });
    await tickThrough(45);
    const [summary] = await sweep.summaries('nightly');
    expect(summary).toMatchObject({ rows: 8, enqueued: 2, refused: 6 });
    expect(summary?.refusedRows).toEqual([
      { line: 3, reason: 'DeviceToken is empty.' },
      { line: 4, reason: 'DeviceToken is empty.' },
      { line: 5, reason: 'AppId is empty.' },
      { line: 6, reason: expect.stringContaining('DeviceToken has white space in it') as string },
      { line: 7, reason: 'The row has 2 fields, the header has 4.' },
      { line: 8, reason: 'The quotes are not valid CSV.' },
    ]);
    expect(tokensOnQueue().sort()).toEqual(['good', 'last']);
  });

  it('leaves out other apps, and devices that were not seen for long', async () => {
    const list =
      'appid,token,lastseen\nA,new,2026-01-01 12:00:00+00\nA,old,2025-06-01 12:00:00+00\nA.pushkit,p,2026-01-01 12:00:00+00\nA,never,\n';
    await sweep.put('devices/list.csv', list);
    await sweep.plan('nightly', { window: 'PT0S', appIds: ['A'], seenWithin: 'P90D' });
    await sweep.tick();
    expect(tokensOnQueue()).toEqual(['new']);
    expect(await sweep.summaries('nightly')).toMatchObject([
      { rows: 4, enqueued: 1, filtered: 2, refused: 1, refusedRows: [{ line: 5 }] },
    ]);
  });

  it('does nothing before its time, and nothing once it has ended', async () => {
    await sweep.put('devices/list.csv', listOf(['t']));
    await sweep.plan('nightly', { window: 'PT0S' });
    sweep.setNow(threeOClock - tickMs - 5 * minuteMs);
    await sweep.tick();
    expect(tokensOnQueue()).toEqual([]);
    // At the tick before, whose pushes may wait for a quarter of an hour, it is too early by five minutes still.
    await tickThrough(120);
    expect(tokensOnQueue()).toEqual(['t']);
  });

  it('begins with the tick that finds it, where the plan does not say when', async () => {
    await sweep.put('devices/list.csv', listOf(tokensOf(10)));
    await sweep.plan('now', { window: 'PT30M', start: undefined });
    const placed = Date.now();
    const next = Math.ceil(placed / tickMs) * tickMs;
    await tickThrough(30, next);
    expect(tokensOnQueue()).toHaveLength(10);
  });

  it('is repeated, and leaves out a repetition that nobody began', async () => {
    await sweep.put('devices/list.csv', listOf(['t']));
    await sweep.plan('daily', { window: 'PT0S', every: 'P1D' });
    await sweep.tick();
    await sweep.tick();
    expect(tokensOnQueue()).toHaveLength(1);
    sweep.setNow(threeOClock + 1440 * minuteMs);
    await sweep.tick();
    expect(tokensOnQueue()).toHaveLength(2);
    // For five days there are no ticks.
    sweep.setNow(threeOClock + 6 * 1440 * minuteMs);
    await sweep.tick();
    await sweep.tick();
    expect(tokensOnQueue()).toHaveLength(3);
    expect(await sweep.summaries('daily')).toHaveLength(3);
  });

  it('does one slice for each tick after ticks that were missed, and misses no device', async () => {
    const tokens = tokensOf(400);
    await sweep.put('devices/list.csv', listOf(tokens));
    await sweep.plan('nightly', { window: 'PT1H' });
    sweep.setNow(threeOClock + 45 * minuteMs);
    await sweep.tick();
    expect(await sweep.reports('nightly')).toHaveLength(1);
    await tickThrough(45, threeOClock + 60 * minuteMs);
    expect(tokensOnQueue().sort()).toEqual([...tokens].sort());
  });

  it('enqueues devices beyond those it remembers unchecked, and says so in its report', async () => {
    const tokens = tokensOf(2000);
    // Each device twice, the second time far from the first.
    await sweep.put('devices/list.csv', listOf([...tokens, ...tokens]));
    await sweep.plan('large', { window: 'PT0S' });
    await sweep.tick({ maxRememberedDevices: 150 });
    expect(new Set(tokensOnQueue())).toEqual(new Set(tokens));
    const counts = { rows: 4000, enqueued: 3850, duplicates: 150, unchecked: 3700 };
    expect(await sweep.reports('large')).toMatchObject([counts]);
    expect(await sweep.summaries('large')).toMatchObject([counts]);
  });

  it('goes on where a tick had to stop', async () => {
    const tokens = tokensOf(30_000);
    await sweep.put('devices/list.csv', listOf(tokens));
    await sweep.plan('large', { window: 'PT0S' });
    // Time is up at the third look.
    let looks = 0;
    await sweep.tick({}, () => ((looks += 1) > 3 ? 1000 : 800_000));
    const first = tokensOnQueue();
    expect(first.length).toBeGreaterThan(0);
    expect(first.length).toBeLessThan(tokens.length);
    expect(await sweep.summaries('large')).toEqual([]);
    await sweep.tick();
    expect(tokensOnQueue().sort()).toEqual([...tokens].sort());
    expect(await sweep.summaries('large')).toMatchObject([{ rows: 30_000, enqueued: 30_000 }]);
    expect(await sweep.reports('large')).toMatchObject([{ ticks: 2 }]);
  });

  it('misses nothing when a tick is killed, and waits until that is certain', async () => {
    const tokens = tokensOf(20_000);
    await sweep.put('devices/list.csv', listOf(tokens));
    await sweep.plan('large', { window: 'PT0S' });
    // What a killed function leaves behind: some pushes on the queue, and a progress that nobody lets go.
    const { store, send } = sweep.dependencies;
    let sent = 0;
    const killed = sweep.tick({
      send: async (messages) => {
        if ((sent += messages.length) > 5000) throw new Error('killed');
        return send(messages);
      },
      store: {
        ...store,
        write: (key, text, condition) =>
          sent > 5000 ? Promise.reject(new Error('killed')) : store.write(key, text, condition),
      },
    });
    await expect(killed).rejects.toThrow('1 of 1 plans failed');
    const before = tokensOnQueue().length;
    expect(before).toBeGreaterThan(0);

    await sweep.tick();
    expect(tokensOnQueue()).toHaveLength(before);
    sweep.setNow(threeOClock + tickMs);
    await sweep.tick();
    expect(new Set(tokensOnQueue())).toEqual(new Set(tokens));
    expect(tokensOnQueue()).toHaveLength(tokens.length + before);
  });

  it('sends again only what a killed tick had sent since it last wrote down how far it was', async () => {
    const tokens = tokensOf(20_000);
    await sweep.put('devices/list.csv', listOf(tokens));
    await sweep.plan('large', { window: 'PT0S' });
    const { store, send } = sweep.dependencies;
    let isKilled = false;
    const killed = sweep.tick({
      send: async (messages) => {
        // Each block takes its time, so that there is something to be written down after it.
        sweep.setNow(sweep.now() + 11_000);
        const result = await send(messages);
        isKilled = tokensOnQueue().length > 10_000;
        return result;
      },
      store: {
        ...store,
        write: (...write) => (isKilled ? Promise.reject(new Error('killed')) : store.write(...write)),
      },
    });
    await expect(killed).rejects.toThrow('1 of 1 plans failed');
    const before = tokensOnQueue().length;
    sweep.setNow(threeOClock + tickMs);
    await sweep.tick();
    expect(new Set(tokensOnQueue())).toEqual(new Set(tokens));
    const twice = tokensOnQueue().length - tokens.length;
    expect(twice).toBeGreaterThan(0);
    expect(twice).toBeLessThan(before / 2);
  });

  it('is done once by two ticks at once', async () => {
    const tokens = tokensOf(3000);
    await sweep.put('devices/list.csv', listOf(tokens));
    await sweep.plan('large', { window: 'PT0S' });
    await Promise.all([sweep.tick(), sweep.tick(), sweep.tick()]);
    expect(tokensOnQueue().sort()).toEqual([...tokens].sort());
    expect(await sweep.summaries('large')).toMatchObject([{ enqueued: 3000 }]);
  });

  it('sends again what the queue did not take, and only that', async () => {
    const tokens = tokensOf(100);
    await sweep.put('devices/list.csv', listOf(tokens));
    await sweep.plan('nightly', { window: 'PT0S' });
    let calls = 0;
    const { sqs, pushes } = sweep.queues;
    await sweep.tick({
      send: async (messages) => {
        calls += 1;
        if (calls > 1) return sweep.dependencies.send(messages);
        const { done } = await sendMessages(sqs, pushes.url, messages.slice(0, 40), (message) => message);
        const failed = messages.slice(40).map((item) => ({ item, scope: 'entry' as const, error: new Error('busy') }));
        return { done, failed };
      },
    });
    expect(tokensOnQueue().sort()).toEqual([...tokens].sort());
  });

  it('begins a slice anew whose list was replaced under it', async () => {
    await sweep.put('devices/list.csv', listOf(tokensOf(30_000)));
    await sweep.plan('large', { window: 'PT0S' });
    let looks = 0;
    await sweep.tick({}, () => ((looks += 1) > 3 ? 1000 : 800_000));
    await sweep.put('devices/list.csv', listOf(['other', ...tokensOf(50)]));
    await sweep.tick();
    expect(tokensOnQueue()).toContain('other');
    expect(await sweep.summaries('large')).toMatchObject([{ rows: 51, enqueued: 51 }]);
  });

  it('stops when its plan is deleted', async () => {
    await sweep.put('devices/list.csv', listOf(tokensOf(100)));
    await sweep.plan('nightly', { window: 'PT1H' });
    await sweep.tick();
    await sweep.store.remove('plans/nightly.json');
    const before = tokensOnQueue().length;
    await tickThrough(60, threeOClock + tickMs);
    expect(tokensOnQueue()).toHaveLength(before);
  });

  it('starts anew when its plan is replaced', async () => {
    await sweep.put('devices/list.csv', listOf(['t']));
    await sweep.plan('nightly', { window: 'PT0S' });
    await sweep.tick();
    await sweep.plan('nightly', { window: 'PT0S', verb: 'NotifyTextMessage' });
    await sweep.tick();
    expect(sweep.pushes().map(({ verb }) => verb)).toEqual(['NotifyReprovision', 'NotifyTextMessage']);
  });
});

describe('a deployment with another distance of the ticks', () => {
  it('begins a run anew, for its slices are others', async () => {
    const tokens = tokensOf(200);
    await sweep.put('devices/list.csv', listOf(tokens));
    await sweep.plan('nightly', { window: 'PT30M' });
    for (const minutes of [0, 5]) {
      sweep.setNow(threeOClock + minutes * minuteMs);
      await sweep.tick({ tickMs: 5 * minuteMs });
    }
    expect(await sweep.reports('nightly')).toHaveLength(2);
    await tickThrough(30, threeOClock + tickMs);
    expect(new Set(tokensOnQueue())).toEqual(new Set(tokens));
  });
});

describe('a plan that is no good', () => {
  it('is told of beside it, and harms no other plan', async () => {
    await sweep.put('devices/list.csv', listOf(['t']));
    await sweep.put('plans/broken.json', '{"devices": 1, "windw": "PT1H", "window": "1h", "verb": "NotifyAll"}');
    await sweep.put('plans/note.txt', 'hello');
    await sweep.plan('good', { window: 'PT0S' });
    await sweep.tick();
    expect(tokensOnQueue()).toEqual(['t']);
    const faults = (await sweep.faults('broken'))?.faults ?? [];
    expect(faults.map(({ property }) => property).sort()).toEqual(['devices', 'verb', 'window', 'windw']);
    expect(await sweep.faults('note.txt')).toMatchObject({
      faults: [{ detail: expect.stringContaining('.json') as string }],
    });
    expect(sweep.log.lines.filter((line) => line.includes('plan refused'))).toHaveLength(2);
  });

  it.each<[fault: string, list: string | undefined, told: string]>([
    ['there is no list', undefined, 'There is no list devices/list.csv'],
    ['the list is empty', '', 'The list is empty'],
    ['the list has no header', 'S:1,app,token\nS:1,app,token2\n', 'no column AppId'],
    ['the list names a column twice', 'appid,token,AppId\na,b,c\n', 'two columns for appId'],
    ['the list is no gzip after all', '\x1f\x8bnonsense', "can't be decompressed"],
  ])('is told of when %s, until it is mended', async (_fault, list, told) => {
    if (list !== undefined) await sweep.put('devices/list.csv', Buffer.from(list, 'latin1'));
    await sweep.plan('nightly', { window: 'PT0S' });
    await sweep.tick();
    expect((await sweep.faults('nightly'))?.faults).toMatchObject([
      { property: 'devices', detail: expect.stringContaining(told) as string },
    ]);
    await sweep.put('devices/list.csv', listOf(['t']));
    await sweep.tick();
    expect(await sweep.faults('nightly')).toBeUndefined();
    expect(tokensOnQueue()).toEqual(['t']);
  });

  it('does not stop the others when the bucket or the queue fails', async () => {
    await sweep.put('devices/list.csv', listOf(['t']));
    await sweep.plan('a', { window: 'PT0S' });
    await sweep.plan('b', { window: 'PT0S' });
    const { store } = sweep.dependencies;
    const failing = {
      ...store,
      readText: (key: string) => (key === 'plans/a.json' ? Promise.reject(new Error('no')) : store.readText(key)),
    };
    await expect(sweep.tick({ store: failing })).rejects.toThrow('1 of 2 plans failed');
    expect(tokensOnQueue()).toEqual(['t']);
    await sweep.tick();
    expect(tokensOnQueue()).toHaveLength(2);
  });
});
