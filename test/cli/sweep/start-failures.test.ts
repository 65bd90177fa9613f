import { gzipSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { threeOClock, tickMs } from '../../support/sweep.ts';
import { exported, startSweepCli } from '../../support/sweep-cli.ts';

let sweep: Awaited<ReturnType<typeof startSweepCli>>;
beforeEach(async () => {
  sweep = await startSweepCli();
});
afterEach(() => sweep.stop());

const nameTaken =
  'There is a plan nightly already: choose another name with --name, or remove that plan with "sweep stop nightly".\n';

describe('sweep start', () => {
  it('exits with 130 when it is interrupted, and leaves nothing behind', async () => {
    const compressed = await sweep.listFile('nightly.csv.gz', gzipSync(exported.text));
    for (const words of [
      ['start', sweep.file],
      ['start', compressed],
      ['start', compressed, '--dry-run'],
    ]) {
      const interruption = new AbortController();
      const started = sweep.run(words, { isTTY: true, interrupted: interruption.signal });
      interruption.abort();
      expect(await started).toMatchObject({ exitCode: 130, stdout: '' });
    }
    expect(await sweep.keysIn('plans/', 'devices/')).toEqual([]);
  });

  it('removes the list if it is interrupted while S3 stores it', async () => {
    const interruption = new AbortController();
    sweep.relay.loseAnswers((key) => {
      interruption.abort();
      return key.includes('/devices/');
    });
    const started = await sweep.run(['start', sweep.file, '--yes'], { interrupted: interruption.signal });
    expect(started).toMatchObject({ exitCode: 130, stdout: expect.not.stringContaining('Started') as string });
    expect(await sweep.keysIn('plans/', 'devices/')).toEqual([]);
  });

  it('has started the sweep if the answer to the plan is lost, and keeps its list', async () => {
    let lost = 0;
    sweep.relay.loseAnswers((key) => key.includes('/plans/') && lost++ === 0);
    const { exitCode, stdout } = await sweep.start();
    expect({ exitCode, lost }).toEqual({ exitCode: 0, lost: 1 });
    expect(stdout).toContain('Started: plans/nightly.json.');
    expect(await sweep.keysIn('plans/', 'devices/')).toHaveLength(2);
  });

  it('keeps the list of a plan that was stored although every answer is lost', async () => {
    sweep.relay.loseAnswers((key) => key.includes('/plans/'));
    await sweep.start();
    expect(await sweep.keysIn('plans/', 'devices/')).toHaveLength(2);
  });

  it('removes the list if the plan cannot be stored', async () => {
    sweep.relay.refuse((method, key) => method === 'PUT' && key.includes('/plans/'));
    const { exitCode, stderr } = await sweep.start();
    expect({ exitCode, stderr }).toMatchObject({
      exitCode: 1,
      stderr: expect.stringContaining('AccessDenied') as string,
    });
    expect(await sweep.keysIn('plans/', 'devices/')).toEqual([]);
  });

  it('does not replace another plan, even if two are started at once', async () => {
    await sweep.start();
    expect(await sweep.start('--window', '1h')).toMatchObject({ exitCode: 1, stdout: '', stderr: nameTaken });
    expect(await sweep.plan('nightly')).toMatchObject({ window: 'PT2H' });
    sweep.relay.setNow(threeOClock + tickMs);
    const both = await Promise.all([sweep.start('--name', 'both'), sweep.start('--name', 'both')]);
    expect(both.map(({ exitCode }) => exitCode).sort()).toEqual([0, 1]);
    // The list of the one that was refused is removed, and not that of the other.
    const { devices } = (await sweep.plan('both')) as { devices: string };
    expect((await sweep.keysIn('devices/')).filter((key) => key.includes('both'))).toEqual([devices]);
  });
});
