import { GetItemCommand, ScanCommand, type ScanCommandInput } from '@aws-sdk/client-dynamodb';
import { PutCommand } from '@aws-sdk/lib-dynamodb';
import { verdictOn, type Question, type Subject } from '../subject.ts';
import { dynamoDbDocument, openTable, type Attributes } from '../table.ts';

const get = dynamoDbDocument('APIReference/API_GetItem.html');
const query = dynamoDbDocument('APIReference/API_Query.html');
const scan = dynamoDbDocument('APIReference/API_Scan.html');
const indexes = dynamoDbDocument('developerguide/GSI.html');
const consistency = dynamoDbDocument('developerguide/HowItWorks.ReadConsistency.html');
const pagination = dynamoDbDocument('developerguide/Query.Pagination.html');

/** The pages of a query of an account, as the keys of each. */
async function pagesOf(table: Awaited<ReturnType<typeof openTable>>, Limit?: number): Promise<string[][]> {
  const pages: string[][] = [];
  let ExclusiveStartKey: Attributes | undefined;
  do {
    const { Items = [], LastEvaluatedKey } = await table.query({ Limit, ExclusiveStartKey });
    pages.push(Items.map(({ key }) => key?.S ?? ''));
    ExclusiveStartKey = LastEvaluatedKey;
  } while (ExclusiveStartKey !== undefined);
  return pages;
}

/** Puts an item that has the keys of one of the indexes. */
async function openWithDevice(subject: Subject) {
  const table = await openTable(subject);
  const device = `device of ${table.account}`;
  await table.put('a', { device: { S: device }, selector: { S: `selector of ${table.account}` }, version: { S: '1' } });
  return { ...table, device };
}

const refusedQuery = (
  title: string,
  input: Parameters<Awaited<ReturnType<typeof openTable>>['query']>[0],
): Question => ({
  ...{ title, aws: 'refused: Validation', source: query },
  ask: async (subject) => verdictOn((await openTable(subject)).query(input), true),
});

const namesOf = (items: readonly Attributes[]) => items.map((item) => Object.keys(item).toSorted().join(' ')).join();

