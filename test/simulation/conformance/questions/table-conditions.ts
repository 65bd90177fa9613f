import { ConditionalCheckFailedException } from '@aws-sdk/client-dynamodb';
import { verdictOn, type Question } from '../subject.ts';
import { dynamoDbDocument, noNewer, openTable, type Attributes } from '../table.ts';

const put = dynamoDbDocument('APIReference/API_PutItem.html');
const deletion = dynamoDbDocument('APIReference/API_DeleteItem.html');
const operators = dynamoDbDocument('developerguide/Expressions.OperatorsAndFunctions.html');

const failed = 'refused: ConditionalCheckFailed';
const seenAt = (at: number): Attributes => ({ lastSeen: { N: String(at) } });

/** Whether a write of a report is done, if there is this item. */
const reportQuestion = (title: string, there: Attributes, aws: string): Question => ({
  ...{ title, aws, source: operators },
  async ask(subject) {
    const table = await openTable(subject);
    await table.put('a', there);
    return verdictOn(table.put('a', seenAt(5), noNewer(5)), true);
  },
});

/** What a put that is refused returns of the item that is there. */
const returnQuestion = (
  title: string,
  isThere: boolean,
  asksForIt: boolean,
  aws: string,
  embedded?: string,
): Question => ({
  ...{ title, aws, source: put, ...(embedded !== undefined && { embedded }) },
  async ask(subject) {
    const table = await openTable(subject);
    if (isThere) await table.put('a', seenAt(5));
    const conditional = {
      ConditionExpression: 'lastSeen < :at',
      ExpressionAttributeValues: { ':at': { N: '5' } },
      ...(asksForIt && ({ ReturnValuesOnConditionCheckFailure: 'ALL_OLD' } as const)),
    };
    try {
      await table.put('a', {}, conditional);
      return 'accepted';
    } catch (error) {
      if (!(error instanceof ConditionalCheckFailedException)) throw error;
      return error.Item === undefined ? 'no item' : Object.keys(error.Item).toSorted().join(' ');
    }
  },
});

/** Whether an idempotent request takes over the record that another one has left. */
const recordQuestion = (title: string, record: Attributes, aws: string): Question => ({
  ...{ title, aws, source: operators },
  async ask(subject) {
    const table = await openTable(subject);
    await table.put('a', record);
    return verdictOn(
      table.put(
        'a',
        {},
        {
          ConditionExpression:
            'attribute_not_exists(#id) OR #expiry < :now OR (#status = :inprogress AND attribute_exists(#until) AND #until < :now_in_millis)',
          ExpressionAttributeNames: {
            '#id': 'account',
            '#expiry': 'expiry',
            '#status': 'status',
            '#until': 'until',
          },
          ExpressionAttributeValues: {
            ':now': { N: '5.5' },
            ':now_in_millis': { N: '5500' },
            ':inprogress': { S: 'INPROGRESS' },
          },
        },
      ),
      true,
    );
  },
});
const record = (status: string, expiry: string, until: string): Attributes => ({
  ...{ status: { S: status }, expiry: { N: expiry }, until: { N: until } },
});

export const tableConditionQuestions: readonly Question[] = [
  reportQuestion('Is a conditional put done where the item has none of the attributes?', {}, 'accepted'),
  reportQuestion('Does <= hold for an equal number?', seenAt(5), 'accepted'),
  reportQuestion('Is a put refused whose condition does not hold?', seenAt(6), failed),
  reportQuestion('Does < hold for an equal number?', { removedAt: { N: '5' } }, failed),
  reportQuestion('Does a comparison with a value of another type hold?', { lastSeen: { S: '1' } }, failed),
  reportQuestion('Are numbers compared as texts?', { lastSeen: { N: '10' } }, failed),
  recordQuestion('Is the record of a request that is done taken over?', record('COMPLETED', '6', '5000'), failed),
  recordQuestion(
    'Is the record of a request that is done taken over when its day is over?',
    record('COMPLETED', '5', '0'),
    'accepted',
  ),
  recordQuestion('Is the record of a request in progress taken over?', record('INPROGRESS', '6', '5501'), failed),
  recordQuestion(
    'Is the record of a request in progress taken over when its time is over?',
    record('INPROGRESS', '6', '5499'),
    'accepted',
  ),
  {
    title: 'Does a comparison with an attribute hold that the item does not have?',
    aws: failed,
    source: operators,
    async ask(subject) {
      const table = await openTable(subject);
      await table.put('a');
      const values = { ':at': { N: '5' } };
      return verdictOn(
        table.put('a', {}, { ConditionExpression: 'lastSeen < :at', ExpressionAttributeValues: values }),
        true,
      );
    },
  },
  {
    title: 'Does AND bind before OR?',
    aws: 'accepted',
    source: operators,
    async ask(subject) {
      const table = await openTable(subject);
      await table.put('a', { version: { S: '1' } });
      const ConditionExpression =
        'attribute_exists(version) OR attribute_exists(lastSeen) AND attribute_exists(removedAt)';
      return verdictOn(table.put('a', {}, { ConditionExpression }), true);
    },
  },
  returnQuestion(
    'What does a refused put return if it asks for the item?',
    true,
    true,
    'account key lastSeen',
    'no item',
  ),
  returnQuestion('What does a refused put return if it does not ask for the item?', true, false, 'no item'),
  returnQuestion('What does a refused put return if there is no item?', false, true, 'no item'),
  {
    title: 'Of five puts at once that must be the first, how many are done?',
    aws: '1',
    source: put,
    async ask(subject) {
      const table = await openTable(subject);
      const first = { ConditionExpression: 'attribute_not_exists(account)' };
      const verdicts = await Promise.all(Array.from('abcde', () => verdictOn(table.put('a', {}, first))));
      return String(verdicts.filter((verdict) => verdict === 'accepted').length);
    },
  },
  {
    title: 'Is a conditional put that is done refused if it is repeated?',
    aws: failed,
    source: put,
    async ask(subject) {
      const table = await openTable(subject);
      const first = { ConditionExpression: 'attribute_not_exists(account)' };
      await table.put('a', {}, first);
      return verdictOn(table.put('a', {}, first), true);
    },
  },
  {
    title: 'Does an update create an item for which its condition does not hold?',
    aws: `no: ${failed}`,
    source: dynamoDbDocument('APIReference/API_UpdateItem.html'),
    async ask(subject) {
      const table = await openTable(subject);
      const verdict = await verdictOn(
        table.update('a', {
          UpdateExpression: 'SET version = :version',
          ConditionExpression: 'lastSeen = :at',
          ExpressionAttributeValues: { ':version': { S: '1' }, ':at': { N: '5' } },
        }),
        true,
      );
      return `${(await table.get('a')) === undefined ? 'no' : 'yes'}: ${verdict}`;
    },
  },
  {
    title: 'Is a conditional deletion of no item accepted?',
    aws: failed,
    source: deletion,
    async ask(subject) {
      const table = await openTable(subject);
      return verdictOn(table.delete('a', { ConditionExpression: 'attribute_exists(lastSeen)' }), true);
    },
  },
];
