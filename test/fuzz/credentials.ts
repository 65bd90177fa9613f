import { createHash } from 'node:crypto';
import type { Access } from '../../functions/accept/access.ts';
import { parseApiKeys } from '../../shared/api-key.ts';

/** The keys of a door in a fuzz run: good here and nowhere else. */
const keys = { all: 'key-of-all', one: 'key-of-one' } as const;
/** The only app that the key of one may push to. */
export const appOfOne = 'com.cloudsoftphone.app';

const digest = (key: string) => createHash('sha256').update(key).digest('hex');
const reading = parseApiKeys(`all:${digest(keys.all)};one:${digest(keys.one)}:${appOfOne}`);
if (!reading.ok) throw new Error(reading.faults.join());
export const accessByKey: Access = { kind: 'keys', keys: reading.keys };

const basic = (pair: string) => `Basic ${Buffer.from(pair).toString('base64')}`;

export interface Shown {
  readonly headers: Readonly<Record<string, unknown>>;
  /** The key that is good, if one is. */
  readonly good?: keyof typeof keys;
}

/** What a request shows to be let in. */
export const credentials: readonly Shown[] = [
  ...(['all', 'one'] as const).flatMap((good): Shown[] => [
    { good, headers: { 'x-api-key': keys[good] } },
    { good, headers: { authorization: `Bearer ${keys[good]}` } },
    { good, headers: { authorization: basic(`${good}:${keys[good]}`) } },
    { good, headers: { 'x-api-key': 'wrong', authorization: `bearer  ${keys[good]} ` } },
    { good, headers: { 'x-api-key': ` ${keys[good]}`, authorization: 'Basic' } },
    { good, headers: { 'x-api-key': keys[good], authorization: [] } },
  ]),
  { headers: {} },
  { headers: { 'x-api-key': '' } },
  { headers: { 'x-api-key': 'key-of-al' } },
  { headers: { 'x-api-key': `${keys.all}x` } },
  { headers: { 'x-api-key': `${keys.all}\0` } },
  { headers: { 'x-api-key': keys.all.toUpperCase() } },
  { headers: { 'x-api-key': digest(keys.all) } },
  { headers: { 'x-api-key': `${keys.all},${keys.all}` } },
  { headers: { 'x-api-key': [keys.all] } },
  { headers: { 'x-api-key': { 0: keys.all } } },
  { headers: { 'X-Api-Key': keys.all } },
  { headers: { 'x-api-key': null, authorization: 0 } },
  { headers: { authorization: keys.all } },
  { headers: { authorization: `Digest ${keys.all}` } },
  { headers: { authorization: `Bearer ${keys.all}, Bearer ${keys.all}` } },
  { headers: { authorization: [`Bearer ${keys.all}`] } },
  { headers: { authorization: basic(`one:${keys.all}`) } },
  { headers: { authorization: basic(keys.all) } },
  { headers: { authorization: basic(`:${keys.all}`) } },
  { headers: { authorization: basic(`all:${keys.all}\n`) } },
  { headers: { authorization: 'Basic !!!' } },
  { headers: { authorization: `Bearer ${'x'.repeat(10_000)}` } },
];
