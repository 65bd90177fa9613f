import { DynamoDBServiceException, type AttributeValue } from '@aws-sdk/client-dynamodb';

/** An item as DynamoDB keeps it: each value has its type. */
export type Item = Readonly<Record<string, AttributeValue>>;

/** The item of plain values, as the document client makes it. Undefined values are left out. */
export function itemOf(values: Readonly<Record<string, unknown>>): Item {
  const attributes: Record<string, AttributeValue> = {};
  for (const [name, value] of Object.entries(values)) {
    if (value !== undefined) attributes[name] = attributeOf(value);
  }
  return attributes;
}

/** The plain values of an item. */
export function valuesOf(item: Item): Record<string, unknown> {
  return Object.fromEntries(Object.entries(item).map(([name, attribute]) => [name, valueOf(attribute)]));
}

function attributeOf(value: unknown): AttributeValue {
  if (value === null) return { NULL: true };
  if (typeof value === 'string') return { S: value };
  if (typeof value === 'boolean') return { BOOL: value };
  if (typeof value === 'number' && Number.isFinite(value)) return { N: String(value) };
  if (Array.isArray(value)) return { L: value.filter((each) => each !== undefined).map(attributeOf) };
  if (typeof value === 'object' && Object.getPrototypeOf(value) === Object.prototype) {
    return { M: itemOf({ ...value }) };
  }
  throw new Error(`the model of DynamoDB does not know values of type ${typeof value}`);
}

function valueOf(attribute: AttributeValue): unknown {
  if (attribute.S !== undefined) return attribute.S;
  if (attribute.N !== undefined) return Number(attribute.N);
  if (attribute.BOOL !== undefined) return attribute.BOOL;
  if (attribute.NULL !== undefined) return null;
  if (attribute.L !== undefined) return attribute.L.map(valueOf);
  if (attribute.M !== undefined) return valuesOf(attribute.M);
  throw new Error(`the model of DynamoDB does not know the type ${Object.keys(attribute).join()}`);
}

/** Less than 0 if the first text comes first: DynamoDB compares the bytes of UTF-8. */
export function compareTexts(a: string, b: string): number {
  return a === b ? 0 : Buffer.compare(Buffer.from(a), Buffer.from(b));
}

/** Less than 0 if the first value is less. Undefined: they have no order, because they have different types. */
export function compareValues(a: AttributeValue, b: AttributeValue): number | undefined {
  if (a.S !== undefined && b.S !== undefined) return compareTexts(a.S, b.S);
  if (a.N !== undefined && b.N !== undefined) return Number(a.N) - Number(b.N);
  return undefined;
}

/** https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/CapacityUnitCalculations.html */
export function bytesOf(item: Item): number {
  let bytes = 0;
  for (const [name, attribute] of Object.entries(item)) bytes += Buffer.byteLength(name) + bytesOfValue(attribute);
  return bytes;
}

function bytesOfValue(attribute: AttributeValue): number {
  if (attribute.S !== undefined) return Buffer.byteLength(attribute.S);
  if (attribute.N !== undefined) return Math.ceil(attribute.N.replace(/[-.]/g, '').length / 2) + 1;
  if (attribute.M !== undefined) return 3 + bytesOf(attribute.M) + Object.keys(attribute.M).length;
  if (attribute.L !== undefined) return attribute.L.reduce((sum, each) => sum + 1 + bytesOfValue(each), 3);
  return 1;
}

/** What DynamoDB answers to a request that is wrong in itself. */
export function validationError(message: string): DynamoDBServiceException {
  return new DynamoDBServiceException({ name: 'ValidationException', message, $fault: 'client', $metadata: {} });
}
