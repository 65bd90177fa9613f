import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { sqsLimits } from '../../../../shared/aws/limits.ts';
import { deleteMessages, inSendableBatches, sendMessages } from '../../../../shared/aws/sqs/batches.ts';
import { receive, startQueues, type TestQueues } from '../../../support/queues.ts';

const { batchMessages, messageBytes } = sqsLimits;

describe('batches to be sent', () => {
  it('keep every item in its order, and stay within ten messages and the bytes of one call', () => {
    const sizes = fc.array(fc.oneof(fc.nat(messageBytes), fc.nat(1000), fc.constant(messageBytes + 1)));
    fc.assert(
      fc.property(sizes, (items) => {
        const batches = inSendableBatches(items, (bytes) => bytes);
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
  const message = (body: string) => ({ body, attributes });
  const unknownQueue = 'http://127.0.0.1:1/000000000000/none';

  it('are sent whole, however large they are together, and deleted', async () => {
    const { sqs, pushes } = queues;
    // Five to a mebibyte, but for the attributes.
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

  it('tell apart what was taken and what was refused', async () => {
    const { sqs, pushes } = queues;
    const bodies = ['well', '\u0000', 'as well', '.'.repeat(messageBytes + 1)];
    const { done, failed } = await sendMessages(sqs, pushes.url, bodies, message);
    expect(done).toEqual(['well', 'as well']);
    expect(failed).toMatchObject([
      { item: '\u0000', scope: 'entry', error: { name: 'InvalidMessageContents' } },
      { item: bodies[3], scope: 'call', error: { name: 'BatchRequestTooLong' } },
    ]);
  });

  it('fail as a whole where the call does, without a throw', async () => {
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
