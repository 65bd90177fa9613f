import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { sqsLimits } from '../../../../shared/aws/limits.ts';
import { inBatches } from '../../../../shared/aws/batch-calls.ts';
import { delayMessages, deleteMessages, sendMessages } from '../../../../shared/aws/sqs/batches.ts';
import { clientFor, startSqs } from '../../../support/aws-client.ts';
import { patience } from '../../../support/patience.ts';
import { receive, startQueues, type TestQueues } from '../../../support/queues.ts';

const { batchMessages, messageBytes } = sqsLimits;

describe('the batches of a list', () => {
  it('keep every item in its order, within ten messages and the bytes of one call', () => {
    const sizes = fc.array(fc.oneof(fc.nat(messageBytes), fc.nat(1000), fc.constant(messageBytes + 1)));
    fc.assert(
      fc.property(sizes, (items) => {
        const batches = inBatches(items, batchMessages, (bytes) => bytes);
        expect(batches.flat()).toEqual(items);
        for (const batch of batches) {
          expect(batch.length).toBeGreaterThan(0);
          expect(batch.length).toBeLessThanOrEqual(batchMessages);
          const bytes = batch.reduce((sum, size) => sum + size, 0);
          expect(batch.length === 1 || bytes <= messageBytes).toBe(true);
        }
      }),
    );
  });
});

describe('batches against SQS', () => {
  let queues: TestQueues;
  beforeAll(async () => {
    queues = await startQueues();
  });
  afterAll(() => queues.stop());

  const attributes = { pushId: { DataType: 'String', StringValue: 'id' } };
  const message = (MessageBody: string) => ({ MessageBody, MessageAttributes: attributes });
  const unknownQueue = 'http://127.0.0.1:1/000000000000/none';

  it('send and delete any number of messages, whatever their size together', async () => {
    const { sqs, pushes } = queues;
    // Without their attributes, five of them are a mebibyte.
    const bodies = Array.from({ length: 12 }, (_, index) => String(index).padEnd(messageBytes / 5, '.'));
    const sent = await sendMessages(sqs, pushes.url, bodies, message);
    expect(sent.failed).toEqual([]);
    expect(new Set(sent.done)).toEqual(new Set(bodies));

    const received = [...(await receive(sqs, pushes)), ...(await receive(sqs, pushes))];
    expect(new Set(received.map(({ Body }) => Body))).toEqual(new Set(bodies));
    expect(received[0]?.MessageAttributes).toEqual(attributes);
    const handles = received.map(({ ReceiptHandle: receiptHandle = '' }) => ({ receiptHandle }));
    const deleted = await deleteMessages(sqs, pushes.url, handles);
    expect(new Set(deleted.done)).toEqual(new Set(handles));
    expect(queues.server.inspectQueue('pushes')?.messages.inflight).toEqual([]);
  });

  it('report which messages SQS took and which it refused', async () => {
    const { sqs, pushes } = queues;
    const bodies = ['one', '\u0000', 'two', '.'.repeat(messageBytes + 1)];
    const { done, failed } = await sendMessages(sqs, pushes.url, bodies, message);
    expect(done).toEqual(['one', 'two']);
    expect(failed).toMatchObject([
      { item: '\u0000', scope: 'entry', error: { name: 'InvalidMessageContents' } },
      { item: bodies[3], scope: 'call', error: { name: 'BatchRequestTooLong' } },
    ]);
  });

  it('report every message as failed, and throw nothing, if the call fails', async () => {
    const { done, failed } = await sendMessages(queues.sqs, unknownQueue, ['a', 'b'], message);
    expect(done).toEqual([]);
    expect(failed.map(({ item, scope }) => [item, scope])).toEqual([
      ['a', 'call'],
      ['b', 'call'],
    ]);
    const handles = [{ receiptHandle: 'x' }];
    expect((await deleteMessages(queues.sqs, unknownQueue, handles)).failed).toMatchObject([{ item: handles[0] }]);
  });
});

