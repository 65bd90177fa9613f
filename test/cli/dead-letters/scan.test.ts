import { ReceiveMessageCommand } from '@aws-sdk/client-sqs';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { ReaderSettings } from '../../../cli/dead-letters/dead-letter-queue.ts';
import { list } from '../../../cli/dead-letters/list.ts';
import { withContext } from '../../support/cli.ts';
import { startDeadLetterCli, type DeadLetterCli, type ListedJson } from '../../support/dead-letter-cli.ts';
import { deadLettersWith } from '../../support/dead-letters.ts';
import { patience } from '../../support/patience.ts';
import { receive } from '../../support/queues.ts';
import type { Fate } from '../../support/sqs-proxy.ts';

let relay: DeadLetterCli;
beforeEach(async () => {
  relay = await startDeadLetterCli();
});
afterEach(() => relay.stop());

/** Lists the dead letters as JSON, with other settings of the reader. */
async function listWith(settings: Partial<ReaderSettings>) {
  const { stdout, stderr } = await withContext({}, async (context) => {
    const queue = await relay.connect(context);
    const readerSettings = { ...queue.readerSettings, ...settings };
    return list({ ...queue, readerSettings }, { limit: 50, json: true }).finally(() => {
      queue.sqs.destroy();
    });
  });
  return { listed: JSON.parse(stdout) as ListedJson, stderr };
}

describe('a scan of the dead letters', () => {
  it('stops at the most messages that may be held, and reports that there are more', async () => {
    await relay.put(...deadLettersWith(40));
    const { listed, stderr } = await listWith({ maxHeld: 20, receivers: 1 });
    expect(listed).toMatchObject({ scanned: 20, complete: false });
    expect(stderr).toContain('there are more than were read');
    expect(relay.inside('undeliverable').inflight).toEqual([]);
  });

  it('reads every dead letter once, even if it takes longer than the visibility timeout', async () => {
    const count = 40;
    await relay.put(...deadLettersWith(count));
    let extensions = 0;
    await relay.interfere(async (action): Promise<Fate> => {
      if (action === 'ChangeMessageVisibilityBatch') extensions += 1;
      // The reader extends its holds every third of the second, so the second extension comes after they would have ended.
      const isHolding = () => relay.inside('undeliverable').inflight.length > 0;
      if (action === 'ReceiveMessage') await vi.waitUntil(() => extensions >= 2 || !isHolding(), patience);
      return 'pass';
    });
    const { listed } = await listWith({ visibilitySeconds: 1, receivers: 1 });
    expect(listed).toMatchObject({ scanned: count, complete: true });
    expect(new Set(listed.deadLetters.map(({ id }) => id)).size).toBe(count);
    expect(relay.inside('undeliverable').inflight).toEqual([]);
  });
});

describe('a scan while another reader holds dead letters', () => {
  const deadLetters = deadLettersWith(2);
  const holdOne = async () => {
    await relay.put(...deadLetters);
    const { sqs, undeliverable } = relay.queues;
    await sqs.send(new ReceiveMessageCommand({ QueueUrl: undeliverable.url, MaxNumberOfMessages: 1 }));
  };

  it('reports that a list is incomplete', async () => {
    await holdOne();
    expect(await relay.listJson()).toMatchObject({ scanned: 1, complete: false });
    expect((await relay.run('list')).stderr).toContain('About 1 dead letter could not be read');
  });

  it('does not report that there are none', async () => {
    await relay.put(...deadLetters);
    await receive(relay.queues.sqs, relay.queues.undeliverable);
    for (const command of ['list', 'redrive --all', 'discard --all --yes']) {
      const { stdout } = await relay.run(command);
      expect(stdout).toBe('No dead letter could be read: another reader holds some.\n');
    }
  });

  it.each(['redrive --all', 'discard --all --yes'])('lets %s fail, as something was not done', async (command) => {
    await holdOne();
    const { exitCode, stdout } = await relay.run(command);
    expect({ exitCode, stdout }).toEqual({
      exitCode: 1,
      stdout: expect.stringMatching(/^1 of 1 dead letter /) as string,
    });
  });

  it('lets a redrive by id succeed that has found all of its ids', async () => {
    await holdOne();
    const results = [];
    for (const { pushId } of deadLetters) results.push(await relay.run(`redrive --id ${pushId}`));
    expect(results.map(({ exitCode }) => exitCode).sort()).toEqual([0, 1]);
  });
});
