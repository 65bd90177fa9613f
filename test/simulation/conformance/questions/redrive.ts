import { documentOf, openQueue, type Question, type ReceivedMessage, type Subject } from '../subject.ts';

const deadLetters = documentOf('SQSDeveloperGuide/sqs-dead-letter-queues.html');

const attributes = { reason: { DataType: 'String', StringValue: 'exhausted' } };

/** Receives a message twice from a queue that then moves it. */
async function redriven(subject: Subject) {
  const target = await openQueue(subject);
  const settings = { visibilitySeconds: 30, redrive: { maxReceiveCount: 2, target: target.address } };
  const queue = await openQueue(subject, settings);
  await queue.send({ MessageBody: 'a', MessageAttributes: attributes });
  const received: ReceivedMessage[] = [];
  for (let index = 0; index < 2; index += 1) {
    const message = await queue.receiveOne();
    received.push(message);
    await queue.change(message.ReceiptHandle, 0);
  }
  const afterwards = await queue.receive({ waitSeconds: 1 });
  return { queue, target, received, afterwards };
}

/** A question about the message before and after it is moved. */
async function compare(subject: Subject, partOf: (message: ReceivedMessage) => unknown): Promise<string> {
  const { received, target } = await redriven(subject);
  const moved = await target.receiveOne();
  return received.every((message) => JSON.stringify(partOf(message)) === JSON.stringify(partOf(moved))) ? 'yes' : 'no';
}

export const redriveQuestions: readonly Question[] = [
  {
    title: 'How often is a message handed out, with a maxReceiveCount of 2?',
    aws: '2 times',
    source: deadLetters,
    async ask(subject) {
      const { received, afterwards } = await redriven(subject);
      return `${String(received.length + afterwards.length)} times`;
    },
  },
  {
    title: 'Does a message on the dead-letter queue keep its body and its attributes?',
    aws: 'yes',
    source: deadLetters,
    ask: (subject) =>
      compare(subject, ({ Body, MessageAttributes }) => [Body, MessageAttributes?.['reason']?.StringValue]),
  },
  {
    title: 'Does a message on the dead-letter queue keep its id?',
    aws: 'yes',
    source: deadLetters,
    ask: (subject) => compare(subject, ({ MessageId }) => MessageId),
  },
  {
    title: 'Does a message on the dead-letter queue keep the time at which it was sent?',
    aws: 'yes',
    source: deadLetters,
    ask: (subject) => compare(subject, ({ Attributes }) => Attributes?.SentTimestamp),
  },
  {
    title: 'What is the receive count at the first receive from the dead-letter queue, after 2 receives?',
    // AWS does not document it.
    aws: ['1', '3', '4'],
    source: deadLetters,
    async ask(subject) {
      const { target } = await redriven(subject);
      const { Attributes } = await target.receiveOne();
      return Attributes?.ApproximateReceiveCount ?? 'unknown';
    },
  },
  {
    title: 'How many messages are left on the queue after one was moved, and another one was sent and received?',
    aws: '1',
    source: documentOf('APIReference/API_GetQueueAttributes.html'),
    async ask(subject) {
      const { queue } = await redriven(subject);
      await queue.send('b');
      await queue.receiveOne();
      // AWS counts approximately, and needs up to a minute.
      const giveUpAt = subject.now() + 90_000;
      for (;;) {
        const count = await queue.count();
        if (count === 1 || subject.now() > giveUpAt) return String(count);
        await subject.sleep(1000);
      }
    },
  },
];
