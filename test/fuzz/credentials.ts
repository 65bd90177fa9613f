import { createHash } from 'node:crypto';
import type { Access } from '../../functions/accept/access.ts';
import { parseApiKeys } from '../../shared/api-key.ts';

/** The API keys of an intake in a fuzz run. */
const keys = { all: 'key-of-all', one: 'key-of-one' } as const;
/** The only app that the key `one` may push to. */
export const appOfOne = 'com.cloudsoftphone.app';

const digest = (key: string) => createHash('sha256').update(key).digest('hex');
const reading = parseApiKeys(`all:${digest(keys.all)};one:${digest(keys.one)}:${appOfOne}`);
if (!reading.ok) throw new Error(reading.faults.join());
export const accessByKey: Access = reading.keys;

const basic = (pair: string) => `Basic ${Buffer.from(pair).toString('base64')}`;

export interface SentCredential {
  readonly headers: Readonly<Record<string, unknown>>;
  /** The name of the valid key among the headers, if there is one. */
  readonly validKey?: keyof typeof keys;
}

/** The credentials that a request may contain, valid and invalid. */
export const credentials: readonly SentCredential[] = [
  ...(['all', 'one'] as const).flatMap((validKey): SentCredential[] => [
    { validKey, headers: { 'x-api-key': keys[validKey] } },
    { validKey, headers: { authorization: `Bearer ${keys[validKey]}` } },
    { validKey, headers: { authorization: basic(`${validKey}:${keys[validKey]}`) } },
    { validKey, headers: { 'x-api-key': 'wrong', authorization: `bearer  ${keys[validKey]} ` } },
    { validKey, headers: { 'x-api-key': ` ${keys[validKey]}`, authorization: 'Basic' } },
    { validKey, headers: { 'x-api-key': keys[validKey], authorization: [] } },
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
