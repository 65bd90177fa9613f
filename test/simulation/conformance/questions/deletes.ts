import { documentOf, openQueue, outcomeOf, verdictOn, type Question, openQueueWithReceived } from '../subject.ts';

const deletion = documentOf('APIReference/API_DeleteMessage.html');
const deleteBatch = documentOf('APIReference/API_DeleteMessageBatch.html');

export const deleteQuestions: readonly Question[] = [
  {
    title: 'Does a deleted message come back after its visibility time-out?',
    aws: 'no',
    source: deletion,
    async ask(subject) {
      const { queue, ReceiptHandle } = await openQueueWithReceived(subject, { visibilitySeconds: 1 });
      await queue.delete(ReceiptHandle);
      return (await queue.receive({ waitSeconds: 2 })).length === 0 ? 'no' : 'yes';
    },
  },
  {
    title: 'Can a message be deleted twice?',
    aws: 'accepted',
    source: deletion,
    async ask(subject) {
      const { queue, ReceiptHandle } = await openQueueWithReceived(subject);
      await queue.delete(ReceiptHandle);
      return verdictOn(queue.delete(ReceiptHandle));
    },
  },
  {
    title: 'Does the receipt handle of an earlier receive delete a message?',
    // "The request will succeed, but the message might not be deleted."
    aws: ['accepted, and not deleted', 'accepted, and deleted'],
    source: deletion,
    async ask(subject) {
      const queue = await openQueue(subject);
      await queue.send('a');
      const earlier = await queue.receiveOne();
      await queue.change(earlier.ReceiptHandle, 0);
      const { ReceiptHandle } = await queue.receiveOne();
      const verdict = await verdictOn(queue.delete(earlier.ReceiptHandle));
      await verdictOn(queue.change(ReceiptHandle, 0));
      const isThere = (await queue.receive({ waitSeconds: 1 })).length > 0;
      return `${verdict}, and ${isThere ? 'not deleted' : 'deleted'}`;
    },
  },
  {
    title: 'Can a message be deleted after its visibility time-out, before it is received again?',
    aws: 'accepted, and deleted',
    source: deletion,
    async ask(subject) {
      const { queue, ReceiptHandle } = await openQueueWithReceived(subject, { visibilitySeconds: 1 });
      await subject.sleep(1500);
      const verdict = await verdictOn(queue.delete(ReceiptHandle));
      const isThere = (await queue.receive({ waitSeconds: 1 })).length > 0;
      return `${verdict}, and ${isThere ? 'not deleted' : 'deleted'}`;
    },
  },
  {
    title: 'Is a text that is no receipt handle accepted for a delete?',
    aws: 'refused: ReceiptHandleIsInvalid',
    embedded: 'accepted',
    source: deletion,
    async ask(subject) {
      const queue = await openQueue(subject);
      return verdictOn(queue.delete('handle'), true);
    },
  },
  {
    title: 'Do the deletes of a batch fail one by one?',
    aws: 'done: a b; refused: c',
    embedded: 'done: a b c; refused: none',
    source: deleteBatch,
    async ask(subject) {
      const queue = await openQueue(subject);
      await queue.sendBatch(['a', 'b'].map((Id) => ({ Id, MessageBody: Id })));
      const { ReceiptHandle: a } = await queue.receiveOne();
      const { ReceiptHandle: b } = await queue.receiveOne();
      await queue.delete(b);
      return outcomeOf(await queue.deleteBatch({ a, b, c: 'handle' }));
    },
  },
];
