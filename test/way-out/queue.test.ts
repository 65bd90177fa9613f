import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { sqsLimits } from '../../shared/core/limits.ts';
import { inBatches, sendMessages } from '../../shared/sqs/send-batches.ts';
import { delayMessages } from '../../shared/sqs/visibility.ts';
import { receive, sqsClientOf, startQueues, type TestQueues } from '../support/queues.ts';

let queues: TestQueues;
beforeAll(async () => {
  queues = await startQueues();
});
afterAll(() => queues.stop());
beforeEach(() => {
  queues.server.reset();
});

const message = (body: string) => ({ body, attributes: {} });
const unreachable = () => sqsClientOf('http://127.0.0.1:1');
const unreachableUrl = 'http://127.0.0.1:1/000000000000/pushes';

describe('messages', () => {
  it('are sent in batches within the bounds of number and size, in their order', async () => {
    const bodies = Array.from({ length: 47 }, (_, index) =>
      String(index).padStart(index % 3 === 0 ? 300_000 : 10, '.'),
    );
    const messages = bodies.map(message);
    for (const batch of inBatches(messages)) {
      expect(batch.length).toBeLessThanOrEqual(sqsLimits.batchMessages);
      const bytes = batch.reduce((sum, { body }) => sum + Buffer.byteLength(body), 0);
      expect(bytes).toBeLessThanOrEqual(sqsLimits.messageBytes);
    }
    expect(inBatches(messages).flat()).toEqual(messages);
    const sent = await sendMessages(queues.sqs, queues.pushes.url, messages);
    expect(sent.filter(({ ok }) => ok)).toHaveLength(47);
    expect(queues.server.inspectQueue('pushes')?.messages.ready).toHaveLength(47);
  });

  it('fail one by one where SQS refuses one', async () => {
    const sent = await sendMessages(queues.sqs, queues.pushes.url, [
      message('well'),
      message('ill \u0001'),
      message('well'),
    ]);
    expect(sent.map(({ ok }) => ok)).toEqual([true, false, true]);
  });

  it('all fail where SQS can’t be reached', async () => {
    const sent = await sendMessages(
      unreachable(),
      unreachableUrl,
      Array.from({ length: 12 }, () => message('well')),
    );
    expect(sent.map(({ ok }) => ok)).toEqual(Array.from({ length: 12 }, () => false));
  });
});

describe('received messages', () => {
  it('are hidden, however many', async () => {
    await sendMessages(
      queues.sqs,
      queues.pushes.url,
      Array.from({ length: 23 }, (_, index) => message(String(index))),
    );
    const received = [];
    for (
      let more = await receive(queues.sqs, queues.pushes);
      more.length > 0;
      more = await receive(queues.sqs, queues.pushes)
    ) {
      received.push(...more);
    }
    expect(received).toHaveLength(23);
    const delays = received.map(({ ReceiptHandle = '' }) => ({ receiptHandle: ReceiptHandle, delaySeconds: 0 }));
    expect(await delayMessages(queues.sqs, queues.pushes.url, delays)).toEqual([]);
    expect(await receive(queues.sqs, queues.pushes)).toHaveLength(10);
  });

  it('are told one by one where their delay was not set', async () => {
    await sendMessages(queues.sqs, queues.pushes.url, [message('one')]);
    const [one] = await receive(queues.sqs, queues.pushes);
    const good = { receiptHandle: one?.ReceiptHandle ?? '', delaySeconds: 5 };
    const bad = { receiptHandle: 'none', delaySeconds: 5 };
    expect(await delayMessages(queues.sqs, queues.pushes.url, [good, bad])).toMatchObject([{ delay: bad }]);
    expect(await delayMessages(unreachable(), unreachableUrl, [good, bad])).toMatchObject([
      { delay: good },
      { delay: bad },
    ]);
  });
});
