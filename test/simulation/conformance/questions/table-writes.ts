import { verdictOn, type Question } from '../subject.ts';
import { dynamoDbDocument, noNewer, openTable, type Attributes } from '../table.ts';

const put = dynamoDbDocument('APIReference/API_PutItem.html');
const update = dynamoDbDocument('APIReference/API_UpdateItem.html');
const deletion = dynamoDbDocument('APIReference/API_DeleteItem.html');
const types = dynamoDbDocument('developerguide/HowItWorks.NamingRulesDataTypes.html');
const limits = dynamoDbDocument('developerguide/Constraints.html');
const names = dynamoDbDocument('developerguide/Expressions.ExpressionAttributeNames.html');

const invalid = 'refused: Validation';

/** Whether an item with these attributes is taken. */
const itemQuestion = (
  title: string,
  attributes: Attributes,
  aws: string,
  source: string,
  embedded = aws,
): Question => ({
  ...{ title, aws, source, ...(embedded !== aws && { embedded }) },
  async ask(subject) {
    const table = await openTable(subject);
    return verdictOn(table.put('a', attributes), true);
  },
});

export const tableWriteQuestions: readonly Question[] = [
  {
    title: 'Does a put leave attributes of the item that was there?',
    aws: 'no',
    source: put,
    async ask(subject) {
      const table = await openTable(subject);
      await table.put('a', { lastSeen: { N: '1' } });
      await table.put('a', { version: { S: '1' } });
      return (await table.get('a'))?.['lastSeen'] === undefined ? 'no' : 'yes';
    },
  },
  {
    title: 'Is a deletion of no item accepted?',
    aws: 'accepted',
    source: deletion,
    ask: async (subject) => verdictOn((await openTable(subject)).delete('a'), true),
  },
  {
    title: 'Which attributes has an item that an update creates?',
    aws: 'account key lastSeen',
    source: update,
    async ask(subject) {
      const table = await openTable(subject);
      const values = { ':at': { N: '5' } };
      await table.update('a', { UpdateExpression: 'SET lastSeen = :at', ExpressionAttributeValues: values });
      return Object.keys((await table.get('a')) ?? {})
        .toSorted()
        .join(' ');
    },
  },
  {
    title: 'Does an update keep attributes that it does not name?',
    aws: 'yes',
    source: update,
    async ask(subject) {
      const table = await openTable(subject);
      await table.put('a', { version: { S: '1' }, lastSeen: { N: '1' } });
      const values = { ':at': { N: '5' } };
      await table.update('a', { UpdateExpression: 'SET lastSeen = :at', ExpressionAttributeValues: values });
      const { version, lastSeen } = (await table.get('a')) ?? {};
      return version?.S === '1' && lastSeen?.N === '5' ? 'yes' : 'no';
    },
  },
  {
    title: 'Is an update of a key accepted?',
    aws: invalid,
    source: update,
    async ask(subject) {
      const table = await openTable(subject);
      const values = { ':account': { S: 'other' } };
      const expression = { UpdateExpression: 'SET account = :account', ExpressionAttributeValues: values };
      return verdictOn(table.update('a', expression), true);
    },
  },
  {
    title: 'Is a value accepted that no expression uses?',
    aws: invalid,
    source: names,
    async ask(subject) {
      const table = await openTable(subject);
      const conditional = noNewer(5);
      const values = { ...conditional.ExpressionAttributeValues, ':other': { N: '1' } };
      return verdictOn(table.put('a', {}, { ...conditional, ExpressionAttributeValues: values }), true);
    },
  },
  {
    title: 'Is a placeholder without a value accepted?',
    aws: invalid,
    source: names,
    async ask(subject) {
      const table = await openTable(subject);
      const values = { ':other': { N: '1' } };
      return verdictOn(table.put('a', {}, { ...noNewer(5), ExpressionAttributeValues: values }), true);
    },
  },
  {
    title: 'Is a reserved word accepted as a name in an expression?',
    aws: invalid,
    source: dynamoDbDocument('developerguide/ReservedWords.html'),
    async ask(subject) {
      const table = await openTable(subject);
      return verdictOn(table.put('a', {}, { ConditionExpression: 'attribute_not_exists(key)' }), true);
    },
  },
  itemQuestion('Is an empty text accepted as a key?', { key: { S: '' } }, invalid, types),
  itemQuestion('Is an empty text accepted as a key of an index?', { selector: { S: '' } }, invalid, types, 'accepted'),
  itemQuestion('Is an empty text accepted elsewhere?', { version: { S: '' } }, 'accepted', types),
  itemQuestion('Is a number accepted as a key of an index?', { selector: { N: '1' } }, invalid, types),
  itemQuestion('Is a key of 1,025 bytes accepted?', { key: { S: 'k'.repeat(1025) } }, invalid, limits),
  itemQuestion('Is an account of 2,049 bytes accepted?', { account: { S: 'a'.repeat(2049) } }, invalid, limits),
  {
    title: 'Is an item of 400 KiB accepted, and one more byte?',
    aws: `accepted, ${invalid}`,
    source: limits,
    async ask(subject) {
      const table = await openTable(subject);
      const others = ['account', table.account, 'key', 'a', 'data'].join('').length;
      const verdicts = [409_600, 409_601].map((bytes) =>
        verdictOn(table.put('a', { data: { S: 'x'.repeat(bytes - others) } }), true),
      );
      return (await Promise.all(verdicts)).join(', ');
    },
  },
  {
    title: 'Does a number keep its fraction of a millisecond?',
    aws: '1767225600123.25',
    source: types,
    async ask(subject) {
      const table = await openTable(subject);
      await table.put('a', { lastSeen: { N: '1767225600123.25' } });
      return (await table.get('a'))?.['lastSeen']?.N ?? 'absent';
    },
  },
];
