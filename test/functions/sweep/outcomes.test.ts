import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { sendMessages } from '../../../shared/aws/sqs/batches.ts';
import { outcomesKey } from '../../../shared/sweeps/keys.ts';
import { outcomesRecord } from '../../../shared/sweeps/outcome-counts.ts';
import { parseReport } from '../../../shared/sweeps/report.ts';
import { allDone, someFailed } from '../../support/batch-result.ts';
import { startSweep } from '../../support/sweep.ts';

let sweep: Awaited<ReturnType<typeof startSweep>>;
beforeEach(async () => {
  // The clock of SQS, too: a tick compares them.
  sweep = await startSweep({ now: Date.now });
});
afterEach(() => sweep.stop());

const run = '20260102T030000Z-1a2b3c4d';
const countsOf = (delivered: number, givenUp: Readonly<Record<string, number>> = {}, plan = 'nightly') => ({
  ...{ plan, run, delivered, givenUp },
});

const recordOf = async (plan = 'nightly') =>
  parseReport(outcomesRecord, await sweep.store.readText(outcomesKey(plan, run)));

const left = () => {
  const { ready = [], inflight = [] } =
    sweep.queues.server.inspectQueue(sweep.queues.outcomeCounts.queueName)?.messages ?? {};
  return ready.length + inflight.length;
};

const lines = () => sweep.log.lines.map((line): unknown => JSON.parse(line));

describe('a tick', () => {
  it('adds the counts of `deliver` to the record of their run, and removes them from the queue', async () => {
    await sweep.reportOutcomes(
      countsOf(3, { unregistered: 2 }),
      countsOf(4, { unregistered: 1, expired: 1 }),
      countsOf(1, {}, 'weekly'),
    );
    await sweep.tick();
    expect(await recordOf()).toMatchObject({ delivered: 7, givenUp: { unregistered: 3, expired: 1 } });
    expect(await recordOf('weekly')).toMatchObject({ delivered: 1, givenUp: {} });
    expect(left()).toBe(0);
    expect(sweep.log.lines).toEqual([]);
    await sweep.reportOutcomes(countsOf(5, { rejected: 1 }));
    await sweep.tick();
    expect(await recordOf()).toMatchObject({ delivered: 12, givenUp: { unregistered: 3, expired: 1, rejected: 1 } });
  });

  it('counts pushes that end after their run, and after its plan and its reports were deleted', async () => {
    await sweep.reportOutcomes(countsOf(1));
    await sweep.tick();
    expect(await recordOf()).toMatchObject({ delivered: 1 });
    // No folder: the run has not begun again.
    expect((await sweep.store.list('plans/nightly/')).folders).toEqual([]);
  });

  it('empties a queue with more counts than one call returns', async () => {
    await sweep.reportOutcomes(...Array.from({ length: 250 }, () => countsOf(1)));
    await sweep.tick();
    expect(await recordOf()).toMatchObject({ delivered: 250 });
    expect(left()).toBe(0);
  });

  it('leaves to the next tick what `deliver` counts during this one', async () => {
    const startedAt = Date.now();
    let sentAt = startedAt - 20;
    const countsQueue = {
      receive() {
        sentAt += 10;
        return Promise.resolve([{ body: JSON.stringify(countsOf(1)), receiptHandle: String(sentAt), sentAt }]);
      },
      remove: allDone,
    };
    await sweep.tick({ now: () => startedAt, countsQueue });
    expect(await recordOf()).toMatchObject({ delivered: 3 });
  });

  it('goes on while one of the messages was sent before it: the queue returns them in any order', async () => {
    const startedAt = Date.now();
    const rounds = [[startedAt + 10, startedAt - 20], [startedAt - 10], [startedAt + 20]];
    const countsQueue = {
      receive: () =>
        Promise.resolve(
          (rounds.shift() ?? []).map((sentAt) => ({
            body: JSON.stringify(countsOf(1)),
            receiptHandle: String(sentAt),
            sentAt,
          })),
        ),
      remove: allDone,
    };
    await sweep.tick({ now: () => startedAt, countsQueue });
    expect(await recordOf()).toMatchObject({ delivered: 4 });
  });

  it('leaves the counts to the next tick if less than the reserve of its time remains', async () => {
    await sweep.reportOutcomes(countsOf(1));
    await sweep.tick({}, () => 29_999);
    expect(await recordOf()).toBeUndefined();
    await sweep.tick({}, () => 30_000);
    expect(await recordOf()).toMatchObject({ delivered: 1 });
  });

  it('counts once beside other ticks', async () => {
    await sweep.reportOutcomes(...Array.from({ length: 60 }, () => countsOf(1, { expired: 1 })));
    await Promise.all([sweep.tick(), sweep.tick(), sweep.tick()]);
    expect(await recordOf()).toMatchObject({ delivered: 60, givenUp: { expired: 60 } });
  });

  it('counts again what it could not remove', async () => {
    const { countsQueue } = sweep.dependencies;
    await sweep.reportOutcomes(countsOf(1));
    let received = 0;
    await sweep.tick({
      countsQueue: {
        receive: async () => ((received += 1) === 1 ? countsQueue.receive() : []),
        remove: (messages) => someFailed(messages, () => true),
      },
    });
    expect(left()).toBe(1);
    const error = { name: 'Error', message: 'SQS refused it' };
    expect(lines()).toEqual([{ level: 'warn', message: 'outcome counts not removed', messages: 1, error }]);
  });

  it('fails after ten writes if other ticks are always faster, and leaves the counts to the next tick', async () => {
    const { store } = sweep;
    await sweep.reportOutcomes(countsOf(1));
    let writes = 0;
    const write = () => {
      writes += 1;
      return Promise.resolve(undefined);
    };
    const tick = sweep.tick({ store: { ...store, write } });
    await expect(tick).rejects.toThrow(`${outcomesKey('nightly', run)} changes too often to be written.`);
    expect(writes).toBe(10);
    expect(left()).toBe(1);
  });

  it('counts a run once, also if the record of another cannot be written', async () => {
    const { store } = sweep;
    await sweep.reportOutcomes(countsOf(3), countsOf(1, {}, 'weekly'));
    const write: typeof store.write = (key, ...rest) =>
      key === outcomesKey('weekly', run) ? Promise.reject(new Error('no bucket')) : store.write(key, ...rest);
    await expect(sweep.tick({ store: { ...store, write } })).rejects.toThrow('no bucket');
    expect(await recordOf()).toMatchObject({ delivered: 3 });
    expect(left()).toBe(1);
  });

  it('removes a message that it can not read, and counts the others', async () => {
    await sweep.reportOutcomes(countsOf(1));
    const { sqs, outcomeCounts } = sweep.queues;
    await sendMessages(sqs, outcomeCounts.url, ['not JSON', '{"plan":"nightly"}'], (MessageBody) => ({ MessageBody }));
    await sweep.tick();
    expect(await recordOf()).toMatchObject({ delivered: 1 });
    expect(left()).toBe(0);
    expect(lines()).toEqual([{ level: 'error', message: 'outcome counts not readable', messages: 2 }]);
  });

  it('fails if the queue does, and its slices are done nevertheless', async () => {
    const countsQueue = { ...sweep.dependencies.countsQueue, receive: () => Promise.reject(new Error('no queue')) };
    await sweep.putList('appid,token\nA,t\n');
    await sweep.plan('nightly');
    await expect(sweep.tick({ countsQueue })).rejects.toThrow('no queue');
    expect(sweep.tokens()).toEqual(['t']);
  });
});
