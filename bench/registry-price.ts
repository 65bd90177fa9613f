import { assumed, gbSecondsPrice, logLineBytes, billedMs, millionOf, prices } from './price.ts';

/** An attribute of an item in DynamoDB: a string or a number, both of which its API writes as a text. */
export type Item = Readonly<Record<string, { readonly S: string } | { readonly N: string }>>;

/**
 * The bytes of an item, as DynamoDB counts them: names and strings in UTF-8, and a number with a byte for two digits.
 * https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/CapacityUnitCalculations.html
 */
export function itemBytesOf(item: Item): number {
  const bytes = Object.entries(item).map(
    ([name, value]) => Buffer.byteLength(name) + ('S' in value ? Buffer.byteLength(value.S) : numberBytesOf(value.N)),
  );
  return bytes.reduce((sum, one) => sum + one, 0);
}

function numberBytesOf(number: string): number {
  const digits = number.replace(/^-?0*/, '').replace(/0+$/, '');
  return Math.ceil(digits.length / 2) + 1;
}

/** The part of an item that an index with keys only has. */
function indexItemOf(item: Item, key: 'device' | 'selector'): Item {
  return Object.fromEntries(['account', 'key', key].flatMap((name) => (item[name] ? [[name, item[name]]] : [])));
}

/** Beyond its bytes, of an item of a table or of an index. */
const storageBytesPerItem = 100;

/** As in `serverless.yml`. */
const devicesMemoryMb = 256;

/** Of an item of less than 1 KB: in the table, and in the two indexes if it is new. */
const writeUnits = { unchanged: 0, seen: 1, new: 3 } as const;

/** What one report uses. CPU times are those of a full vCPU. */
interface ReportUsage {
  /** `unchanged` is not written, `seen` only in the table, because a day is over, and `new` in the indexes as well. */
  readonly device: keyof typeof writeUnits;
  /** Of all devices of the account, which a report reads. */
  readonly accountBytes: number;
  readonly cpuMs: number;
  readonly initMs: number;
  /** The share of invocations that start an instance. */
  readonly newInstances: number;
  readonly answerBytes: number;
  readonly logBytes: number;
}

/** The dollars for a million reports, by term. */
export function reportsPricePerMillion(usage: ReportUsage): Record<string, number> {
  const { device, accountBytes, cpuMs, initMs, newInstances, answerBytes, logBytes } = usage;
  const units = writeUnits[device];
  const calls = units === 0 ? 1 : 2;
  return millionOf({
    'HTTP API': prices.httpApiRequest,
    'devices: requests': prices.lambdaRequest,
    'devices: GB-seconds': gbSecondsPrice(
      billedMs(cpuMs, calls * assumed.dynamoDbWaitMs, devicesMemoryMb),
      devicesMemoryMb,
    ),
    'devices: INIT': newInstances * gbSecondsPrice(initMs, devicesMemoryMb),
    'DynamoDB: reads': readUnitsOf(accountBytes) * prices.dynamoDbRead,
    'DynamoDB: writes': units * prices.dynamoDbWrite,
    logs: (logBytes + logLineBytes) * prices.logByte,
    egress: (assumed.answerHeadBytes + answerBytes + assumed.tlsBytesPerMessage) * prices.egressByte,
  });
}

/** A consistent read has 4 KB in each unit. */
const readUnitsOf = (bytes: number) => Math.max(1, Math.ceil(bytes / 4096));

/** The dollars for what a million requests to `accept` cost more if they have an account, or an Idempotency-Key. */
export function requestsPricePerMillion(acceptMemoryMb: number, accountBytes: number) {
  const waits = (calls: number) => gbSecondsPrice(calls * assumed.dynamoDbWaitMs, acceptMemoryMb);
  return {
    account: millionOf({ reads: readUnitsOf(accountBytes) * prices.dynamoDbRead, 'GB-seconds': waits(1) }),
    // The record is written before the push is stored and after it, and deleted by its time to live, which is free.
    idempotent: millionOf({ writes: 2 * prices.dynamoDbWrite, 'GB-seconds': waits(2) }),
  };
}

/** The dollars that a million registered devices cost in a month, or when all of them are read for a sweep. */
export function devicesPricePerMillion(item: Item) {
  const bytes = itemBytesOf(item);
  const indexes = (['device', 'selector'] as const).map((key) => itemBytesOf(indexItemOf(item, key)));
  const gigabytes = (stored: readonly number[]) =>
    (stored.reduce((sum, one) => sum + one + storageBytesPerItem, 0) * 1e6) / 2 ** 30;
  const table = gigabytes([bytes]);
  return {
    storage: gigabytes([bytes, ...indexes]) * prices.dynamoDbGbMonth,
    recovery: table * prices.dynamoDbRecoveryGbMonth,
    scan: ((bytes * 1e6) / 4096) * prices.dynamoDbRead,
  };
}
