import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createSamples, inspectQueues } from '../../../local/sandbox/samples.ts';
import { SendMessageCommand } from '@aws-sdk/client-sqs';
import { startQueues, type TestQueues } from '../../support/queues.ts';

const nowMs = Date.parse('2026-01-02T03:04:05.000Z');
const message = (messageId: string, receives = 0, sentAtMs = nowMs) => ({ messageId, receives, sentAtMs });
const empty = { ready: [], delayed: [], inFlight: [] };
const never = () => false;

describe('the samples of the sandbox', () => {
  it('tell pushes that were tried from those that were not', () => {
    const samples = createSamples();
    const inFlight = [message('first attempt', 1), message('second attempt', 2), message('tried', 1)];
    const pushes = { name: 'pushes' as const, ready: [message('new')], delayed: [message('later')], inFlight };
    const undeliverable = { name: 'undeliverable' as const, ...empty, ready: [message('dead')] };
    samples.take([pushes, undeliverable], (id) => id.endsWith('attempt'), nowMs);
    expect(samples.samples.read(0)).toMatchObject([{ at: '2026-01-02T03:04:05.000Z', waiting: 3, retrying: 2 }]);
  });

  it('count what happens in each second', () => {
    const samples = createSamples();
    for (const change of ['accepted', 'attempt', 'accepted', 'delivered', 'given-up'] as const) samples.count(change);
    samples.take([], never, nowMs);
    samples.take([], never, nowMs + 1000);
    expect(samples.samples.read(0)).toMatchObject([
      { accepted: 2, delivered: 1, givenUp: 1 },
      { accepted: 0, delivered: 0, givenUp: 0 },
    ]);
  });

  it('are those since a version, of the last ten minutes', () => {
    const samples = createSamples();
    for (let second = 0; second < 605; second += 1) samples.take([], never, nowMs + second * 1000);
    const { version, read } = samples.samples;
    expect(version()).toBe(605);
    expect(read(603)).toHaveLength(2);
    expect(read(605)).toHaveLength(0);
    expect(read(0)).toHaveLength(600);
    expect(read(0)[0]).toMatchObject({ at: new Date(nowMs + 5000).toISOString() });
  });

  it('show the depth of each queue and the age of its oldest message', () => {
    const samples = createSamples();
    const sweeps = {
      name: 'sweeps' as const,
      ...{ ready: [message('a', 0, nowMs - 2500)], delayed: [message('b'), message('c')] },
      inFlight: [message('d', 3, nowMs - 61_000)],
    };
    samples.take([sweeps, { name: 'undeliverable', ...empty }], never, nowMs);
    expect(samples.queues.read()).toEqual([
      { name: 'sweeps', visible: 1, delayed: 2, inFlight: 1, oldestSeconds: 61 },
      { name: 'undeliverable', visible: 0, delayed: 0, inFlight: 0 },
    ]);
  });
});

describe('inspectQueues', () => {
  let queues: TestQueues;
  beforeAll(async () => {
    queues = await startQueues();
  });
  afterAll(() => queues.stop());

  it('says when a message can be received', async () => {
    const before = Date.now();
    for (const DelaySeconds of [0, 60]) {
      await queues.sqs.send(new SendMessageCommand({ QueueUrl: queues.pushes.url, MessageBody: 'm', DelaySeconds }));
    }
    const names = { pushes: queues.pushes.queueName, sweeps: 'none', undeliverable: queues.undeliverable.queueName };
    const [pushes, ...others] = inspectQueues(queues.server, names);
    expect(pushes?.ready).toMatchObject([{ receives: 0 }]);
    expect(pushes?.ready[0]).not.toHaveProperty('visibleAtMs');
    expect(pushes?.delayed[0]?.visibleAtMs).toBeGreaterThanOrEqual(before + 60_000);
    expect(others).toEqual([
      { name: 'sweeps', ...empty },
      { name: 'undeliverable', ...empty },
    ]);
  });
});
