import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { startSweepCli } from '../../support/sweep-cli.ts';

let sweep: Awaited<ReturnType<typeof startSweepCli>>;
beforeEach(async () => {
  sweep = await startSweepCli();
});
afterEach(() => sweep.stop());

describe('sweep stop', () => {
  it('deletes the plan after a question, and leaves the reports and the list', async () => {
    const { enqueued } = await sweep.startHalf();
    const state = `nightly: running 1/2. ${String(enqueued)} pushes are queued already and will still be delivered.\n`;
    expect(await sweep.run(['stop', 'nightly', '--dry-run'])).toEqual({
      exitCode: 0,
      stdout: `${state}plans/nightly.json would be deleted.\n`,
      stderr: '',
    });
    expect(await sweep.run(['stop', 'nightly'], { typed: 'n\n' })).toMatchObject({ exitCode: 0, stdout: state });
    expect(await sweep.keysIn('plans/')).toEqual(['plans/nightly.json']);
    expect(await sweep.run(['stop', 'nightly'], { typed: 'y\n' })).toEqual({
      exitCode: 0,
      stdout: `${state}Stopped: plans/nightly.json is deleted. Its reports and its list stay in the bucket.\n`,
      stderr: 'Stop it? [y/N] ',
    });
    expect(await sweep.keysIn('plans/')).toEqual([]);
    await sweep.finish();
    expect(sweep.relay.countOnQueue()).toBe(enqueued);
    expect(await sweep.relay.reports('nightly')).toHaveLength(1);
    expect(await sweep.keysIn('devices/')).toHaveLength(1);
  });

  it('does not ask with --yes, and needs it if there is no terminal', async () => {
    await sweep.start();
    expect(await sweep.run(['stop', 'nightly'])).toEqual({
      exitCode: 1,
      stdout: '',
      stderr: 'Not a terminal: pass --yes to confirm.\n',
    });
    expect(await sweep.run(['stop', 'nightly', '--yes'])).toMatchObject({
      exitCode: 0,
      stdout: expect.stringContaining('nightly: waiting. No push is queued.\n') as string,
    });
  });

  it('says what the last run of a sweep has enqueued that has ended', async () => {
    await sweep.relay.putList('appid,token\napp,t\n');
    await sweep.relay.plan('once');
    await sweep.relay.tick();
    const { stdout } = await sweep.run(['stop', 'once', '--yes']);
    expect(stdout).toContain('once: ended. Its last run sent 1 push.\n');
  });

  it.each(['noext', 'UPPER.JSON', 'sub/x.json', 'sub/deeper/x.json'])(
    'deletes %s, which is no plan but is listed as one',
    async (name) => {
      await sweep.relay.plan('nightly');
      await sweep.relay.put(`plans/${name}`, '{"devices":"devices/list.csv"}');
      await sweep.relay.tick();
      expect(await sweep.json('list')).toMatchObject({
        plans: expect.arrayContaining([expect.objectContaining({ name, state: 'faulty' })]) as unknown,
      });
      expect((await sweep.run(['status', name])).stdout).toMatch(/: faulty\n {2}fault +A plan (is|must be) /);
      expect(await sweep.run(['stop', name, '--yes'])).toMatchObject({ exitCode: 0, stderr: '' });
      const { plans } = (await sweep.json('list')) as { plans: { name: string }[] };
      expect(plans.map((plan) => plan.name)).toEqual(['nightly']);
    },
  );

  it('deletes the plan, and not an object of the same name without .json', async () => {
    await sweep.relay.plan('nightly');
    await sweep.relay.put('plans/nightly', 'hello');
    await sweep.run(['stop', 'nightly', '--yes']);
    expect(await sweep.keysIn('plans/')).toEqual(['plans/nightly']);
  });

  it('exits with 130 when it is interrupted, and deletes nothing', async () => {
    await sweep.start();
    const interruption = new AbortController();
    const stopped = sweep.run(['stop', 'nightly'], { isTTY: true, interrupted: interruption.signal });
    interruption.abort();
    expect((await stopped).exitCode).toBe(130);
    expect(await sweep.keysIn('plans/')).toEqual(['plans/nightly.json']);
  });
});
