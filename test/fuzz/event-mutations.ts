import { fieldAt, formatOf, isRecord, type JsonRecord } from './oracle.ts';
import { below, harmful, harmless, pick, type Mutation, type Random } from './mutation.ts';

type Path = readonly string[];

/** The fields that the intake reads. */
const fieldsRead: readonly Path[] = [
  ['headers'],
  ['headers', 'content-type'],
  ['headers', 'content-encoding'],
  ['headers', 'ttl'],
  ['body'],
  ['isBase64Encoded'],
  ['requestContext'],
  ['requestContext', 'http'],
  ['requestContext', 'http', 'method'],
];
/** Fields that must not have any effect. */
const fieldsNotRead: readonly Path[] = [
  ['version'],
  ['routeKey'],
  ['rawPath'],
  ['rawQueryString'],
  ['queryStringParameters'],
  ['pathParameters'],
  ['stageVariables'],
  ['cookies'],
  ['client'],
  ['unknown'],
  ['headers', 'host'],
  ['headers', 'content-length'],
  ['headers', 'user-agent'],
  ['headers', 'x-forwarded-host'],
  ['headers', 'x-http-method-override'],
  ['requestContext', 'domainName'],
  ['requestContext', 'authorizer'],
  ['requestContext', 'http', 'path'],
  ['requestContext', 'http', 'sourceIp'],
];
const oddScalars: readonly unknown[] = [
  undefined,
  null,
  true,
  false,
  0,
  -1,
  1e308,
  '',
  'x',
  'http://192.0.2.1/pnm2',
  'verb=NotifyReprovision&AppId=a&DeviceToken=t',
  '\r\nX: y\0',
  'x'.repeat(10_000),
];
/** As JSON, because later mutations change what is made of it. */
const oddObjects = [
  ...['[]', '[[]]', '["POST"]', '{}', '{"kind":"anybody"}', '{"length":5,"toString":"x"}'],
  '{"__proto__":{"method":"POST"},"constructor":null}',
];
const contentTypes = [
  'application/json',
  'application/x-www-form-urlencoded',
  'text/json',
  'application/json5',
  'application/vnd.api+json',
  'application/json,application/json',
  'application/json; charset=utf-16',
  'application/json;charset=iso-8859-1',
  'application/json\r\nX-Injected: 1',
  'text/plain',
  '',
  ';',
  'application/x-www-form-urlencoded; charset=iso-8859-1',
  'application/x-www-form-urlencoded; charset=utf-16le',
  'application/x-www-form-urlencoded,application/x-www-form-urlencoded',
  'application/x-www-form-urlencoded\r\nX-Injected: 1',
  'multipart/form-data; boundary=x',
  '__proto__',
];
/** The names of each content type, with parameters and in any case. */
const typesOf = {
  form: [
    'application/x-www-form-urlencoded',
    'Application/X-WWW-Form-Urlencoded',
    ' application/x-www-form-urlencoded ;charset="UTF-8"',
    'application/x-www-form-urlencoded; charset=us-ascii; odd',
  ],
  json: [
    'application/json',
    'APPLICATION/JSON',
    'Application/Json; Charset=UTF-8',
    ' application/json ;charset="utf-8"',
    'application/json;odd;charset=US-ASCII',
    'application/json;',
  ],
};
const timesToLive = ['0', '1', '00', '60', ' 86400 ', '9999999999', '\t0000000060'];
const badTimesToLive = [
  '',
  ' ',
  '-1',
  '+1',
  '1.0',
  '1e3',
  '60s',
  '5,6',
  '5, 6',
  '10000000000',
  '٣',
  '0x10',
  'NaN',
  '1 0',
];
const idempotencyKeys = ['a', ' ~!,"a b" ', '\t8e03978e-40d5-43dd-bc93-6894a57f9324', 'x'.repeat(255)];
const badIdempotencyKeys = ['', ' ', '\t', 'ü', '\u007F', 'a\r\nX: y', 'x'.repeat(256), 7, true, [], {}, null];
const codings = ['gzip', 'GZIP', 'br', 'deflate', 'identity, gzip', 'identity,identity', 'x', 'utf-8'];
const methods = ['GET', 'HEAD', 'PUT', 'DELETE', 'OPTIONS', 'post', 'POST ', 'POST,POST', '', '__proto__', 'A\r\nX: y'];

