import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { delayMessages, sendMessages } from '../../../../shared/aws/sqs/batches.ts';
import { receive, sqsClientOf, startQueues, type TestQueues } from '../../../support/queues.ts';

let queues: TestQueues;
beforeAll(async () => {
  queues = await startQueues();
});
afterAll(() => queues.stop());
beforeEach(() => {
  queues.server.reset();
});

const send = (bodies: string[]) =>
  sendMessages(queues.sqs, queues.pushes.url, bodies, (MessageBody) => ({ MessageBody }));

describe('the delays of received messages', () => {
  it('are set in any number', async () => {
    await send(Array.from({ length: 23 }, (_, index) => String(index)));
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
    expect(await delayMessages(queues.sqs, queues.pushes.url, delays)).toMatchObject({ failed: [] });
    expect(await receive(queues.sqs, queues.pushes)).toHaveLength(10);
  });

  it('are reported one by one if SQS did not set them', async () => {
    await send(['one']);
    const [one] = await receive(queues.sqs, queues.pushes);
    const good = { receiptHandle: one?.ReceiptHandle ?? '', delaySeconds: 5 };
    const bad = { receiptHandle: 'none', delaySeconds: 5 };
    expect(await delayMessages(queues.sqs, queues.pushes.url, [good, bad])).toMatchObject({
      done: [good],
      failed: [{ item: bad, scope: 'entry' }],
    });
    const unreachable = sqsClientOf('http://127.0.0.1:1');
    const url = 'http://127.0.0.1:1/000000000000/pushes';
    expect(await delayMessages(unreachable, url, [good, bad])).toMatchObject({
      done: [],
      failed: [
        { item: good, scope: 'call' },
        { item: bad, scope: 'call' },
      ],
    });
  });
});
