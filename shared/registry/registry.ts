import { ConditionalCheckFailedException } from '@aws-sdk/client-dynamodb';
import {
  DeleteCommand,
  paginateQuery,
  paginateScan,
  PutCommand,
  type DynamoDBDocumentClient,
} from '@aws-sdk/lib-dynamodb';
import * as v from 'valibot';
import { deviceKeyOf, type DeviceName, type RegisteredDevice } from './device.ts';

/**
 * The table of devices. Its key is the account, and in it the key of a device. Two indexes, `bySelector` and `byDevice`,
 * lead to the accounts. Idempotent requests are in the same table, under keys that no account has.
 */
export type Registry = ReturnType<typeof createRegistry>;

/** An item of an account: a device, or the mark that one was removed. */
export type Entry =
  | { readonly kind: 'device'; readonly key: string; readonly device: RegisteredDevice }
  /** Kept for a day, so that a report that a removal has overtaken does not bring the device back. */
  | { readonly kind: 'removed'; readonly key: string; readonly removedAtMs: number };

/** The names of attributes are short words, because DynamoDB bills them with each item. */
const deviceItem = v.object({
  account: v.string(),
  key: v.string(),
  appId: v.string(),
  token: v.string(),
  selector: v.string(),
  callAppId: v.optional(v.string()),
  callToken: v.optional(v.string()),
  platform: v.optional(v.string()),
  version: v.optional(v.string()),
  firstSeen: v.number(),
  lastSeen: v.number(),
  /** Seconds since the epoch, as DynamoDB's time to live requires. */
  expiresAt: v.number(),
});

const removedItem = v.object({ account: v.string(), key: v.string(), removedAt: v.number(), expiresAt: v.number() });

const entryItem = v.union([deviceItem, removedItem]);

const indexItem = v.object({ account: v.string(), key: v.string() });

interface ScanOrder {
  /** Which of the segments to read, from 0. */
  readonly segment: number;
  readonly segments: number;
  readonly abortSignal?: AbortSignal | undefined;
}

const wholeTable: ScanOrder = { segment: 0, segments: 1 };

/** Writes fail where a newer report or removal is in the table: these are the two conditions. */
const noNewerReport = '(attribute_not_exists(lastSeen) OR lastSeen <= :at)';
const noNewerRemoval = '(attribute_not_exists(removedAt) OR removedAt < :at)';

/**
 * The registry in a table of DynamoDB. Its functions reject with the errors of the service, and when their `abortSignal`
 * aborts.
 * @param now milliseconds since the epoch. DynamoDB deletes an expired item within days, so it is left out here.
 */
