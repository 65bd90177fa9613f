import {
  ConditionalCheckFailedException,
  DeleteItemCommand,
  DynamoDBClient,
  GetItemCommand,
  ProvisionedThroughputExceededException,
  PutItemCommand,
  QueryCommand,
  ResourceNotFoundException,
  ScanCommand,
  UpdateItemCommand,
} from '@aws-sdk/client-dynamodb';
import { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import type { Chance } from '../kernel/chance.ts';
import type { Process, Route } from '../kernel/process.ts';
import {
  checkPlaceholders,
  holds,
  nameOf,
  parseCondition,
  parseUpdate,
  updated,
  valueOf,
  type Condition,
  type Placeholders,
} from './dynamodb-conditions.ts';
import type { DynamoDbTable, KeyNames, Page } from './dynamodb-table.ts';
import { validationError, type Item } from './dynamodb-values.ts';
import { commandOf, plainAnswerOf, type Answer } from './dynamodb-documents.ts';
import { withRetries } from './sqs-client.ts';

/** A write that was done, for the history. */
export interface TableWrite {
  readonly table: DynamoDbTable;
  readonly before: Item | undefined;
  /** Absent: the item was deleted. */
  readonly after: Item | undefined;
  /** What the process worked on when it sent the request. */
  readonly task: number;
}

export interface DynamoDbService {
  readonly tables: readonly DynamoDbTable[];
  readonly route: Route;
  /** Of a call to be throttled. */
  readonly chance: Chance;
  /** Attempts of a call. Absent: three, as the SDK makes. */
  readonly maxAttempts?: number;
  readonly onWrite?: (write: TableWrite) => void;
}

export interface DynamoDbModel {
  readonly client: DynamoDBClient;
  readonly documents: DynamoDBDocumentClient;
}

/**
 * The clients of DynamoDB in one process: one that takes and gives attribute values, and the document client for plain
 * ones. Like those of the SDK, they make up to three attempts of a call, so a write whose answer was lost is done twice,
 * and a conditional one may meet itself. They know the calls that the functions make.
 */
export function createDynamoDbModel(process: Process, service: DynamoDbService): DynamoDbModel {
  const { tables, route, chance, maxAttempts, onWrite } = service;
  const write = (table: DynamoDbTable, task: number, before: Item | undefined, after: Item | undefined) => {
    if (after !== undefined) table.put(after);
    else if (before !== undefined) table.delete(table.keyOf(before));
    if (before !== undefined || after !== undefined) onWrite?.({ table, before, after, task });
  };
  const tableOf = (name = ''): DynamoDbTable => {
    const table = tables.find((one) => one.name === name);
    if (table === undefined) throw new ResourceNotFoundException({ message: 'Table not found', $metadata: {} });
    if (chance.hits(table.trouble().throttled)) {
      throw new ProvisionedThroughputExceededException({ message: 'The rate is too high.', $metadata: {} });
    }
    return table;
  };

  const perform = (command: unknown, task: number): Answer => {
    if (command instanceof GetItemCommand) {
      const { TableName, Key, ConsistentRead = false, ...others } = command.input;
      refuse(others);
      const table = tableOf(TableName);
      const item = table.get(table.keyIn(Key), ConsistentRead);
      return { ...(item && { Item: item }) };
    }
    if (command instanceof PutItemCommand) {
      const { TableName, Item: after = {}, ...conditional } = command.input;
      const table = tableOf(TableName);
      table.checkItem(after);
      const before = table.get(table.keyOf(after), true);
      checkCondition(before, conditional);
      write(table, task, before, after);
      return {};
    }
    if (command instanceof UpdateItemCommand) {
      const { TableName, Key, UpdateExpression = '', ...conditional } = command.input;
      const table = tableOf(TableName);
      const key = table.keyIn(Key);
      const before = table.get(key, true);
      checkCondition(before, conditional, UpdateExpression);
      const after = updated(before ?? key, parseUpdate(UpdateExpression), placeholdersOf(conditional));
      table.checkItem(after);
      if (!isSameKey(table, key, after)) throw validationError('Cannot update a key attribute');
      write(table, task, before, after);
      return {};
    }
    if (command instanceof DeleteItemCommand) {
      const { TableName, Key, ...conditional } = command.input;
      const table = tableOf(TableName);
      const before = table.get(table.keyIn(Key), true);
      checkCondition(before, conditional);
      write(table, task, before, undefined);
      return {};
    }
    if (command instanceof QueryCommand) {
      const { TableName, KeyConditionExpression = '', ExpressionAttributeNames, ...rest } = command.input;
      const { ExpressionAttributeValues, ...order } = rest;
      const { IndexName, ConsistentRead, ScanIndexForward, Limit, ExclusiveStartKey, ...others } = order;
      refuse(others);
      const table = tableOf(TableName);
      const placeholders = placeholdersOf({ ExpressionAttributeNames, ExpressionAttributeValues });
      checkPlaceholders([KeyConditionExpression], placeholders);
      const keys = IndexName === undefined ? table.keys : table.keysOfIndex(IndexName);
      const hashValue = hashValueOf(parseCondition(KeyConditionExpression), keys, placeholders);
      return answerOf(
        table.query(hashValue, { IndexName, ConsistentRead, ScanIndexForward, Limit, ExclusiveStartKey }),
      );
    }
    if (command instanceof ScanCommand) {
      const { TableName, Segment: segment = 0, TotalSegments: segments = 1, ...order } = command.input;
      const { ConsistentRead, Limit, ExclusiveStartKey, ...others } = order;
      refuse(others);
      return answerOf(tableOf(TableName).scan({ segment, segments, ConsistentRead, Limit, ExclusiveStartKey }));
    }
    throw new Error('the model of DynamoDB does not know this command');
  };

  const send = (command: unknown, options?: { readonly abortSignal?: AbortSignal }) => {
    const { task } = process;
    return withRetries(process, route, () => perform(command, task), options?.abortSignal, maxAttempts);
  };
  return {
    /** The library for idempotency asks for what a client of the SDK has, and adds its name to the user agent. */
    client: Object.assign(Object.create(DynamoDBClient.prototype) as DynamoDBClient, {
      send,
      config: {},
      middlewareStack: { identify: () => ['addPowertoolsToUserAgent'], addRelativeTo: () => undefined },
    }),
    /** The paginators of the SDK ask for an instance of its class, and the registry uses nothing else of it. */
    documents: Object.assign(Object.create(DynamoDBDocumentClient.prototype) as DynamoDBDocumentClient, {
      send: async (command: unknown, options?: { readonly abortSignal?: AbortSignal }) =>
        plainAnswerOf(await send(commandOf(command), options)),
    }),
  };
}

interface Conditional {
  readonly ConditionExpression?: string | undefined;
  readonly ExpressionAttributeNames?: Readonly<Record<string, string>> | undefined;
  readonly ExpressionAttributeValues?: Item | undefined;
  readonly ReturnValuesOnConditionCheckFailure?: string | undefined;
}

/** @throws ConditionalCheckFailedException if the condition of a write does not hold for the item that is there. */
function checkCondition(before: Item | undefined, conditional: Conditional, updateExpression = ''): void {
  const { ConditionExpression, ReturnValuesOnConditionCheckFailure: returned = 'NONE', ...rest } = conditional;
  const { ExpressionAttributeNames, ExpressionAttributeValues, ...others } = rest;
  refuse(others);
  const placeholders = placeholdersOf({ ExpressionAttributeNames, ExpressionAttributeValues });
  checkPlaceholders([updateExpression, ConditionExpression ?? ''], placeholders);
  if (ConditionExpression === undefined) return;
  if (holds(parseCondition(ConditionExpression), before ?? {}, placeholders)) return;
  throw new ConditionalCheckFailedException({
    ...{ message: 'The conditional request failed', $metadata: {} },
    ...(returned === 'ALL_OLD' && before && { Item: { ...before } }),
  });
}

function placeholdersOf({ ExpressionAttributeNames, ExpressionAttributeValues }: Conditional): Placeholders {
  return { names: ExpressionAttributeNames ?? {}, values: ExpressionAttributeValues ?? {} };
}

/** The value of the first key that a query asks for. */
function hashValueOf(condition: Condition, keys: KeyNames, placeholders: Placeholders): string {
  if (condition.kind !== 'compare' || condition.operator !== '=' || !condition.right.startsWith(':')) {
    throw new Error('the model of DynamoDB knows queries for one value of the first key only');
  }
  if (nameOf(condition.left, placeholders) !== keys.hash) {
    throw validationError(`Query condition missed key schema element: ${keys.hash}`);
  }
  const { S: value } = valueOf(condition.right, placeholders);
  if (value === undefined) throw validationError('Condition parameter type does not match schema type');
  if (value === '')
    throw validationError('The AttributeValue for a key attribute cannot contain an empty string value.');
  return value;
}

function isSameKey(table: DynamoDbTable, key: Item, item: Item): boolean {
  return [table.keys.hash, table.keys.range].every((name) => key[name]?.S === item[name]?.S);
}

function answerOf({ items, lastKey }: Page): Answer {
  return { Items: [...items], Count: items.length, ...(lastKey && { LastEvaluatedKey: lastKey }) };
}

/** Refuses the members of a request that the model does not know. */
function refuse(others: object): void {
  const [unknown] = Object.entries(others).find(([, value]) => value !== undefined) ?? [];
  if (unknown !== undefined) throw new Error(`the model of DynamoDB does not know ${unknown}`);
}