describe('the request of a batch', () => {
  const message = (MessageBody: string) => ({ MessageBody });

  it('delays each message by its own seconds, so that a sweep does not fire at once', async () => {
    const sqs = await startSqs({ answerOf: () => ({ Successful: [{ Id: '0' }, { Id: '1' }] }) });
    const delays = [7, 900];
    const { failed } = await sendMessages(clientFor(sqs.url), sqs.url, delays, (DelaySeconds) => ({
      ...message('text'),
      DelaySeconds,
    }));
    expect(failed).toEqual([]);
    expect(sqs.calls[0]?.input['Entries']).toMatchObject(delays.map((DelaySeconds) => ({ DelaySeconds })));
  });

  it('puts each message in its own group, so that the burst of one app does not delay the pushes of another', async () => {
    const sqs = await startSqs({ answerOf: () => ({ Successful: [{ Id: '0' }, { Id: '1' }] }) });
    const groups = ['com.example.loud', 'com.example.quiet'];
    await sendMessages(clientFor(sqs.url), sqs.url, groups, (MessageGroupId) => ({
      ...message('text'),
      MessageGroupId,
    }));
    expect(sqs.calls[0]?.input['Entries']).toMatchObject(groups.map((MessageGroupId) => ({ MessageGroupId })));
  });

  it('names neither a delay nor a group for a message without', async () => {
    const sqs = await startSqs({ answerOf: () => ({ Successful: [{ Id: '0' }] }) });
    await sendMessages(clientFor(sqs.url), sqs.url, ['text'], message);
    expect(sqs.calls[0]?.input['Entries']).toEqual([{ Id: '0', MessageBody: 'text' }]);
  });
});

describe('the answer to a batch', () => {
  it('counts an entry that it does not mention as failed, so that its dead letter is not lost', async () => {
    const sqs = await startSqs({
      answerOf: () => ({ Successful: [{ Id: '1' }], Failed: [{ Id: '2', Code: 'Refused', SenderFault: true }] }),
    });
    const bodies = ['unmentioned', 'sent', 'refused'];
    const result = await sendMessages(clientFor(sqs.url), sqs.url, bodies, (MessageBody) => ({ MessageBody }));
    expect(result).toMatchObject({
      done: ['sent'],
      failed: [
        { item: 'unmentioned', scope: 'entry', error: { name: 'Unconfirmed' } },
        { item: 'refused', scope: 'entry', error: { name: 'Refused' } },
      ],
    });
  });
});

describe('the signal of a batch', () => {
  it('ends calls that SQS does not answer, so that the function answers before it is stopped', async () => {
    let arrived = 0;
    const aborting = new AbortController();
    const sqs = await startSqs({
      answerOf() {
        arrived += 1;
        if (arrived === 2) aborting.abort();
        return 'hang';
      },
    });
    const client = clientFor(sqs.url);
    const delay = { receiptHandle: 'handle', delaySeconds: 5 };
    const [sent, delayed] = await Promise.all([
      sendMessages(client, sqs.url, ['text'], (MessageBody) => ({ MessageBody }), aborting.signal),
      delayMessages(client, sqs.url, [delay], aborting.signal),
    ]);
    expect(sent).toMatchObject({ done: [], failed: [{ item: 'text', scope: 'call', error: { name: 'AbortError' } }] });
    expect(delayed).toMatchObject({
      done: [],
      failed: [{ item: delay, scope: 'call', error: { name: 'AbortError' } }],
    });
    await expect.poll(sqs.abandoned, patience).toBe(2);
    expect(sqs.calls).toHaveLength(2);
  });

  it('keeps further calls from being made, because each would cost CPU that the answer needs', async () => {
    const aborting = new AbortController();
    const sqs = await startSqs({
      answerOf() {
        aborting.abort();
        return 'hang';
      },
    });
    const client = clientFor(sqs.url);
    let calls = 0;
    client.middlewareStack.add(
      (next) => (args) => {
        calls += 1;
        return next(args);
      },
      { step: 'initialize' },
    );
    const bodies = Array.from({ length: 1000 }, (_, index) => String(index));
    const sent = await sendMessages(client, sqs.url, bodies, (MessageBody) => ({ MessageBody }), aborting.signal);
    expect(new Set(sent.failed.map(({ item }) => item))).toEqual(new Set(bodies));
    expect(new Set(sent.failed.map(({ scope, error }) => `${scope} ${error.name}`))).toEqual(
      new Set(['call AbortError']),
    );
    expect(calls).toBeLessThan(10);
  });
});
