import type { MessageAttributeValue } from '@aws-sdk/client-sqs';
import { SendMessageCommand, type SendMessageBatchRequestEntry } from '@aws-sdk/client-sqs';
import { documentOf, openQueue, outcomeOf, verdictOn, type Question } from '../subject.ts';

const sending = documentOf('APIReference/API_SendMessage.html');
const sendBatch = documentOf('APIReference/API_SendMessageBatch.html');
const metadata = documentOf('SQSDeveloperGuide/sqs-message-metadata.html');
const maxBytes = 1_048_576;

const entriesOf = (ids: readonly string[], body = 'a') => ids.map((Id) => ({ Id, MessageBody: body }));

/** Whether a message is accepted. */
const sendQuestion = (
  message: Omit<SendMessageBatchRequestEntry, 'Id'>,
  question: Omit<Question, 'ask'>,
  withCode = false,
): Question => ({
  ...question,
  async ask(subject) {
    const queue = await openQueue(subject);
    return verdictOn(queue.send(message), withCode);
  },
});

/** Whether a batch is accepted. */
const batchQuestion = (
  title: string,
  entries: SendMessageBatchRequestEntry[],
  aws: string,
  embedded?: string,
): Question => ({
  ...{ title, aws, source: sendBatch, ...(embedded !== undefined && { embedded }) },
  async ask(subject) {
    const queue = await openQueue(subject);
    return verdictOn(queue.sendBatch(entries), true);
  },
});

/** Whether a message with an attribute is accepted. */
const attributeQuestion = (title: string, attributes: Record<string, MessageAttributeValue>): Question =>
  sendQuestion(
    { MessageBody: 'a', MessageAttributes: attributes },
    { title, aws: 'refused', embedded: 'accepted', source: metadata },
  );

const text = { DataType: 'String', StringValue: 'b' };

