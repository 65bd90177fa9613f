import { documentOf, lasted, openQueue, outcomeOf, verdictOn, type Question } from '../subject.ts';

const receive = documentOf('APIReference/API_ReceiveMessage.html');
const longPolling = documentOf('SQSDeveloperGuide/sqs-short-and-long-polling.html');
const standardQueues = documentOf('SQSDeveloperGuide/standard-queues.html');
const sending = documentOf('APIReference/API_SendMessage.html');

const letters = Array.from('abcdefghij');
const batch = letters.map((Id) => ({ Id, MessageBody: Id }));

/** Receives ten messages, in the order in which they come. */
async function receiveAll(queue: Awaited<ReturnType<typeof openQueue>>): Promise<string> {
  const bodies: string[] = [];
  for (let index = 0; index < 20 && bodies.length < letters.length; index += 1) {
    bodies.push(...(await queue.receive({ waitSeconds: 2 })).map(({ Body = '' }) => Body));
  }
  return bodies.join('');
}

export const receiveQuestions: readonly Question[] = [
  {
    title: 'How many of ten messages does a receive with MaxNumberOfMessages 3 return?',
    aws: '1 to 3',
    source: receive,
    async ask(subject) {
      const queue = await openQueue(subject);
      await queue.sendBatch(batch);
      const { length } = await queue.receive({ most: 3 });
      return length >= 1 && length <= 3 ? '1 to 3' : String(length);
    },
  },
  {
    title: 'Does each of ten messages come once?',
    aws: 'yes',
    source: standardQueues,
    async ask(subject) {
      const queue = await openQueue(subject);
      await queue.sendBatch(batch);
      const bodies = Array.from(await receiveAll(queue));
      return bodies.toSorted().join('') === letters.join('') ? 'yes' : `no: ${bodies.join(' ')}`;
    },
  },
  {
    title: 'In which order do ten messages come?',
    aws: ['as sent', 'in another order'],
    source: standardQueues,
    async ask(subject) {
      const queue = await openQueue(subject);
      for (const letter of letters) await queue.send(letter);
      return (await receiveAll(queue)) === letters.join('') ? 'as sent' : 'in another order';
    },
  },
  {
    title: 'When does long polling for 20 s end, if a message is sent after 1 s?',
    aws: 'when the message is sent',
    source: longPolling,
    async ask(subject) {
      const queue = await openQueue(subject);
      const startedAt = subject.now();
      const receiving = queue.receive({ waitSeconds: 20 });
      await subject.sleep(1000);
      await queue.send('a');
      const { length } = await receiving;
      const ms = subject.now() - startedAt;
      return length === 1 && ms < 19_000 ? 'when the message is sent' : `after ${String(ms)} ms`;
    },
  },
  {
    title: 'When does long polling of an empty queue for 1 s end?',
    aws: 'after 1 s, without a message',
    source: longPolling,
    async ask(subject) {
      const queue = await openQueue(subject);
      const startedAt = subject.now();
      const { length } = await queue.receive({ waitSeconds: 1 });
      return `${lasted(startedAt, subject.now(), 1)}, ${length === 0 ? 'without' : 'with'} a message`;
    },
  },
  {
    title: 'When does a message with DelaySeconds 2 become visible?',
    aws: 'after 2 s',
    source: sending,
    async ask(subject) {
      const queue = await openQueue(subject);
      const sentAt = subject.now();
      await queue.send({ MessageBody: 'a', DelaySeconds: 2 });
      await queue.receiveOne();
      return lasted(sentAt, subject.now(), 2);
    },
  },
  {
    title: 'Is SentTimestamp the time of sending, and not the end of DelaySeconds?',
    aws: 'yes',
    source: receive,
    async ask(subject) {
      const queue = await openQueue(subject);
      await queue.send({ MessageBody: 'a', DelaySeconds: 2 });
      const { Attributes } = await queue.receiveOne();
      const { SentTimestamp, ApproximateFirstReceiveTimestamp } = Attributes ?? {};
      return Number(ApproximateFirstReceiveTimestamp) - Number(SentTimestamp) >= 1900 ? 'yes' : 'no';
    },
  },
  {
    title: 'Is DelaySeconds 901 accepted?',
    aws: 'refused',
    embedded: 'accepted',
    source: sending,
    async ask(subject) {
      const queue = await openQueue(subject);
      return verdictOn(queue.send({ MessageBody: 'a', DelaySeconds: 901 }));
    },
  },
  {
    title: 'Is one message of a batch refused alone, if its DelaySeconds is 901?',
    aws: 'done: a c; refused: b',
    embedded: 'done: a b c; refused: none',
    source: documentOf('APIReference/API_SendMessageBatch.html'),
    async ask(subject) {
      const queue = await openQueue(subject);
      const entries = batch.slice(0, 3).map((entry) => ({ ...entry, ...(entry.Id === 'b' && { DelaySeconds: 901 }) }));
      return outcomeOf(await queue.sendBatch(entries));
    },
  },
];
