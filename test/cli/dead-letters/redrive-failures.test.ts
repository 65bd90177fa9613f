import { DeleteQueueCommand, SetQueueAttributesCommand } from '@aws-sdk/client-sqs';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { cli } from '../../support/cli.ts';
import { startDeadLetterCli, type DeadLetterCli } from '../../support/dead-letter-cli.ts';
import { deadLettersWith, deadLetterWith } from '../../support/dead-letters.ts';
import type { Fate } from '../../support/sqs-proxy.ts';

let relay: DeadLetterCli;
beforeEach(async () => {
  relay = await startDeadLetterCli();
});
afterEach(() => relay.stop());

const bodiesOf = (deadLetters: readonly { readonly body: string }[]) => deadLetters.map(({ body }) => body).sort();
const allBodies = () => [...relay.bodiesIn('pushes'), ...relay.bodiesIn('undeliverable')].sort();

describe('a redrive that fails in part', () => {
  it('deletes nothing if the queue does not exist, and says so in one line', async () => {
    const deadLetters = deadLettersWith(25);
    await relay.put(...deadLetters);
    await relay.queues.sqs.send(new DeleteQueueCommand({ QueueUrl: relay.queues.pushes.url }));
    const { exitCode, stdout, stderr } = await relay.run('redrive --all');
    expect(exitCode).toBe(1);
    expect(stdout).toMatch(/^0 of \d+ dead letters redriven\.\n$/);
    expect(stderr.split('\n').filter((line) => line.includes('not redriven'))).toEqual([
      expect.stringMatching(
        /^\d+ dead letters not redriven: the queue pushes did not accept them\. .*has no such queue/,
      ),
    ]);
    expect(relay.bodiesIn('undeliverable')).toEqual(bodiesOf(deadLetters));
    expect(relay.inside('undeliverable').inflight).toEqual([]);
  });

  it('deletes what the queue has accepted, and not what it has refused', async () => {
    const [small, large] = [deadLetterWith(), deadLetterWith({ body: 'x'.repeat(3000) })];
    await relay.put(small, large, deadLetterWith());
    const Attributes = { MaximumMessageSize: '2048' };
    await relay.queues.sqs.send(new SetQueueAttributesCommand({ QueueUrl: relay.queues.pushes.url, Attributes }));
    const { exitCode, stdout, stderr } = await relay.run('redrive --all');
    expect({ exitCode, stdout }).toEqual({ exitCode: 1, stdout: '2 of 3 dead letters redriven: 2 to pushes.\n' });
    expect(stderr).toContain(
      '1 dead letter not redriven: the queue pushes did not accept them. InvalidParameterValue: ',
    );
    expect(relay.bodiesIn('undeliverable')).toEqual([large.body]);
    expect(relay.bodiesIn('pushes')).toContain(small.body);
  });

  it('leaves a dead letter whose queue is unknown', async () => {
    const deadLetter = deadLetterWith({ queue: 'sweeps' });
    await relay.put(deadLetter);
    vi.stubEnv('AWS_ACCESS_KEY_ID', 'test');
    vi.stubEnv('AWS_SECRET_ACCESS_KEY', 'test');
    const { undeliverable, pushes } = relay.queues;
    const given = ['--undeliverable-url', undeliverable.url, '--queue-url', `pushes=${pushes.url}`];
    const { exitCode, stderr } = await cli(['dead-letters', 'redrive', '--all', ...given]);
    vi.unstubAllEnvs();
    expect(exitCode).toBe(1);
    expect(stderr).toContain(
      '1 dead letter not redriven: the URL of the queue sweeps is unknown, pass it with --queue-url sweeps=URL\n',
    );
    expect(relay.bodiesIn('undeliverable')).toEqual([deadLetter.body]);
    const { stderr: noQueue } = await cli(['dead-letters', 'redrive', '--all', ...given.slice(0, 2)]);
    expect(noQueue).toBe('With --undeliverable-url, pass the URL of the queue as well: --queue-url pushes=URL.\n');
  });

  it('reports which dead letters are on their queue but could not be deleted', async () => {
    await relay.put(deadLetterWith());
    const { messageId } = relay.inside('undeliverable').all[0] ?? {};
    await relay.interfere((action) => (action === 'DeleteMessageBatch' ? 'refuse' : 'pass'));
    const { exitCode, stderr } = await relay.run('redrive --all');
    expect(exitCode).toBe(1);
    expect(stderr).toContain('1 dead letter redriven but not deleted (Nothing answers at ');
    expect(stderr).toContain(`: discard them by --id ${messageId ?? '-'}\n`);
    expect(relay.inside('pushes').all).toHaveLength(1);
    expect(relay.inside('undeliverable')).toMatchObject({ all: { length: 1 }, inflight: [] });
  });

  it('loses nothing while calls fail at random, before or after SQS has executed them', async () => {
    const deadLetters = deadLettersWith(300);
    await relay.put(...deadLetters);
    // With a seed, so that a failure can be repeated: https://en.wikipedia.org/wiki/Xorshift
    let state = 20_260_102;
    const random = () => {
      state ^= state << 13;
      state ^= state >>> 17;
      state ^= state << 5;
      return (state >>> 0) / 2 ** 32;
    };
    const fates: Fate[] = ['refuse', 'lose the answer'];
    let failures = 0;
    await relay.interfere((action) => {
      const isRisky = action === 'SendMessageBatch' || action === 'DeleteMessageBatch';
      if (!isRisky || random() > 0.4) return 'pass';
      failures += 1;
      return fates[Math.floor(random() * 2)] ?? 'refuse';
    });
    let exitCode = 1;
    for (let runs = 0; exitCode !== 0 && runs < 20; runs += 1) {
      ({ exitCode } = await relay.run('redrive --all'));
      expect(new Set(allBodies())).toEqual(new Set(bodiesOf(deadLetters)));
    }
    expect(failures).toBeGreaterThan(10);
    expect(exitCode).toBe(0);
    expect(new Set(relay.bodiesIn('pushes'))).toEqual(new Set(bodiesOf(deadLetters)));
    expect(relay.inside('undeliverable').all).toEqual([]);
  });

  it('reports what it has done when reading fails, and makes the rest visible again', async () => {
    const deadLetters = deadLettersWith(50);
    await relay.put(...deadLetters);
    let receives = 0;
    await relay.interfere((action) => (action === 'ReceiveMessage' && (receives += 1) > 2 ? 'refuse' : 'pass'));
    const { exitCode, stdout, stderr } = await relay.run('redrive --all');
    expect({ exitCode, stdout }).toEqual({ exitCode: 1, stdout: '' });
    expect(stderr).toContain('20 dead letters redriven before the error.\nNothing answers at ');
    expect(allBodies()).toEqual(bodiesOf(deadLetters));
    expect(relay.inside('undeliverable')).toMatchObject({ all: { length: 30 }, inflight: [] });
  });

  it('finishes its calls when it is interrupted, and makes the rest visible again', async () => {
    const deadLetters = deadLettersWith(200);
    await relay.put(...deadLetters);
    const interruption = new AbortController();
    await relay.interfere((action) => {
      if (action === 'SendMessageBatch') interruption.abort();
      return 'pass';
    });
    const { exitCode, stdout, stderr } = await relay.run('redrive --all', { interrupted: interruption.signal });
    expect(exitCode).toBe(130);
    expect(stderr).toContain('Interrupted');
    const redriven = relay.inside('pushes').all.length;
    expect(redriven).toBeGreaterThan(0);
    expect(stdout).toContain(`${String(redriven)} of `);
    expect(allBodies()).toEqual(bodiesOf(deadLetters));
    expect(relay.inside('undeliverable').inflight).toEqual([]);
  });
});
