import {
  documentOf,
  lasted,
  openQueue,
  outcomeOf,
  verdictOn,
  type Question,
  openQueueWithReceived,
} from '../subject.ts';

const visibility = documentOf('SQSDeveloperGuide/sqs-visibility-timeout.html');
const change = documentOf('APIReference/API_ChangeMessageVisibility.html');
const changeBatch = documentOf('APIReference/API_ChangeMessageVisibilityBatch.html');
const receive = documentOf('APIReference/API_ReceiveMessage.html');

export const visibilityQuestions: readonly Question[] = [
  {
    title: 'Is a received message received again within its visibility time-out?',
    aws: 'no',
    source: visibility,
    async ask(subject) {
      const queue = await openQueue(subject);
      await queue.send('a');
      await queue.receiveOne();
      return (await queue.receive({ waitSeconds: 1 })).length === 0 ? 'no' : 'yes';
    },
  },
  {
    title: 'When does a received message come back from a queue with a visibility time-out of 2 s?',
    aws: 'after 2 s',
    source: visibility,
    async ask(subject) {
      const queue = await openQueue(subject, { visibilitySeconds: 2 });
      await queue.send('a');
      const receivedAt = subject.now();
      await queue.receiveOne();
      await queue.receiveOne();
      return lasted(receivedAt, subject.now(), 2);
    },
  },
  {
    title: 'When does a message come back that is received with VisibilityTimeout 1?',
    aws: 'after 1 s',
    source: receive,
    async ask(subject) {
      const queue = await openQueue(subject);
      await queue.send('a');
      const receivedAt = subject.now();
      await queue.receiveOne({ visibilitySeconds: 1 });
      await queue.receiveOne();
      return lasted(receivedAt, subject.now(), 1);
    },
  },
  {
    title: 'Does a change of the visibility time-out to 0 make the message visible?',
    aws: 'yes',
    source: change,
    async ask(subject) {
      const { queue, ReceiptHandle } = await openQueueWithReceived(subject);
      await queue.change(ReceiptHandle, 0);
      return (await queue.receive()).length === 1 ? 'yes' : 'no';
    },
  },
  {
    title: 'How long after a change of the visibility time-out to 2 s does the message come back?',
    aws: 'after 2 s',
    source: change,
    async ask(subject) {
      const { queue, ReceiptHandle } = await openQueueWithReceived(subject, { visibilitySeconds: 3 });
      await subject.sleep(1500);
      const changedAt = subject.now();
      await queue.change(ReceiptHandle, 2);
      await queue.receiveOne();
      return lasted(changedAt, subject.now(), 2);
    },
  },
  {
    title: 'Does a changed visibility time-out hold for the next receive as well?',
    aws: 'no',
    source: change,
    async ask(subject) {
      const { queue, ReceiptHandle } = await openQueueWithReceived(subject);
      await queue.change(ReceiptHandle, 1);
      await queue.receiveOne();
      return (await queue.receive({ waitSeconds: 2 })).length === 0 ? 'no' : 'yes';
    },
  },
  {
    title: 'Does a change after the visibility time-out hide the message again?',
    aws: 'no',
    embedded: 'yes',
    source: change,
    async ask(subject) {
      const { queue, ReceiptHandle } = await openQueueWithReceived(subject, { visibilitySeconds: 1 });
      await subject.sleep(1500);
      // AWS says that it might result in an error.
      await verdictOn(queue.change(ReceiptHandle, 30));
      return (await queue.receive({ waitSeconds: 1 })).length === 0 ? 'yes' : 'no';
    },
  },
  {
    title: 'Is a visibility time-out above 12 hours accepted?',
    aws: 'refused',
    source: change,
    async ask(subject) {
      const { queue, ReceiptHandle } = await openQueueWithReceived(subject);
      return verdictOn(queue.change(ReceiptHandle, 43_201));
    },
  },
  {
    title: 'Is a visibility time-out of 12 hours accepted a second after the receive?',
    aws: 'refused',
    embedded: 'accepted',
    source: visibility,
    async ask(subject) {
      const { queue, ReceiptHandle } = await openQueueWithReceived(subject);
      await subject.sleep(1500);
      return verdictOn(queue.change(ReceiptHandle, 43_200));
    },
  },
  {
    title: 'Can the visibility time-out of a deleted message be changed?',
    aws: 'refused',
    source: change,
    async ask(subject) {
      const { queue, ReceiptHandle } = await openQueueWithReceived(subject);
      await queue.delete(ReceiptHandle);
      return verdictOn(queue.change(ReceiptHandle, 10));
    },
  },
  {
    title: 'Do the changes of a batch fail one by one?',
    aws: 'done: a; refused: b c',
    source: changeBatch,
    async ask(subject) {
      const queue = await openQueue(subject);
      await queue.sendBatch(['a', 'b', 'c'].map((Id) => ({ Id, MessageBody: Id })));
      const handles = [await queue.receiveOne(), await queue.receiveOne(), await queue.receiveOne()];
      const [a = '', b = '', c = ''] = handles.map(({ ReceiptHandle }) => ReceiptHandle);
      await queue.delete(b);
      return outcomeOf(await queue.changeBatch({ a: [a, 10], b: [b, 10], c: [c, 43_201] }));
    },
  },
  {
    title: 'How often has a message been received, as its receives say?',
    aws: '1, 2, 3',
    source: receive,
    async ask(subject) {
      const queue = await openQueue(subject);
      await queue.send('a');
      const counts: string[] = [];
      for (let index = 0; index < 3; index += 1) {
        const { ReceiptHandle, Attributes } = await queue.receiveOne();
        counts.push(Attributes?.ApproximateReceiveCount ?? 'unknown');
        await queue.change(ReceiptHandle, 0);
      }
      return counts.join(', ');
    },
  },
  {
    title: 'Do the times of sending and of the first receive stay the same?',
    aws: 'yes',
    source: receive,
    async ask(subject) {
      const queue = await openQueue(subject);
      await queue.send('a');
      const first = await queue.receiveOne({ visibilitySeconds: 1 });
      const again = await queue.receiveOne();
      const timesOf = ({ Attributes }: typeof first) =>
        `${String(Attributes?.SentTimestamp)} ${String(Attributes?.ApproximateFirstReceiveTimestamp)}`;
      return timesOf(first) === timesOf(again) ? 'yes' : 'no';
    },
  },
  {
    title: 'Does each receive of a message have a receipt handle of its own?',
    aws: 'yes',
    source: receive,
    async ask(subject) {
      const queue = await openQueue(subject);
      await queue.send('a');
      const first = await queue.receiveOne();
      await queue.change(first.ReceiptHandle, 0);
      const again = await queue.receiveOne();
      return first.ReceiptHandle === again.ReceiptHandle ? 'no' : 'yes';
    },
  },
];
