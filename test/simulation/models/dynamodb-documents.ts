import {
  DeleteItemCommand,
  GetItemCommand,
  PutItemCommand,
  QueryCommand as QueryItemsCommand,
  ScanCommand as ScanItemsCommand,
  UpdateItemCommand,
} from '@aws-sdk/client-dynamodb';
import { DeleteCommand, GetCommand, PutCommand, QueryCommand, ScanCommand, UpdateCommand } from '@aws-sdk/lib-dynamodb';
import { itemOf, valuesOf, type Item } from './dynamodb-values.ts';

/** What DynamoDB answers to the calls that the model knows. */
export interface Answer {
  readonly Item?: Item;
  readonly Items?: readonly Item[];
  readonly Count?: number;
  readonly LastEvaluatedKey?: Item;
}

/** The command of the low-level client that a command with plain values stands for. */
export function commandOf(command: unknown): unknown {
  if (command instanceof GetCommand) return new GetItemCommand(withItems(command.input));
  if (command instanceof PutCommand) return new PutItemCommand(withItems(command.input));
  if (command instanceof UpdateCommand) return new UpdateItemCommand(withItems(command.input));
  if (command instanceof DeleteCommand) return new DeleteItemCommand(withItems(command.input));
  if (command instanceof QueryCommand) return new QueryItemsCommand(withItems(command.input));
  if (command instanceof ScanCommand) return new ScanItemsCommand(withItems(command.input));
  return command;
}

/** The members of requests that have plain values. */
const plainMembers = ['Item', 'Key', 'ExpressionAttributeValues', 'ExclusiveStartKey'] as const;
type PlainMember = (typeof plainMembers)[number];

/** Those that the model does not know as plain values. */
const unknownMembers = [
  ...(['Expected', 'AttributeUpdates', 'KeyConditions', 'ScanFilter', 'QueryFilter'] as const),
  'ReturnValuesOnConditionCheckFailure',
] as const;
type UnknownMember = (typeof unknownMembers)[number];

type WithItems<I> = { [K in keyof I as Exclude<K, UnknownMember>]: K extends PlainMember ? Item | undefined : I[K] };

function withItems<I extends object>(input: I): WithItems<I> {
  const members: Record<string, unknown> = Object.fromEntries(Object.entries(input));
  for (const name of unknownMembers) {
    if (members[name] !== undefined) throw new Error(`the model of DynamoDB does not know ${name} of plain values`);
  }
  for (const name of plainMembers) {
    const values = members[name];
    if (typeof values === 'object') members[name] = itemOf({ ...values });
  }
  // What was replaced is what the type says.
  return members as WithItems<I>;
}

/** An answer of the low-level client with plain values. */
export function plainAnswerOf({ Item, Items, LastEvaluatedKey, ...others }: Answer): object {
  return {
    ...others,
    ...(Item && { Item: valuesOf(Item) }),
    ...(Items && { Items: Items.map(valuesOf) }),
    ...(LastEvaluatedKey && { LastEvaluatedKey: valuesOf(LastEvaluatedKey) }),
  };
}