export const sendQuestions: readonly Question[] = [
  {
    title: 'Does a message keep attributes of each type?',
    aws: 'yes',
    source: metadata,
    async ask(subject) {
      const queue = await openQueue(subject);
      const sent = {
        text: { DataType: 'String', StringValue: 'ä 😀' },
        number: { DataType: 'Number', StringValue: '1.5' },
        bytes: { DataType: 'Binary', BinaryValue: Uint8Array.from([0, 255]) },
      };
      await queue.send({ MessageBody: 'a', MessageAttributes: sent });
      const { MessageAttributes = {} } = await queue.receiveOne();
      const textOf = (attributes: Record<string, MessageAttributeValue>) =>
        Object.entries(attributes)
          .map(([name, { DataType = '', StringValue = '', BinaryValue = [] }]) =>
            [name, DataType, StringValue, ...BinaryValue].join(' '),
          )
          .toSorted()
          .join();
      return textOf(MessageAttributes) === textOf(sent) ? 'yes' : `no: ${textOf(MessageAttributes)}`;
    },
  },
  attributeQuestion(
    'Are eleven attributes accepted?',
    Object.fromEntries(Array.from('abcdefghijk', (name) => [name, text])),
  ),
  attributeQuestion('Is an attribute without a value accepted?', { name: { DataType: 'String', StringValue: '' } }),
  attributeQuestion('Is a space in the name of an attribute accepted?', { 'a name': text }),
  attributeQuestion('Is a name of an attribute that begins with AWS. accepted?', { 'AWS.name': text }),
  attributeQuestion('Is an attribute of an unknown type accepted?', { name: { ...text, DataType: 'Text' } }),
  sendQuestion({ MessageBody: '' }, { title: 'Is an empty body accepted?', aws: 'refused', source: sending }),
  sendQuestion(
    { MessageBody: 'a\u000b' },
    { title: 'Is the character U+000B accepted?', aws: 'refused: InvalidMessageContents', source: sending },
    true,
  ),
  sendQuestion(
    { MessageBody: 'a\ufffe' },
    { title: 'Is the character U+FFFE accepted?', aws: 'refused: InvalidMessageContents', source: sending },
    true,
  ),
  {
    title: 'Are characters above U+FFFF accepted and kept?',
    aws: 'yes',
    embedded: 'refused',
    source: sending,
    async ask(subject) {
      const queue = await openQueue(subject);
      const verdict = await verdictOn(queue.send('😀 \u{10ffff}'));
      if (verdict !== 'accepted') return verdict;
      return (await queue.receiveOne()).Body === '😀 \u{10ffff}' ? 'yes' : 'no';
    },
  },
  sendQuestion(
    { MessageBody: 'a'.repeat(maxBytes) },
    { title: 'Is a message of 1 MiB accepted?', aws: 'accepted', source: sending },
  ),
  sendQuestion(
    { MessageBody: 'a'.repeat(maxBytes - 5), MessageAttributes: { name: text } },
    { title: 'Do attributes count towards the limit of 1 MiB?', aws: 'refused', source: metadata },
  ),
  {
    title: 'Does a message on a standard queue keep its MessageGroupId?',
    aws: 'yes',
    embedded: 'no',
    source: documentOf('SQSDeveloperGuide/sqs-fair-queues.html'),
    async ask(subject) {
      const queue = await openQueue(subject);
      await queue.send({ MessageBody: 'a', MessageGroupId: 'com.example.softphone' });
      const { Attributes } = await queue.receiveOne();
      return Attributes?.MessageGroupId === 'com.example.softphone' ? 'yes' : 'no';
    },
  },
  {
    title: 'Does a message in flight hold back others of its MessageGroupId on a standard queue?',
    aws: 'no',
    source: documentOf('SQSDeveloperGuide/sqs-fair-queues.html'),
    async ask(subject) {
      const queue = await openQueue(subject);
      await queue.sendBatch(entriesOf(['a', 'b']).map((entry) => ({ ...entry, MessageGroupId: 'one' })));
      await queue.receiveOne();
      return (await queue.receive()).length === 1 ? 'no' : 'yes';
    },
  },
  sendQuestion(
    { MessageBody: 'a', MessageGroupId: 'a'.repeat(129) },
    { title: 'Is a MessageGroupId of 129 characters accepted?', aws: 'refused', embedded: 'accepted', source: sending },
  ),
  sendQuestion(
    { MessageBody: 'a', MessageGroupId: 'a b' },
    { title: 'Is a MessageGroupId with a space accepted?', aws: 'refused', embedded: 'accepted', source: sending },
  ),
  {
    title: 'Can a message be sent to a queue that does not exist?',
    aws: 'refused: QueueDoesNotExist',
    source: sending,
    async ask(subject) {
      const { address } = await openQueue(subject);
      const QueueUrl = `${address.url}-other`;
      return verdictOn(subject.sqs.send(new SendMessageCommand({ QueueUrl, MessageBody: 'a' })), true);
    },
  },
  batchQuestion('Is a batch without messages accepted?', [], 'refused: EmptyBatchRequest'),
  batchQuestion(
    'Is a batch of eleven messages accepted?',
    entriesOf(Array.from('abcdefghijk')),
    'refused: TooManyEntriesInBatchRequest',
  ),
  batchQuestion('Are two equal ids in a batch accepted?', entriesOf(['a', 'a']), 'refused: BatchEntryIdsNotDistinct'),
  batchQuestion('Is a dot in an id of a batch accepted?', entriesOf(['a.b']), 'refused: InvalidBatchEntryId'),
  batchQuestion(
    'Is an id of 81 characters in a batch accepted?',
    entriesOf(['a'.repeat(81)]),
    'refused: InvalidBatchEntryId',
    'accepted',
  ),
  batchQuestion(
    'Are messages of more than 1 MiB in all accepted in a batch?',
    entriesOf(['a', 'b'], 'a'.repeat(maxBytes / 2 + 1)),
    'refused: BatchRequestTooLong',
  ),
  {
    title: 'Is any message sent of a batch that is refused?',
    aws: 'no',
    source: sendBatch,
    async ask(subject) {
      const queue = await openQueue(subject);
      await verdictOn(queue.sendBatch(entriesOf(['a', 'b', 'b'])));
      return (await queue.receive({ waitSeconds: 1 })).length === 0 ? 'no' : 'yes';
    },
  },
  {
    title: 'Is one message of a batch refused alone, if it has a character that is not allowed?',
    aws: 'done: a c; refused: b',
    source: sendBatch,
    async ask(subject) {
      const queue = await openQueue(subject);
      const entries = entriesOf(['a', 'b', 'c']).map((entry) => ({
        ...entry,
        ...(entry.Id === 'b' && { MessageBody: '\u0000' }),
      }));
      return outcomeOf(await queue.sendBatch(entries));
    },
  },
];
