import {
  DeleteItemCommand,
  GetItemCommand,
  PutItemCommand,
  QueryCommand,
  UpdateItemCommand,
  type AttributeValue,
  type QueryCommandInput,
  type UpdateItemCommandInput,
} from '@aws-sdk/client-dynamodb';
import type { Subject } from './subject.ts';

export type Attributes = Record<string, AttributeValue>;

interface Conditional {
  readonly ConditionExpression: string;
  readonly ExpressionAttributeNames?: Record<string, string>;
  readonly ExpressionAttributeValues?: Attributes;
  readonly ReturnValuesOnConditionCheckFailure?: 'ALL_OLD';
}

let accounts = 0;

/** The table of devices, with an account in it that no other question has. */
export async function openTable(subject: Subject) {
  const { dynamoDb } = subject;
  const TableName = await subject.openTable();
  const account = `account-${String((accounts += 1))}`;
  const keyOf = (key: string): Attributes => ({ account: { S: account }, key: { S: key } });
  const query = (input: Partial<QueryCommandInput> = {}) =>
    dynamoDb.send(
      new QueryCommand({
        ...{ TableName, ConsistentRead: true, KeyConditionExpression: 'account = :account' },
        ExpressionAttributeValues: { ':account': { S: account } },
        ...input,
      }),
    );
  return {
    ...{ TableName, account, keyOf, query },
    put: (key: string, attributes: Attributes = {}, conditional?: Conditional) =>
      dynamoDb.send(new PutItemCommand({ TableName, Item: { ...keyOf(key), ...attributes }, ...conditional })),
    async get(key: string, ConsistentRead = true): Promise<Attributes | undefined> {
      return (await dynamoDb.send(new GetItemCommand({ TableName, Key: keyOf(key), ConsistentRead }))).Item;
    },
    update: (key: string, input: Omit<UpdateItemCommandInput, 'TableName' | 'Key'>) =>
      dynamoDb.send(new UpdateItemCommand({ TableName, Key: keyOf(key), ...input })),
    delete: (key: string, conditional?: Conditional) =>
      dynamoDb.send(new DeleteItemCommand({ TableName, Key: keyOf(key), ...conditional })),
    /** The keys of the items of the account, in the order in which a query gives them. */
    async keys(input: Partial<QueryCommandInput> = {}): Promise<string[]> {
      const { Items = [] } = await query(input);
      return Items.map(({ key }) => key?.S ?? '');
    },
    /** The items that an index finds under a value. It is behind the table, so this waits for a number of them. */
    async findIn(IndexName: string, attribute: string, value: string, count: number): Promise<Attributes[]> {
      const endsAt = subject.now() + indexMs;
      for (;;) {
        const { Items = [] } = await dynamoDb.send(
          new QueryCommand({
            ...{ TableName, IndexName, KeyConditionExpression: '#attribute = :value' },
            ExpressionAttributeNames: { '#attribute': attribute },
            ExpressionAttributeValues: { ':value': { S: value } },
          }),
        );
        if (Items.length === count || subject.now() > endsAt) return Items;
        await subject.sleep(100);
      }
    },
  };
}

/** For an index to have what was written to its table. */
const indexMs = 10_000;

/** The condition of a report: the table has no newer one. */
export const noNewer = (at: number): Conditional => ({
  ConditionExpression:
    '(attribute_not_exists(lastSeen) OR lastSeen <= :at) AND (attribute_not_exists(removedAt) OR removedAt < :at)',
  ExpressionAttributeValues: { ':at': { N: String(at) } },
});

export function dynamoDbDocument(path: string): string {
  return `https://docs.aws.amazon.com/amazondynamodb/latest/${path}`;
}