export function createRegistry(documents: DynamoDBDocumentClient, TableName: string, now: () => number) {
  const entryOf = (item: unknown): Entry[] => {
    const read = v.safeParse(entryItem, item);
    if (!read.success || read.output.expiresAt * 1000 <= now()) return [];
    const { output } = read;
    if ('removedAt' in output) return [{ kind: 'removed', key: output.key, removedAtMs: output.removedAt }];
    return [{ kind: 'device', key: output.key, device: deviceOf(output) }];
  };

  const entriesOf = async (account: string, abortSignal?: AbortSignal): Promise<Entry[]> => {
    const entries: Entry[] = [];
    const query = {
      TableName,
      ConsistentRead: true,
      KeyConditionExpression: 'account = :account',
      ExpressionAttributeValues: { ':account': account },
    };
    for await (const { Items = [] } of paginateQuery({ client: documents }, query, until(abortSignal))) {
      entries.push(...Items.flatMap(entryOf));
    }
    return entries;
  };

  /** The keys of the items that an index finds. An index is a few milliseconds behind the table. */
  const keysIn = async (IndexName: string, attribute: string, value: string, abortSignal?: AbortSignal) => {
    const keys: v.InferOutput<typeof indexItem>[] = [];
    const query = {
      TableName,
      IndexName,
      KeyConditionExpression: '#attribute = :value',
      ExpressionAttributeNames: { '#attribute': attribute },
      ExpressionAttributeValues: { ':value': value },
    };
    for await (const { Items = [] } of paginateQuery({ client: documents }, query, until(abortSignal))) {
      keys.push(...Items.map((item) => v.parse(indexItem, item)));
    }
    return keys;
  };

  return {
    /** The devices of an account and the marks of removed ones, as they are after every write that has ended. */
    entriesOf,

    /** The devices of an account. */
    async devicesOf(account: string, abortSignal?: AbortSignal): Promise<RegisteredDevice[]> {
      return deviceEntries(await entriesOf(account, abortSignal)).map(({ device }) => device);
    },

    /** The accounts that a device is registered for. */
    async accountsOf(device: DeviceName, abortSignal?: AbortSignal): Promise<string[]> {
      return (await keysIn('byDevice', 'device', deviceKeyOf(device), abortSignal)).map(({ account }) => account);
    },

    /** The accounts that a selector is registered for: one, unless the app or its reports are wrong. */
    async accountsOfSelector(selector: string): Promise<string[]> {
      return [...new Set((await keysIn('bySelector', 'selector', selector)).map(({ account }) => account))];
    },

    /**
     * Writes a device as its last report says.
     * @param daysToLive how long it stays without another report.
     * @returns false if the table has a newer report of it, or a newer removal: the report came late.
     */
    async put(device: RegisteredDevice, daysToLive: number, abortSignal?: AbortSignal): Promise<boolean> {
      const { lastSeenMs } = device;
      const Item = { ...itemOf(device), expiresAt: Math.ceil(lastSeenMs / 1000) + daysToLive * 86_400 };
      return succeeds(
        documents.send(
          new PutCommand({
            TableName,
            Item,
            ConditionExpression: `${noNewerReport} AND ${noNewerRemoval}`,
            ExpressionAttributeValues: { ':at': lastSeenMs },
          }),
          until(abortSignal),
        ),
      );
    },

    /**
     * Removes a device because its app says so, and marks that for a day.
     * @returns false if the device has reported again since, or was removed later.
     */
    async markRemoved(account: string, key: string, removedAtMs: number, abortSignal?: AbortSignal): Promise<boolean> {
      const expiresAt = Math.ceil(removedAtMs / 1000) + 86_400;
      return succeeds(
        documents.send(
          new PutCommand({
            TableName,
            Item: { account, key, removedAt: removedAtMs, expiresAt },
            // At the same time is allowed: the SDK repeats a write whose answer was lost.
            ConditionExpression: `${noNewerReport} AND (attribute_not_exists(removedAt) OR removedAt <= :at)`,
            ExpressionAttributeValues: { ':at': removedAtMs },
          }),
          until(abortSignal),
        ),
      );
    },

    /**
     * Deletes a device that has not reported after `untilMs`.
     * @returns false if it has.
     */
    async remove(account: string, key: string, untilMs: number, abortSignal?: AbortSignal): Promise<boolean> {
      return succeeds(
        documents.send(
          new DeleteCommand({
            TableName,
            Key: { account, key },
            // A mark of a removal must stay.
            ConditionExpression: 'attribute_exists(lastSeen) AND lastSeen <= :at',
            ExpressionAttributeValues: { ':at': untilMs },
          }),
          until(abortSignal),
        ),
      );
    },

    /** All devices of the table, or of one of several segments of it, page by page. */
    async *scan({ segment, segments, abortSignal }: ScanOrder = wholeTable): AsyncGenerator<RegisteredDevice[]> {
      const scan = { TableName, Segment: segment, TotalSegments: segments, ConsistentRead: true };
      for await (const { Items = [] } of paginateScan({ client: documents }, scan, until(abortSignal))) {
        yield deviceEntries(Items.flatMap(entryOf)).map(({ device }) => device);
      }
    },
  };
}

/** The entries that are devices. */
export function deviceEntries(entries: readonly Entry[]) {
  return entries.flatMap((entry) => (entry.kind === 'device' ? [entry] : []));
}

function itemOf(device: RegisteredDevice) {
  const { account, appId, deviceToken: token, selector, call, platform, version, firstSeenMs, lastSeenMs } = device;
  const key = deviceKeyOf(device);
  return {
    ...{ account, key, appId, token, selector, platform, version, firstSeen: firstSeenMs, lastSeen: lastSeenMs },
    // The key of the index `byDevice`, which leaves out the other items because they do not have it.
    device: key,
    ...(call && { callAppId: call.appId, callToken: call.deviceToken }),
  };
}

function deviceOf(item: v.InferOutput<typeof deviceItem>): RegisteredDevice {
  const { account, appId, token, selector, callAppId, callToken, platform, version, firstSeen, lastSeen } = item;
  return {
    ...{ account, appId, deviceToken: token, selector, firstSeenMs: firstSeen, lastSeenMs: lastSeen },
    ...(callAppId !== undefined && callToken !== undefined && { call: { appId: callAppId, deviceToken: callToken } }),
    ...(platform !== undefined && { platform }),
    ...(version !== undefined && { version }),
  };
}

/** The options of a call that ends with the signal. */
function until(abortSignal: AbortSignal | undefined) {
  return { ...(abortSignal && { abortSignal }) };
}

/** Whether a conditional write was done. */
async function succeeds(write: Promise<unknown>): Promise<boolean> {
  try {
    await write;
    return true;
  } catch (error) {
    if (error instanceof ConditionalCheckFailedException) return false;
    throw error;
  }
}
