import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { sendMessages } from '../../../shared/aws/sqs/batches.ts';
import { parseQueuedPush } from '../../../shared/push/queued-push.ts';
import { listOf, minuteMs, startSweep, threeOClock, tickMs, tokensOf } from '../../support/sweep.ts';

let sweep: Awaited<ReturnType<typeof startSweep>>;
beforeEach(async () => {
  sweep = await startSweep();
});
afterEach(() => sweep.stop());

describe('the pushes of a slice', () => {
  it('have the parameters of their verb and no others', async () => {
    await sweep.putList(listOf(['t+/=']));
    await sweep.plan('reload');
    await sweep.plan('fetch', { verb: 'NotifyTextMessage' });
    await sweep.plan('show', { verb: 'NotifyGenericTextMessage', parameters: { Message: 'Tonight' } });
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

  it('carry the time at which they were enqueued, so that they expire a day later', async () => {
    await sweep.putList(listOf(['t']));
    await sweep.plan('reload');
    await sweep.tick();
    const [message] = sweep.queues.server.inspectQueue(sweep.queues.pushes.queueName)?.messages.ready ?? [];
    expect(message?.body).toContain(new Date(threeOClock).toISOString());
  });

  it('carry the names of their plan and run, so that their outcomes can be told apart', async () => {
    await sweep.putList(listOf(['t']));
    await sweep.plan('reload');
    await sweep.tick();
    const [summary] = await sweep.summaries('reload');
    const [message] = sweep.queues.server.inspectQueue(sweep.queues.pushes.queueName)?.messages.ready ?? [];
    const reading = parseQueuedPush(message?.body ?? '');
    expect(reading).toMatchObject({ ok: true, queued: { sweep: { plan: 'reload', run: summary?.run } } });
  });

  it('are delayed evenly over the time until the next tick, so that the devices do not all come at once', async () => {
    await sweep.putList(listOf(tokensOf(600)));
    await sweep.plan('nightly', { window: 'PT15M' });
    await sweep.tick();
    const delays = sweep.delays();
    expect(delays).toHaveLength(600);
    // The first minute is left for enqueueing.
    expect(Math.min(...delays)).toBe(60);
    expect(Math.max(...delays)).toBeGreaterThan(890);
    for (let minute = 1; minute < 15; minute += 1) {
      const due = delays.filter((delay) => delay >= minute * 60 && delay < (minute + 1) * 60).length;
      expect(Math.abs(due - 600 / 14)).toBeLessThan(4);
    }
  });

  it('are due at once in a run without a window', async () => {
    await sweep.putList(listOf(tokensOf(20)));
    await sweep.plan('now');
    await sweep.tick();
    expect(new Set(sweep.delays())).toEqual(new Set([0]));
  });

  it('are one for a device that is listed twice, and one for each account with NotifyTextMessage', async () => {
    await sweep.putList('appid,token,selector\nA,t,S:1\nA,t,S:2\nB,t,S:1\nA,t,S:1\n');
    await sweep.plan('reload', { window: 'PT30M' });
    await sweep.tickThrough(30);
    const appIds = sweep.pushes().map(({ appId }) => appId);
    expect(appIds.sort()).toEqual(['A', 'B']);
    expect(await sweep.summaries('reload')).toMatchObject([{ rows: 4, enqueued: 2, duplicates: 2 }]);
    await sweep.plan('fetch', { verb: 'NotifyTextMessage' });
    await sweep.tick();
    expect(await sweep.summaries('fetch')).toMatchObject([{ rows: 4, enqueued: 3, duplicates: 1 }]);
  });

  it('leave out other apps and devices that were not seen for too long', async () => {
    const [recent, old] = ['2026-01-01 12:00:00+00', '2025-06-01 12:00:00+00'];
    await sweep.putList(`appid,token,lastseen\nA,new,${recent}\nA,old,${old}\nA.pushkit,p,${recent}\nA,never,\n`);
    await sweep.plan('nightly', { appIds: ['A'], seenWithin: 'P90D' });
    await sweep.tick();
    expect(sweep.tokens()).toEqual(['new']);
    expect(await sweep.summaries('nightly')).toMatchObject([
      { rows: 4, enqueued: 1, filtered: 2, refused: 1, refusedRows: [{ line: 5 }] },
    ]);
  });

  it('are sent again if the queue did not take them, and only those', async () => {
    const tokens = tokensOf(100);
    await sweep.putList(listOf(tokens));
    await sweep.plan('nightly');
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
    expect(sweep.tokens()).toEqual(tokens.sort());
  });

  it('of several blocks are sent one block after the other, all with their own delays', async () => {
    const tokens = tokensOf(7000);
    await sweep.putList(listOf(tokens));
    await sweep.plan('nightly', { window: 'PT15M' });
    let [sending, most, blocks] = [0, 0, 0];
    const delays: (number | undefined)[] = [];
    await sweep.tick({
      send: async (messages) => {
        blocks += 1;
        sending += 1;
        most = Math.max(most, sending);
        await new Promise((resolve) => setImmediate(resolve));
        delays.push(...messages.map(({ DelaySeconds }) => DelaySeconds));
        sending -= 1;
        return { done: messages, failed: [] };
      },
    });
    expect({ most, sent: delays.length }).toEqual({ most: 1, sent: tokens.length });
    expect(blocks).toBeGreaterThan(1);
    const perSecond = Map.groupBy(delays, (delay) => delay);
    expect(Math.max(...perSecond.values().map(({ length }) => length))).toBeLessThanOrEqual(1.5 * (7000 / 840));
  });
});

describe('a slice whose progress S3 writes without an answer', () => {
  it.each<[which: string, lost: number]>([
    ['first', 0],
    ['last', 1],
  ])('is done by the same tick: the %s write', async (_which, lost) => {
    await sweep.putList(listOf(tokensOf(10)));
    await sweep.plan('nightly');
    let writes = 0;
    sweep.loseAnswers((key) => key.includes('.progress.') && writes++ === lost);
    await sweep.tick();
    expect(writes).toBe(2);
    expect(sweep.tokens()).toHaveLength(10);
    expect(await sweep.summaries('nightly')).toMatchObject([{ enqueued: 10 }]);
  });
});

describe('the report of a slice', () => {
  it('lists each refused row once, with its line and the reason', async () => {
    const rows = ['S,app,good,', 'S,app,,', 'S,app,"",', 'S,,t,', 'S,app,a b,', 'S,app', 'S,app,"open,', 'S,app,last,'];
    await sweep.putList(`selector,appid,token,lastseen\r\n${rows.join('\r\n')}\r\n`);
    await sweep.plan('nightly', { window: 'PT45M' });
    await sweep.tickThrough(45);
    const [summary] = await sweep.summaries('nightly');
    expect(summary).toMatchObject({ rows: 8, enqueued: 2, refused: 6 });
    expect(summary?.refusedRows).toEqual([
      { line: 3, reason: 'DeviceToken is empty.' },
      { line: 4, reason: 'DeviceToken is empty.' },
      { line: 5, reason: 'AppId is empty.' },
      { line: 6, reason: expect.stringContaining('DeviceToken contains white space') as string },
      { line: 7, reason: 'The row has 2 fields, the header has 4.' },
      { line: 8, reason: 'The quotes are not valid CSV.' },
    ]);
    expect(sweep.tokens()).toEqual(['good', 'last']);
  });

  it('counts the pushes to devices beyond those that a slice remembers, which are sent unchecked', async () => {
    const tokens = tokensOf(200);
    await sweep.putList(listOf([...tokens, ...tokens]));
    await sweep.plan('large');
    await sweep.tick({ maxRememberedDevices: 150 });
    expect(new Set(sweep.tokens())).toEqual(new Set(tokens));
    const counts = { rows: 400, enqueued: 250, duplicates: 150, unchecked: 100 };
    expect(await sweep.reports('large')).toMatchObject([counts]);
    expect(await sweep.summaries('large')).toMatchObject([counts]);
  });

  it('says when the pushes are due and when the tick worked on it', async () => {
    await sweep.putList(listOf(['t']));
    await sweep.plan('nightly', { window: 'PT30M' });
    sweep.setNow(threeOClock + tickMs + 2 * minuteMs);
    await sweep.tick();
    expect(await sweep.reports('nightly')).toMatchObject([
      {
        slice: 0,
        // A late slice is due as soon as possible, and takes as long.
        dueFrom: '2026-01-02T03:18:00.000Z',
        dueTo: '2026-01-02T03:32:00.000Z',
        startedAt: '2026-01-02T03:17:00.000Z',
        finishedAt: '2026-01-02T03:17:00.000Z',
      },
    ]);
  });
});
