import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { listOf, startSweep, threeOClock, tickMs, tokensOf } from '../../support/sweep.ts';

let sweep: Awaited<ReturnType<typeof startSweep>>;
beforeEach(async () => {
  sweep = await startSweep();
});
afterEach(() => sweep.stop());

const lines = () => sweep.log.lines.map((line) => JSON.parse(line) as Record<string, unknown>);
const linesOf = (message: string) => lines().filter((line) => line['message'] === message);

describe('a tick', () => {
  it('fails for the platform to retry it if one plan failed, after it has worked on the others', async () => {
    await sweep.putList(listOf(['t']));
    await sweep.plan('a');
    await sweep.plan('b');
    const { store } = sweep.dependencies;
    const failing = {
      ...store,
      readText: (key: string) => (key === 'plans/a.json' ? Promise.reject(new Error('no')) : store.readText(key)),
    };
    await expect(sweep.tick({ store: failing })).rejects.toThrow('1 of 2 plans failed');
    expect(sweep.tokens()).toEqual(['t']);
    expect(linesOf('plan failed')).toEqual([
      { level: 'error', message: 'plan failed', plan: 'plans/a.json', error: { name: 'Error', message: 'no' } },
    ]);
    expect(await sweep.tick()).toEqual({ plans: 2 });
    expect(sweep.tokens()).toHaveLength(2);
  });

  it('begins with another plan each time, so that each has its turn when the time is short', async () => {
    await sweep.putList(listOf(['t']));
    for (const name of ['a', 'b', 'c']) await sweep.plan(name, { window: 'PT1H' });
    const worked: string[] = [];
    for (let turn = 0; turn < 3; turn += 1) {
      sweep.setNow(threeOClock + turn * tickMs);
      const before = linesOf('slice').length;
      await sweep.tick({}, () => (linesOf('slice').length > before ? 20_000 : 800_000));
      worked.push(
        ...linesOf('slice')
          .slice(before)
          .map(({ plan }) => String(plan)),
      );
    }
    expect(worked.sort()).toEqual(['a', 'b', 'c']);
    const notWorked = linesOf('no time left for a plan').map(({ plan }) => plan);
    expect(notWorked.sort()).toEqual(['a', 'a', 'b', 'b', 'c', 'c'].map((name) => `plans/${name}.json`));
  });

  it('works on a plan as long as the reserve of its time remains', async () => {
    await sweep.putList(listOf(['t']));
    await sweep.plan('a');
    await sweep.tick({}, () => 29_999);
    expect(sweep.tokens()).toEqual([]);
    await sweep.tick({}, () => 30_000);
    expect(sweep.tokens()).toEqual(['t']);
  });

  it('logs what it has done and counts it in metrics, without a device', async () => {
    await sweep.putList(
      'appid,token,lastseen\napp,SECRET,2026-01-01\napp,SECRET,2026-01-01\n,x,2026-01-01\napp,old,2020-01-01\n',
    );
    await sweep.plan('a', { seenWithin: 'P90D' });
    await sweep.put('plans/broken.json', '{');
    await sweep.tick({
      now: () => {
        sweep.setNow(sweep.now() + 1);
        return sweep.now();
      },
    });
    const counts = { rows: 4, enqueued: 1, duplicates: 1, filtered: 1, excluded: 0, refused: 1, unchecked: 0 };
    const slice = { level: 'info', plan: 'a', slice: 0, slices: 1, end: 'finished', ...counts };
    expect(linesOf('slice')).toMatchObject([slice]);
    expect(linesOf('slice')[0]?.['ms']).toBeGreaterThan(0);
    expect(linesOf('run')).toMatchObject([{ level: 'info', plan: 'a', slices: 1, ...counts }]);
    expect(linesOf('run')[0]).toHaveProperty('startedAt');
    expect(linesOf('run')[0]).toHaveProperty('finishedAt');
    expect(linesOf('plan refused')).toEqual([
      {
        level: 'warn',
        message: 'plan refused',
        plan: 'plans/broken.json',
        faults: [{ detail: 'The plan is not JSON.' }],
      },
    ]);
    const [metrics] = lines().filter((line) => '_aws' in line);
    expect(metrics).toMatchObject({
      Stage: 'test',
      Enqueued: 1,
      Duplicates: 1,
      RowsFiltered: 1,
      RowsRefused: 1,
      SlicesFinished: 1,
      PlansRefused: 1,
    });
    expect(sweep.log.lines.join('\n')).not.toContain('SECRET');
  });

  it('sums up the metrics of several slices, and writes none if there was nothing to do', async () => {
    await sweep.tick();
    expect(sweep.log.lines).toEqual([]);
    await sweep.putList(listOf(tokensOf(10)));
    await sweep.plan('a');
    await sweep.plan('b');
    await sweep.tick();
    expect(lines().filter((line) => '_aws' in line)).toMatchObject([{ Enqueued: 20, SlicesFinished: 2 }]);
  });
});
