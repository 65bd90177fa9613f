import { DeleteTopicCommand } from '@aws-sdk/client-sns';
import { DeleteQueueCommand, ListQueueTagsCommand } from '@aws-sdk/client-sqs';
import { afterEach, beforeEach, describe, expect, it, onTestFinished, vi } from 'vitest';
import { startOutcomesCli, type OutcomesCli } from '../../support/outcomes-cli.ts';
import { patience } from '../../support/patience.ts';

let relay: OutcomesCli;
beforeEach(async () => {
  relay = await startOutcomesCli();
});
afterEach(() => relay.stop());

const nothing = () => Promise.resolve();
const minutesAgo = (minutes: number) => new Date(Date.now() - minutes * 60_000).toISOString();
const removed = 'Removed pnm2-relay-local-outcomes-tail-killed, the queue of a tail that was killed.\n';

describe('the queue of outcomes tail', () => {
  it('is removed by another tail if its own was killed more than an hour ago', async () => {
    await relay.leaveQueue('killed', { aliveAt: minutesAgo(61) });
    const { stderr } = await relay.tailDuring('', nothing);
    expect(stderr.startsWith(removed)).toBe(true);
    expect([await relay.tailQueues(), await relay.subscribed()]).toEqual([[], []]);
  });

  it.each([
    ['its tail may still run', { aliveAt: minutesAgo(59) }],
    ['it is not known to be that of a tail', {}],
    ['its time cannot be read', { aliveAt: 'yesterday' }],
  ])('is left alone if %s', async (_why, tags) => {
    await relay.leaveQueue('other', tags);
    const interruption = new AbortController();
    const tail = relay.run('tail', { interrupted: interruption.signal });
    await vi.waitUntil(async () => (await relay.subscribed()).length === 2, patience);
    interruption.abort();
    await tail;
    expect(await relay.tailQueues()).toEqual(['pnm2-relay-local-outcomes-tail-other']);
    expect(await relay.subscribed()).toHaveLength(1);
  });

  it('says every ten minutes that its tail is alive', async () => {
    vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] });
    onTestFinished(() => {
      vi.useRealTimers();
    });
    let now = Date.parse('2026-01-02T03:00:00Z');
    await relay.tailDuring(
      '',
      async () => {
        const [name = ''] = await relay.tailQueues();
        const { url, queueName } = relay.queues.outcomes;
        const aliveAt = async () => {
          const tags = new ListQueueTagsCommand({ QueueUrl: url.replace(queueName, name) });
          return (await relay.queues.sqs.send(tags)).Tags?.['aliveAt'];
        };
        expect(await aliveAt()).toBe('2026-01-02T03:00:00.000Z');
        now += 600_000;
        vi.advanceTimersByTime(600_000);
        await vi.waitUntil(async () => (await aliveAt()) === '2026-01-02T03:10:00.000Z', patience);
      },
      { now: () => now },
    );
  });

  it('is removed if the topic does not exist', async () => {
    await relay.sns.send(new DeleteTopicCommand({ TopicArn: relay.queues.topicArn }));
    const { exitCode, stdout, stderr } = await relay.run('tail');
    expect({ exitCode, stdout }).toEqual({ exitCode: 1, stdout: '' });
    expect(stderr).toMatch(/^The server at http:\S+ has no topic outcomes: check that it is the SNS of npm start\.\n$/);
    expect(await relay.tailQueues()).toEqual([]);
  });

  it('ends the command if something else removes it', async () => {
    const { exitCode, stderr } = await relay.tailDuring('', async () => {
      const [name = ''] = await relay.tailQueues();
      const { url, queueName } = relay.queues.outcomes;
      await relay.queues.sqs.send(new DeleteQueueCommand({ QueueUrl: url.replace(queueName, name) }));
      await vi.waitUntil(async () => (await relay.subscribed()).length === 0, patience);
    });
    expect(exitCode).toBe(1);
    expect(stderr).toMatch(
      /The queue of this tail is gone: something else has removed it\. Run the command again\.\n$/,
    );
  });
});

describe('outcomes tail', () => {
  const values = (count: number) => Array.from({ length: count }, (_, index) => `v${String(index)}`).join(' ');
  it.each([
    ['--reason bored', /'--reason <reason...>' argument 'bored' is invalid\. Allowed choices are unregistered/],
    ['--outcome gone', /argument 'gone' is invalid\. Allowed choices are delivered/],
    ['--queue both', /argument 'both' is invalid\. Allowed choices are pushes, sweeps/],
    [
      '--outcome delivered --reason expired --verb V --app-id A --client c --queue pushes',
      /^The filter names 6 attributes: SNS allows 5/,
    ],
    ['--json --reveal', /'--reveal' cannot be used with option '--json'/],
    ['--stage prod', /'--local' cannot be used with option '--stage/],
    ['--topic-arn arn:aws:sns:eu-central-1:123456789012:name', /'--local' cannot be used with option '--topic-arn/],
    ['--topic-arn name', /Use the ARN of a topic, such as arn:aws:sns:eu-central-1:123456789012:name/],
    [`--app-id ${values(16)} --client ${values(10)}`, /^The filter has 160 combinations of values: SNS allows 150/],
  ])('reports what is wrong with "%s" in one line', async (line, words) => {
    const { exitCode, stdout, stderr } = await relay.run(`tail ${line}`);
    expect({ exitCode, stdout }).toEqual({ exitCode: 1, stdout: '' });
    expect(stderr).toMatch(words);
    expect(stderr.trimEnd()).not.toContain('\n');
  });
});
