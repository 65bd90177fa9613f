import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { startDeadLetterCli, type DeadLetterCli } from '../../support/dead-letter-cli.ts';
import { deadLetterWith, movedBySqs } from '../../support/dead-letters.ts';
import { receive } from '../../support/queues.ts';
import type { Fate } from '../../support/sqs-proxy.ts';

let relay: DeadLetterCli;
beforeEach(async () => {
  relay = await startDeadLetterCli();
});
afterEach(() => relay.stop());

describe('dead-letters redrive', () => {
  it('sends the dead letters that match back to their queue, with an unchanged body and the id of their push', async () => {
    const [one, two, other] = [
      deadLetterWith(),
      deadLetterWith({ body: 'broken' }),
      deadLetterWith({ reason: 'expired' }),
    ];
    const moved = movedBySqs();
    await relay.put(one, two, other, moved);
    expect(await relay.run('redrive --reason rejected exhausted')).toEqual({
      exitCode: 0,
      stdout: '3 of 4 dead letters redriven: 3 to pushes.\n',
      stderr: '4 dead letters read, 3 redriven\n',
    });
    const redriven = await receive(relay.queues.sqs, relay.queues.pushes);
    const attributesByBody = new Map(redriven.map(({ Body, MessageAttributes }) => [Body, MessageAttributes]));
    expect(attributesByBody.size).toBe(3);
    const attributes = (StringValue: unknown) => ({ pushId: { DataType: 'String', StringValue } });
    expect(attributesByBody.get(one.body)).toEqual(attributes(one.pushId));
    expect(attributesByBody.get(two.body)).toEqual(attributes(two.pushId));
    expect(attributesByBody.get(moved.body)).toEqual(attributes(expect.stringMatching(/^[\da-f-]{36}$/)));
    expect(relay.bodiesIn('undeliverable')).toEqual([other.body]);
    expect(relay.inside('undeliverable').inflight).toEqual([]);
  });

  it('only counts with --dry-run', async () => {
    await relay.put(deadLetterWith(), deadLetterWith({ reason: 'expired' }));
    const { exitCode, stdout } = await relay.run('redrive --reason rejected --dry-run');
    expect({ exitCode, stdout }).toEqual({
      exitCode: 0,
      stdout: '1 of 2 dead letters would be redriven: 1 to pushes.\n',
    });
    expect(relay.inside('pushes').all).toEqual([]);
    expect(relay.inside('undeliverable')).toMatchObject({ all: { length: 2 }, inflight: [] });
  });

  it('redrives single dead letters by id, and fails if there is none with the id', async () => {
    const [one, two, other] = [deadLetterWith(), deadLetterWith(), deadLetterWith()];
    await relay.put(one, two, other);
    expect((await relay.run(`redrive --id ${one.pushId} --id ${two.pushId}`)).exitCode).toBe(0);
    expect(relay.bodiesIn('pushes')).toEqual([one.body, two.body].sort());
    const again = await relay.run(`redrive --id ${one.pushId}`);
    expect(again).toMatchObject({ exitCode: 1, stdout: '' });
    expect(again.stderr).toContain(`No dead letter has the id ${one.pushId}`);
  });

  it('redrives what it finds, names the ids that no dead letter has, and fails', async () => {
    const one = deadLetterWith();
    await relay.put(one, deadLetterWith());
    const { exitCode, stdout, stderr } = await relay.run(`redrive --id ${one.pushId} --id nobody`);
    expect({ exitCode, stdout }).toEqual({ exitCode: 1, stdout: '1 of 2 dead letters redriven: 1 to pushes.\n' });
    expect(stderr).toContain('No dead letter has the id nobody: "dead-letters list" shows the ids.\n');
    expect(relay.bodiesIn('pushes')).toEqual([one.body]);
  });

  it('does nothing without a selection', async () => {
    await relay.put(deadLetterWith());
    expect(await relay.run('redrive')).toEqual({
      exitCode: 1,
      stdout: '',
      stderr:
        'Choose the dead letters with --reason, --app-id, --client, --sweep, --older-than, --newer-than or --id, or pass --all.\n',
    });
    expect(relay.inside('pushes').all).toEqual([]);
  });

  it('does not redrive a push twice that is given up again at once', async () => {
    const deadLetter = deadLetterWith();
    await relay.put(deadLetter);
    await relay.interfere(async (action): Promise<Fate> => {
      // The push is given up again as soon as it is on its queue.
      if (action === 'DeleteMessageBatch') await relay.put(deadLetter);
      return 'pass';
    });
    const { exitCode, stdout, stderr } = await relay.run('redrive --all');
    expect({ exitCode, stdout }).toEqual({ exitCode: 0, stdout: '1 of 1 dead letter redriven: 1 to pushes.\n' });
    expect(stderr).toContain('1 dead letter not redriven again: this command has already redriven the same push');
    expect(relay.inside('pushes').all).toHaveLength(1);
    expect(relay.bodiesIn('undeliverable')).toEqual([deadLetter.body]);
  });
});
