import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { startDeadLetterCli, type DeadLetterCli } from '../../support/dead-letter-cli.ts';
import { deadLettersWith, deadLetterWith } from '../../support/dead-letters.ts';
import { patience } from '../../support/patience.ts';

let relay: DeadLetterCli;
beforeEach(async () => {
  relay = await startDeadLetterCli();
});
afterEach(() => relay.stop());

describe('dead-letters discard', () => {
  it('deletes the dead letters that match, after a yes at the terminal', async () => {
    const other = deadLetterWith({ reason: 'expired' });
    await relay.put(deadLetterWith(), other);
    const { exitCode, stdout, stderr } = await relay.run('discard --reason rejected', { typed: 'y\n' });
    expect({ exitCode, stdout }).toEqual({ exitCode: 0, stdout: '1 of 2 dead letters discarded.\n' });
    expect(stderr).toContain('Delete 1 of 2 dead letters for good? [y/N] ');
    expect(relay.bodiesIn('undeliverable')).toEqual([other.body]);
    expect(relay.inside('undeliverable').inflight).toEqual([]);
    expect(relay.inside('pushes').all).toEqual([]);
  });

  it.each(['n\n', '\n', 'yesterday\n', ''])('deletes nothing if the answer is %j', async (typed) => {
    await relay.put(deadLetterWith());
    const { exitCode, stdout } = await relay.run('discard --all', { typed });
    expect({ exitCode, stdout }).toEqual({ exitCode: 0, stdout: '0 of 1 dead letter discarded.\n' });
    expect(relay.inside('undeliverable')).toMatchObject({ all: { length: 1 }, inflight: [] });
  });

  it('requires --yes without a terminal', async () => {
    await relay.put(deadLetterWith());
    const { exitCode, stderr } = await relay.run('discard --all');
    expect(exitCode).toBe(1);
    expect(stderr).toBe('Not a terminal: pass --yes to confirm.\n');
    expect(relay.inside('undeliverable').all).toHaveLength(1);
    expect((await relay.run('discard --all --yes')).stdout).toBe('1 of 1 dead letter discarded.\n');
    expect(relay.inside('undeliverable').all).toEqual([]);
  });

  it('deletes hundreds of malformed dead letters without a question', async () => {
    const malformed = deadLettersWith(150, { reason: 'malformed', body: 'broken' });
    await relay.put(...deadLettersWith(150), ...malformed);
    const { stdout, stderr } = await relay.run('discard --reason malformed --yes');
    expect(stdout).toBe('150 of 300 dead letters discarded.\n');
    expect(stderr).toBe('300 dead letters read, 150 discarded\n');
    expect(relay.inside('undeliverable')).toMatchObject({ all: { length: 150 }, inflight: [] });
  });

  it('only counts with --dry-run, and does nothing without a selection that matches', async () => {
    const deadLetter = deadLetterWith();
    await relay.put(deadLetter);
    const dryRun = await relay.run(`discard --id ${deadLetter.pushId} --dry-run`);
    expect(dryRun).toMatchObject({ exitCode: 0, stdout: '1 of 1 dead letter would be discarded.\n' });
    expect(await relay.run('discard --yes')).toMatchObject({ exitCode: 1, stdout: '' });
    expect((await relay.run('discard --yes --id unknown')).stderr).toContain('No dead letter has the id unknown');
    expect(relay.inside('undeliverable')).toMatchObject({ all: { length: 1 }, inflight: [] });
  });

  it('reports what could not be deleted', async () => {
    await relay.put(deadLetterWith());
    await relay.interfere((action) => (action === 'DeleteMessageBatch' ? 'refuse' : 'pass'));
    const { exitCode, stdout, stderr } = await relay.run('discard --all --yes');
    expect({ exitCode, stdout }).toEqual({ exitCode: 1, stdout: '0 of 1 dead letter discarded.\n' });
    expect(stderr).toContain('1 dead letter not discarded: Nothing answers at ');
    expect(relay.inside('undeliverable')).toMatchObject({ all: { length: 1 }, inflight: [] });
  });

  it('deletes thousands after a yes, and stops after an interruption', async () => {
    await relay.put(...deadLettersWith(2500));
    const interruption = new AbortController();
    await relay.interfere((action) => {
      if (action === 'DeleteMessageBatch') interruption.abort();
      return 'pass';
    });
    const options = { typed: 'yes\n', interrupted: interruption.signal };
    expect(await relay.run('discard --all', options)).toMatchObject({
      exitCode: 130,
      stdout: '1000 of 2500 dead letters discarded.\n',
    });
    expect(relay.inside('undeliverable')).toMatchObject({ all: { length: 1500 }, inflight: [] });
    const { stdout } = await relay.run('discard --all', { typed: 'Y\n' });
    expect(stdout).toBe('1500 of 1500 dead letters discarded.\n');
    expect(relay.inside('undeliverable').all).toEqual([]);
  });

  it('deletes nothing if the question is interrupted', async () => {
    await relay.put(deadLetterWith());
    const interruption = new AbortController();
    // Nothing is typed: the question stays open until the interruption.
    const running = relay.run('discard --all', { isTTY: true, interrupted: interruption.signal });
    await vi.waitUntil(() => relay.inside('undeliverable').inflight.length === 1, patience);
    interruption.abort();
    expect(await running).toMatchObject({ exitCode: 130 });
    expect(relay.inside('undeliverable')).toMatchObject({ all: { length: 1 }, inflight: [] });
  });
});