/** Sets or removes a field; does nothing if its parent is not an object. */
function set(event: unknown, path: Path, value: unknown): unknown {
  const holder = fieldAt(event, ...path.slice(0, -1));
  const name = path.at(-1);
  if (!isRecord(holder) || name === undefined) return event;
  if (value === undefined) Reflect.deleteProperty(holder, name);
  else holder[name] = value;
  return event;
}

function oddValue(random: Random): unknown {
  const at = below(oddScalars.length + oddObjects.length, random);
  const object = oddObjects[at - oddScalars.length];
  return object === undefined ? oddScalars[at] : JSON.parse(object);
}

function pathsOf(record: JsonRecord, above: Path = []): Path[] {
  return Object.entries(record).flatMap(([name, value]) => {
    const path = [...above, name];
    return isRecord(value) ? [path, ...pathsOf(value, path)] : [path];
  });
}

function anyPath(event: unknown, random: Random): Path {
  const all = isRecord(event) ? pathsOf(event) : [];
  return all.length === 0 || random() < 0.5 ? pick(fieldsRead, random) : pick(all, random);
}

const setOneOf = (path: Path, values: readonly unknown[]) => (event: unknown, random: Random) =>
  set(event, path, pick(values, random));

/** Mutations of an event that already contains its body. */
export const eventMutations: Readonly<Record<string, Mutation<unknown>>> = {
  'a field that is not read': harmless((event, random) => set(event, pick(fieldsNotRead, random), oddValue(random))),
  'a content type by another name': harmless((event, random) => {
    const type = fieldAt(event, 'headers', 'content-type');
    return set(event, ['headers', 'content-type'], pick(typesOf[formatOf(type) ?? 'form'], random));
  }),
  'a time to live': harmless(setOneOf(['headers', 'ttl'], timesToLive)),
  'an Idempotency-Key': harmless(setOneOf(['headers', 'idempotency-key'], idempotencyKeys)),
  'no coding': harmless(setOneOf(['headers', 'content-encoding'], ['identity', ' Identity', ''])),
  'many headers': harmless((event, random) => {
    const more = 1 + below(200, random);
    for (let at = 0; at < more; at += 1) set(event, ['headers', `x-${String(at)}`], oddValue(random));
    return event;
  }),

  'a field left out': harmful((event, random) => set(event, anyPath(event, random), undefined)),
  'a field of another type': harmful((event, random) => set(event, anyPath(event, random), oddValue(random))),
  'another event': harmful((event, random) =>
    random() < 0.1 ? pick([[event], { Records: [event] }, { event }], random) : oddValue(random),
  ),
  'another content type': harmful(setOneOf(['headers', 'content-type'], contentTypes)),
  'a content encoding': harmful(setOneOf(['headers', 'content-encoding'], codings)),
  'a bad time to live': harmful(setOneOf(['headers', 'ttl'], badTimesToLive)),
  'a bad Idempotency-Key': harmful(setOneOf(['headers', 'idempotency-key'], badIdempotencyKeys)),
  'another method': harmful(setOneOf(['requestContext', 'http', 'method'], methods)),
  'isBase64Encoded the other way': harmful((event) =>
    set(event, ['isBase64Encoded'], fieldAt(event, 'isBase64Encoded') !== true),
  ),
  'a header twice': harmful((event, random) => {
    const headers = fieldAt(event, 'headers');
    if (!isRecord(headers) || Object.keys(headers).length === 0) return event;
    const name = pick(Object.keys(headers), random);
    const value = headers[name];
    const text = typeof value === 'string' ? value : JSON.stringify(value);
    const twice = pick<unknown>([`${text},${text}`, `${text}, x`, [value, value]], random);
    return set(event, ['headers', name], twice);
  }),
  'a header name in another case': harmful((event) => {
    const value = fieldAt(event, 'headers', 'content-type');
    return set(set(event, ['headers', 'content-type'], undefined), ['headers', 'Content-Type'], value);
  }),
  'a character of the body changed': harmful((event, random) => {
    const body = fieldAt(event, 'body');
    if (typeof body !== 'string') return event;
    const at = below(body.length + 1, random);
    const odd = pick(['\uFFFD', '\uD800', '\uDC00x', '\\ud83d', '\0', 'é', '=', '"', '\n', '-', '😀'], random);
    return set(event, ['body'], body.slice(0, at) + odd + body.slice(at + below(2, random)));
  }),
};