export const tableReadQuestions: readonly Question[] = [
  {
    title: 'Does a consistent read have what was just written?',
    aws: 'yes',
    source: consistency,
    async ask(subject) {
      const table = await openTable(subject);
      for (let at = 1; at <= 20; at += 1) {
        await table.put('a', { lastSeen: { N: String(at) } });
        if ((await table.get('a'))?.['lastSeen']?.N !== String(at)) return 'no';
        const { Items: [item] = [] } = await table.query();
        if (item?.['lastSeen']?.N !== String(at)) return 'no';
      }
      await table.delete('a');
      return (await table.get('a')) === undefined ? 'yes' : 'no';
    },
  },
  {
    title: 'Does a read that need not be consistent have a write in the end?',
    aws: 'yes',
    source: consistency,
    async ask(subject) {
      const table = await openTable(subject);
      await table.put('a');
      const endsAt = subject.now() + 10_000;
      while ((await table.get('a', false)) === undefined) {
        if (subject.now() > endsAt) return 'no';
        await subject.sleep(100);
      }
      return 'yes';
    },
  },
  {
    title: 'What does a read of no item return?',
    aws: 'nothing',
    source: get,
    ask: async (subject) => ((await (await openTable(subject)).get('a')) === undefined ? 'nothing' : 'an item'),
  },
  {
    title: 'In which order does a query give keys?',
    aws: 'A a b ￮ 😀',
    source: query,
    async ask(subject) {
      const table = await openTable(subject);
      for (const key of ['b', '😀', 'A', '￮', 'a']) await table.put(key);
      return (await table.keys()).join(' ');
    },
  },
  {
    title: 'Does a query give keys backward if it is asked to?',
    aws: 'c b a',
    source: query,
    async ask(subject) {
      const table = await openTable(subject);
      for (const key of ['a', 'b', 'c']) await table.put(key);
      return (await table.keys({ ScanIndexForward: false })).join(' ');
    },
  },
  {
    title: 'Does a query in pages give each item once, and in order?',
    aws: 'abc def gh',
    source: pagination,
    async ask(subject) {
      const table = await openTable(subject);
      await Promise.all(Array.from('hgfedcba', (key) => table.put(key)));
      const pages = await pagesOf(table, 3);
      return pages.map((keys) => keys.join('')).join(' ');
    },
  },
  {
    title: 'Does a page that ends with the last item name a next one, which is empty?',
    aws: ['yes', 'no'],
    source: pagination,
    async ask(subject) {
      const table = await openTable(subject);
      await Promise.all(Array.from('ab', (key) => table.put(key)));
      const [first = [], ...others] = await pagesOf(table, 2);
      return first.length === 2 && others.flat().length === 0 ? (others.length === 0 ? 'no' : 'yes') : 'other items';
    },
  },
  {
    title: 'Has a page of a query 1.5 MB?',
    aws: 'no',
    source: pagination,
    async ask(subject) {
      const table = await openTable(subject);
      for (const key of 'abcde') await table.put(key, { data: { S: 'x'.repeat(300_000) } });
      const pages = await pagesOf(table);
      if (pages.flat().join('') !== 'abcde') return `items ${pages.flat().join('')}`;
      return pages.length === 1 ? 'yes' : 'no';
    },
  },
  {
    title: 'Does a query see a change between two of its pages?',
    aws: 'a c',
    source: pagination,
    async ask(subject) {
      const table = await openTable(subject);
      for (const key of ['a', 'b']) await table.put(key);
      const { Items = [], LastEvaluatedKey: ExclusiveStartKey } = await table.query({ Limit: 1 });
      await table.delete('b');
      await table.put('c');
      return [...Items.map(({ key }) => key?.S), ...(await table.keys({ ExclusiveStartKey }))].join(' ');
    },
  },
  refusedQuery('Is a query for a part of the key only, without the first, accepted?', {
    ...{ KeyConditionExpression: '#key = :key', ExpressionAttributeNames: { '#key': 'key' } },
    ExpressionAttributeValues: { ':key': { S: 'a' } },
  }),
  refusedQuery('Is a query of an unknown index accepted?', { IndexName: 'byVersion', ConsistentRead: false }),
  {
    title: 'Is a consistent read of an index accepted?',
    aws: 'refused: Validation',
    source: consistency,
    async ask(subject) {
      const table = await openTable(subject);
      const ofIndex = { IndexName: 'byDevice', KeyConditionExpression: 'device = :device' };
      const values = { ':device': { S: 'd' } };
      return verdictOn(table.query({ ...ofIndex, ExpressionAttributeValues: values }), true);
    },
  },
  {
    title: 'Which attributes does an index with keys only have?',
    aws: 'account device key',
    source: indexes,
    async ask(subject) {
      const table = await openWithDevice(subject);
      return namesOf(await table.findIn('byDevice', 'device', table.device, 1));
    },
  },
  {
    title: 'Does an index have items without its key?',
    aws: 'no',
    source: indexes,
    async ask(subject) {
      const table = await openWithDevice(subject);
      await table.put('a', { removedAt: { N: '1' } });
      return (await table.findIn('byDevice', 'device', table.device, 0)).length === 0 ? 'no' : 'yes';
    },
  },
  {
    title: 'Does an index find an item under its new key only?',
    aws: '0, 1',
    source: indexes,
    async ask(subject) {
      const table = await openWithDevice(subject);
      const other = `other ${table.device}`;
      await table.put('a', { device: { S: other } });
      const found = [
        await table.findIn('byDevice', 'device', other, 1),
        await table.findIn('byDevice', 'device', table.device, 0),
      ];
      return found
        .map((items) => String(items.length))
        .toReversed()
        .join(', ');
    },
  },
  {
    title: 'In which order does an index give the keys of one device?',
    aws: 'in the order of the accounts',
    source: indexes,
    async ask(subject) {
      const tables = [await openTable(subject), await openTable(subject), await openTable(subject)];
      const device = `device of ${tables.map(({ account }) => account).join()}`;
      for (const table of tables.toReversed()) await table.put('a', { device: { S: device } });
      const [table] = tables;
      const found = (await table?.findIn('byDevice', 'device', device, 3)) ?? [];
      const accounts = found.map(({ account }) => account?.S ?? '');
      const isInOrder =
        accounts.join() ===
        tables
          .map(({ account }) => account)
          .toSorted()
          .join();
      return isInOrder ? 'in the order of the accounts' : accounts.join();
    },
  },
  {
    title: 'Does a scan in segments and pages give each item once?',
    aws: '6 of 6',
    source: scan,
    async ask(subject) {
      const tables = [await openTable(subject), await openTable(subject), await openTable(subject)];
      for (const table of tables) await Promise.all(Array.from('ab', (key) => table.put(key)));
      const own = new Set(tables.map(({ account }) => account));
      const found: string[] = [];
      for (const Segment of [0, 1]) {
        let ExclusiveStartKey: Attributes | undefined;
        do {
          const input: ScanCommandInput = {
            TotalSegments: 2,
            ConsistentRead: true,
            Limit: 2,
            TableName: await subject.openTable(),
          };
          const { Items = [], LastEvaluatedKey } = await subject.dynamoDb.send(
            new ScanCommand({ ...input, Segment, ExclusiveStartKey }),
          );
          const keys = Items.map(({ account, key }) => [account?.S ?? '', key?.S ?? ''] as const);
          found.push(...keys.filter(([account]) => own.has(account)).map((key) => key.join(' ')));
          ExclusiveStartKey = LastEvaluatedKey;
        } while (ExclusiveStartKey !== undefined);
      }
      return `${String(new Set(found).size)} of ${String(found.length)}`;
    },
  },
  {
    title: 'Is a read of an unknown table accepted?',
    aws: 'refused: ResourceNotFound',
    source: get,
    async ask({ dynamoDb, openTable: open }) {
      const TableName = `${await open()}-unknown`;
      const Key = { account: { S: 'a' }, key: { S: 'a' } };
      return verdictOn(dynamoDb.send(new GetItemCommand({ TableName, Key })), true);
    },
  },
  {
    title: 'Is a read with a part of the key accepted?',
    aws: 'refused: Validation',
    source: get,
    async ask({ dynamoDb, openTable: open }) {
      const Key = { account: { S: 'a' } };
      return verdictOn(dynamoDb.send(new GetItemCommand({ TableName: await open(), Key })), true);
    },
  },
  {
    title: 'Is an item read whose time to live is over, as long as it is not deleted?',
    aws: 'yes',
    source: dynamoDbDocument('developerguide/ttl-expired-items.html'),
    async ask(subject) {
      const table = await openTable(subject);
      await table.put('a', { expiresAt: { N: String(Math.floor(subject.now() / 1000)) } });
      await subject.sleep(2000);
      return (await table.get('a')) === undefined ? 'no' : 'yes';
    },
  },
  {
    title: 'Has the document client values that are undefined?',
    aws: 'no: account key version',
    source: 'https://docs.aws.amazon.com/AWSJavaScriptSDK/v3/latest/Package/-aws-sdk-lib-dynamodb/',
    async ask(subject) {
      const table = await openTable(subject);
      const Item = { account: table.account, key: 'a', platform: undefined, version: '' };
      await subject.documents.send(new PutCommand({ TableName: table.TableName, Item }));
      const item = (await table.get('a')) ?? {};
      return `${'platform' in item ? 'yes' : 'no'}: ${namesOf([item])}`;
    },
  },
];
