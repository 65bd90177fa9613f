import { afterAll, beforeAll, expect, it } from 'vitest';
import { createChances, type Chance } from '../kernel/chance.ts';
import { askModel } from './model.ts';
import { startEmbeddedServices, type RealSubject } from './real.ts';
import { verdictOn, type Subject } from './subject.ts';
import { openTable, type Attributes } from './table.ts';

let embedded: RealSubject;
beforeAll(async () => {
  embedded = await startEmbeddedServices();
});
afterAll(() => embedded.close());

type Table = Awaited<ReturnType<typeof openTable>>;

const steps = 60;
const conditions = [
  '(attribute_not_exists(lastSeen) OR lastSeen <= :at) AND (attribute_not_exists(removedAt) OR removedAt < :at)',
  'attribute_exists(lastSeen) AND lastSeen <= :at',
  'attribute_not_exists(account) OR lastSeen > :at OR (removedAt >= :at AND attribute_not_exists(lastSeen))',
  'removedAt = :at',
];

/** Does a write or a read by chance. @returns what it answers. */
async function step(table: Table, chance: Chance): Promise<unknown> {
  const pick = <T>(values: readonly [T, ...T[]]): T => values[chance.below(values.length)] ?? values[0];
  const number = () => ({ N: String(chance.below(4)) });
  const key = pick(['a', 'b', 'ab', 'ä', '😀', '\uffee']);
  const values = { ':at': number() };
  const attributes: Attributes = {
    ...(chance.hits(0.6) && { lastSeen: chance.hits(0.9) ? number() : { S: '2' } }),
    ...(chance.hits(0.3) && { removedAt: number() }),
    ...(chance.hits(0.6) && { device: { S: `${table.account} ${pick(['d', 'e'])}` } }),
  };
  const conditional = chance.hits(0.7)
    ? { ConditionExpression: conditions[chance.below(conditions.length)] ?? '', ExpressionAttributeValues: values }
    : undefined;
  const Limit = chance.hits(0.5) ? 1 + chance.below(5) : undefined;
  switch (pick(['put', 'put', 'put', 'delete', 'update', 'get', 'query'])) {
    case 'put':
      return verdictOn(table.put(key, attributes, conditional), true);
    case 'delete':
      return verdictOn(table.delete(key, conditional), true);
    case 'update':
      return verdictOn(
        table.update(key, {
          UpdateExpression: 'SET lastSeen = :at',
          ExpressionAttributeValues: values,
          ...(conditional && { ConditionExpression: conditional.ConditionExpression }),
        }),
        true,
      );
    case 'get':
      return table.get(key);
    default: {
      const order = { Limit, ScanIndexForward: chance.hits(0.5) };
      const { Items: first, LastEvaluatedKey: ExclusiveStartKey } = await table.query(order);
      const { Items: second } = ExclusiveStartKey ? await table.query({ ...order, ExclusiveStartKey }) : {};
      return [first, second, ExclusiveStartKey?.['key']];
    }
  }
}

/** What a table answers to writes and reads that a seed determines. Accounts differ from run to run. */
async function answersOf(subject: Subject, seed: number): Promise<string> {
  const chance = createChances(seed)('table');
  const table = await openTable(subject);
  const answers: unknown[] = [];
  for (let number = 0; number < steps; number += 1) answers.push(await step(table, chance));
  // The indexes of the model are behind by up to a second.
  await subject.sleep(1100);
  for (const name of ['d', 'e']) {
    const found = await table.query({
      ...{ IndexName: 'byDevice', ConsistentRead: false, KeyConditionExpression: 'device = :device' },
      ExpressionAttributeValues: { ':device': { S: `${table.account} ${name}` } },
    });
    answers.push(found.Items?.map(({ key }) => key?.S).toSorted());
  }
  return JSON.stringify(answers, sortedMembers, 1).replaceAll(table.account, 'account');
}

/** The order of the attributes of an item means nothing. */
function sortedMembers(_name: string, value: unknown): unknown {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value;
  return Object.fromEntries(Object.entries(value).toSorted(([a], [b]) => (a < b ? -1 : 1)));
}

it.concurrent.each(Array.from({ length: 8 }, (_none, seed) => seed))(
  'the model of DynamoDB answers as the embedded one to writes and reads by chance with seed %i',
  async (seed) => {
    const ofModel = await askModel({ title: '', aws: '', source: '', ask: (subject) => answersOf(subject, seed) });
    expect(ofModel).toBe(await answersOf(embedded, seed));
    expect(ofModel).toContain('refused: ConditionalCheckFailed');
  },
);
