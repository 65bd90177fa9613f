import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { listOf, tokensOf } from '../../support/sweep.ts';
import { squeezed, startSweepCli } from '../../support/sweep-cli.ts';

let sweep: Awaited<ReturnType<typeof startSweepCli>>;
let list: string;
let dead: string;
const tokens = tokensOf(50);
beforeEach(async () => {
  sweep = await startSweepCli();
  list = await sweep.listFile('all.csv', listOf(tokens));
  const rows = tokens.slice(0, 8).map((token) => `app,${token}\n`);
  dead = await sweep.listFile('dead.csv', `AppId,DeviceToken\n${rows.join('')}`);
});
afterEach(() => sweep.stop());

describe('sweep start --except', () => {
  it('previews how many rows are left out, without a connection if both lists are files', async () => {
    const environment = { AWS_PORT: '1' };
    const { exitCode, stdout } = await sweep.run(['start', list, '--except', dead, '--dry-run'], { environment });
    expect(exitCode).toBe(0);
    expect(squeezed(stdout).slice(0, 6)).toEqual([
      ...['rows 50', 'pushes 42', 'duplicates 0', 'filtered 0', 'excluded 8', 'refused 0'],
    ]);
  });

  it('uploads both lists, and the sweep leaves the devices out', async () => {
    expect(await sweep.run(['start', list, '--except', dead, '--window', 'now', '--yes'])).toMatchObject({
      exitCode: 0,
    });
    expect(await sweep.plan('all')).toMatchObject({
      devices: expect.stringMatching(/^devices\/all-20260102T030000Z-[\da-f]{8}\.csv$/) as string,
      except: expect.stringMatching(/^devices\/all-except-20260102T030000Z-[\da-f]{8}\.csv$/) as string,
    });
    sweep.relay.setNow(Math.ceil(Date.now() / 900_000) * 900_000);
    await sweep.relay.tick();
    expect(sweep.relay.tokens()).toEqual(tokens.slice(8).sort());
    const status = squeezed((await sweep.run(['status', 'all'])).stdout);
    expect(status).toEqual(
      expect.arrayContaining([expect.stringContaining('except devices/all-except-'), 'excluded 8']),
    );
    expect(squeezed((await sweep.run(['report', 'all'])).stdout)).toContain('excluded 8');
    expect(await sweep.json('status', 'all')).toMatchObject({
      except: expect.stringContaining('all-except') as string,
      last: { enqueued: 42, excluded: 8 },
    });
  });

  it('takes the key of a list in the bucket', async () => {
    await sweep.relay.put('devices/dead.csv', 'AppId,DeviceToken\napp,token-1\n');
    const { stdout } = await sweep.run(['start', list, '--except', 'devices/dead.csv', '--yes']);
    expect(squeezed(stdout)).toContain('excluded 1');
    expect(await sweep.plan('all')).toMatchObject({ except: 'devices/dead.csv' });
    expect(await sweep.run(['start', list, '--except', 'devices/none.csv', '--name', 'other', '--yes'])).toMatchObject({
      exitCode: 1,
      stderr: expect.stringContaining('no object devices/none.csv in the bucket') as string,
    });
  });

  it('remarks rows that name no device, and a list of which no device would get a push anyway', async () => {
    const other = await sweep.listFile('other.csv', 'AppId,DeviceToken\napp,\nanother.app,token-1\n');
    const { stdout, stderr } = await sweep.run(['start', list, '--except', other, '--dry-run']);
    expect(squeezed(stdout)).toContain('excluded 0');
    expect(stderr).toContain(
      'Rows of the list of --except that name no device: 1.\nNo device of the list of --except would get a push anyway.\n',
    );
  });

  it('names the list that it can not read', async () => {
    const empty = await sweep.listFile('empty.csv', '');
    expect(await sweep.run(['start', list, '--except', empty, '--dry-run'])).toMatchObject({
      exitCode: 1,
      stderr: `${empty}: The list is empty.\n`,
    });
  });

  it('leaves neither list in the bucket if the plan can not be stored', async () => {
    sweep.relay.refuse((method, key) => method === 'PUT' && key.includes('/plans/'));
    expect(await sweep.run(['start', list, '--except', dead, '--yes'])).toMatchObject({ exitCode: 1 });
    expect(await sweep.keysIn('plans/', 'devices/')).toEqual([]);
  });
});
