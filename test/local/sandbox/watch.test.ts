import { SendMessageCommand } from '@aws-sdk/client-sqs';
import type { SQSEvent, SQSRecord } from 'aws-lambda';
import { afterAll, beforeAll, beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import { createPushes, type Change, type Pushes } from '../../../local/sandbox/pushes.ts';
import { watchLogLine, watchQueues, type QueueNames } from '../../../local/sandbox/watch.ts';
import { encodeForm } from '../../../shared/push/form.ts';
import { deadLetterAttributes } from '../../../shared/push/dead-letter.ts';
import { startQueues, type TestQueues } from '../../support/queues.ts';
import { recordOf } from '../../support/sqs-event.ts';
import { temporaryDirectory } from '../../support/temporary-directory.ts';

let queues: TestQueues;
let names: QueueNames;
let pushes: Pushes;
let watchBatch: ReturnType<typeof watchQueues>;
let changes: [id: string, change: Change][];
beforeAll(async () => {
  queues = await startQueues();
  names = { pushes: queues.pushes.queueName, sweeps: 'sweeps', undeliverable: queues.undeliverable.queueName };
});
afterAll(() => queues.stop());
beforeEach(() => {
  changes = [];
  pushes = createPushes({
    ...{ kept: 10, encode: encodeForm, now: Date.now, onFirstDrop: () => undefined },
    onChange: ({ id }, change) => changes.push([id, change]),
  });
  watchBatch = watchQueues(queues.server, names, pushes, Date.now);
});

const states = () => pushes.changedSince(0).pushes.map(({ id, state, reason }) => [id, state, reason]);
const watch = (records: SQSRecord[], invoke: (event: SQSEvent) => Promise<unknown>) =>
  watchBatch({ Records: records }, () => invoke({ Records: records }));
const giveUp = (pushId: string, { sqs, undeliverable } = queues) => {
  const attempt = { queue: names.pushes, attempts: 1, acceptedAt: new Date().toISOString() };
  const attributes = deadLetterAttributes({ reason: 'rejected', pushId, ...attempt, words: 'no' });
  const command = { QueueUrl: undeliverable.url, MessageBody: 'm', MessageAttributes: attributes };
  return sqs.send(new SendMessageCommand(command));
};

describe('what the sandbox sees of a queue', () => {
  it('is each push that is put on it, also a redriven one by its id', async () => {
    const send = async (MessageAttributes = {}) => {
      const { body: MessageBody } = recordOf();
      const command = new SendMessageCommand({ QueueUrl: queues.pushes.url, MessageBody, MessageAttributes });
      return (await queues.sqs.send(command)).MessageId;
    };
    const id = await send();
    await send({ pushId: { DataType: 'String', StringValue: 'dropped' } });
    expect(changes).toEqual([
      [id, 'accepted'],
      ['dropped', 'redriven'],
    ]);
    await giveUp('dead');
    expect(changes).toHaveLength(2);
  });
});

describe('what the sandbox sees of a batch', () => {
  it('is which pushes were delivered, which are tried again, and which were given up with their reason', async () => {
    const [delivered, failed, dead] = [recordOf(), recordOf(), recordOf()];
    // A redriven push has the dead letter of before until the redrive deletes it.
    await giveUp(delivered.messageId);
    const answer = { batchItemFailures: [{ itemIdentifier: failed.messageId }] };
    const given = await watch([delivered, failed, dead], async () => {
      expect(pushes.isAttempting(failed.messageId)).toBe(true);
      await giveUp(dead.messageId);
      return answer;
    });
    expect(given).toBe(answer);
    expect(states()).toEqual([
      [dead.messageId, 'given-up', 'rejected'],
      [failed.messageId, 'retrying', undefined],
      [delivered.messageId, 'delivered', undefined],
    ]);
    expect(pushes.detail(dead.messageId)).toMatchObject({ words: 'no' });
  });

  it('is the same in queues of an earlier run', async () => {
    const dataDir = temporaryDirectory();
    await (await startQueues({ dataDir })).stop();
    const kept = await startQueues({ dataDir });
    onTestFinished(kept.stop);
    const [delivered, dead] = [recordOf(), recordOf()];
    await giveUp(delivered.messageId, kept);
    const nextMs = Date.now() + 1;
    await expect.poll(() => Date.now()).toBeGreaterThanOrEqual(nextMs);
    watchBatch = watchQueues(kept.server, names, pushes, Date.now);
    await watch([delivered, dead], () => giveUp(dead.messageId, kept).then(() => ({})));
    expect(states()).toEqual([
      [dead.messageId, 'given-up', 'rejected'],
      [delivered.messageId, 'delivered', undefined],
    ]);
  });

  it('is that none was settled, if the function failed', async () => {
    const record = recordOf();
    const failure = new Error('crashed');
    await expect(watch([record], () => Promise.reject(failure))).rejects.toBe(failure);
    expect(states()).toEqual([[record.messageId, 'retrying', undefined]]);
  });

  it('is nothing, if the batch is of another queue', async () => {
    const eventSourceARN = 'arn:aws:sqs:us-east-1:000000000000:outcome-counts';
    expect(await watch([recordOf({}, { eventSourceARN })], () => Promise.resolve('answer'))).toBe('answer');
    expect(states()).toEqual([]);
  });
});

describe('what the sandbox sees of the log', () => {
  it('is why a push was not delivered', async () => {
    const record = recordOf();
    await watch([record], () => {
      const outcome = { kind: 'throttled', status: 429, failure: 'the gateway answered 429' };
      const line = { message: 'push not delivered', id: record.messageId, receiveCount: 1, ms: 3, outcome };
      watchLogLine(JSON.stringify({ level: 'warn', ...line }), pushes);
      return Promise.resolve({ batchItemFailures: [{ itemIdentifier: record.messageId }] });
    });
    expect(pushes.changedSince(0).pushes[0]?.attempts).toMatchObject([
      { receiveCount: 1, ms: 3, status: 429, outcome: 'throttled', failure: 'the gateway answered 429' },
    ]);
  });

  it.each(['push not delivered', '{"message":"push not delivered"', '{"message":"push not delivered","id":1}', '{}'])(
    'is nothing in the line %s',
    (line) => {
      watchLogLine(line, pushes);
      expect(changes).toEqual([]);
    },
  );
});
