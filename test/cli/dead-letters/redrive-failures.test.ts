import { DeleteQueueCommand, SetQueueAttributesCommand } from '@aws-sdk/client-sqs';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { startDeadLetterCli, type DeadLetterCli } from '../../support/dead-letter-cli.ts';
import { deadLettersWith, deadLetterWith } from '../../support/dead-letters.ts';

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
      expect.stringMatching(/^\d+ dead letters not redriven: refused by the queue pushes\. .*has no such queue/),
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
    expect(stderr).toContain('1 dead letter not redriven: refused by the queue pushes. InvalidParameterValue: ');
    expect(relay.bodiesIn('undeliverable')).toEqual([large.body]);
    expect(relay.bodiesIn('pushes')).toContain(small.body);
  });

  it('reports which dead letters are on their queue but could not be deleted', async () => {
    await relay.put(deadLetterWith());
    const { messageId } = relay.inside('undeliverable').all[0] ?? {};
    await relay.interfere((action) => (action === 'DeleteMessageBatch' ? 'refuse' : 'pass'));
    const { exitCode, stderr } = await relay.run('redrive --all');
    expect(exitCode).toBe(1);
    expect(stderr).toContain('1 dead letter redriven, but still on the queue undeliverable (Nothing answers at ');
    expect(stderr).toContain(`. Discard with --id ${messageId ?? '-'}\n`);
    expect(relay.inside('pushes').all).toHaveLength(1);
    expect(relay.inside('undeliverable')).toMatchObject({ all: { length: 1 }, inflight: [] });
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
