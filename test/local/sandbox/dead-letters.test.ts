import { ChangeMessageVisibilityCommand, DeleteMessageCommand, SendMessageCommand } from '@aws-sdk/client-sqs';
import { expect, it, onTestFinished } from 'vitest';
import { createDeadLetters } from '../../../local/sandbox/dead-letters.ts';
import { deadLetterWith, putDeadLetters } from '../../support/dead-letters.ts';
import { receive, startQueues } from '../../support/queues.ts';

it('the dead letters of the sandbox change when one replaces another between the first and the last', async () => {
  const queues = await startQueues();
  onTestFinished(queues.stop);
  const { server, sqs, undeliverable } = queues;
  const QueueUrl = undeliverable.url;
  const deadLetters = createDeadLetters();
  const shown = () => {
    deadLetters.take(server, undeliverable.queueName);
    return deadLetters.read().deadLetters.map(({ id }) => id);
  };
  const put = (...ids: string[]) =>
    putDeadLetters(
      queues,
      ids.map((pushId) => deadLetterWith({ pushId })),
    );
  await put('last');
  // It stays in flight, and those come after the visible ones.
  await receive(sqs, undeliverable);
  await put('first', 'discarded');
  expect(shown().toSorted()).toEqual(['discarded', 'first', 'last']);

  const [first, discarded] = await receive(sqs, undeliverable);
  await sqs.send(
    new ChangeMessageVisibilityCommand({ QueueUrl, ReceiptHandle: first?.ReceiptHandle, VisibilityTimeout: 0 }),
  );
  await sqs.send(new DeleteMessageCommand({ QueueUrl, ReceiptHandle: discarded?.ReceiptHandle }));
  await put('new');
  expect(shown().toSorted()).toEqual(['first', 'last', 'new']);
  const version = deadLetters.version();
  shown();
  expect(deadLetters.version()).toBe(version);
});

it('the dead letters of the sandbox have the messages that SQS itself has moved', async () => {
  const { server, sqs, pushes, undeliverable, stop } = await startQueues({
    ...{ maxReceiveCount: 1, visibilityTimeoutSeconds: 0 },
  });
  onTestFinished(stop);
  const sent = await sqs.send(new SendMessageCommand({ QueueUrl: pushes.url, MessageBody: 'm' }));
  await receive(sqs, pushes);
  await expect.poll(() => receive(sqs, pushes)).toEqual([]);
  const deadLetters = createDeadLetters();
  deadLetters.take(server, undeliverable.queueName);
  expect(deadLetters.has(sent.MessageId ?? '')).toBe(true);
  expect(deadLetters.read()).toMatchObject({ byReason: { exhausted: 1 } });
});
