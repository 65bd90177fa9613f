import { hash, randomBytes, timingSafeEqual } from 'node:crypto';

/** The API key of a client. A deployment knows its digest only. */
export interface ApiKey {
  readonly name: string;
  /** SHA-256 of the key. A key is 256 random bits, so guessing is hopeless even without a salt or a slow hash. */
  readonly digest: Buffer;
  /** The apps that the client may push to; absent: all. */
  readonly appIds?: ReadonlySet<string>;
}

/** An API key as a client sends it. With HTTP Basic, the client sends the name of the key as well. */
export interface Credential {
  readonly name?: string;
  readonly key: string;
}

const namePattern = /^[A-Za-z0-9._-]{1,64}$/;
const digestPattern = /^[0-9a-f]{64}$/;
const appIdPattern = /^[^\s:;,]+$/;

const form = 'NAME:SHA256 or NAME:SHA256:APPID,APPID, with ; between entries';

type ApiKeysReading =
  { readonly ok: true; readonly keys: readonly ApiKey[] } | { readonly ok: false; readonly faults: readonly string[] };

/** Reads the configured keys. A fault names the number of its entry, not the entry, which may contain a secret. */
export function parseApiKeys(text: string): ApiKeysReading {
  const entries = text
    .split(';')
    .map((entry) => entry.trim())
    .filter((entry) => entry !== '');
  const faults = entries.length === 0 && text !== '' ? ['has no entry: add one of `npm run key`, or remove it'] : [];
  const keys = entries.flatMap((entry, index): ApiKey[] => {
    const [name = '', digest = '', appIds, ...more] = entry.split(':');
    const list = appIds?.split(',');
    const isValid =
      namePattern.test(name) &&
      digestPattern.test(digest) &&
      more.length === 0 &&
      (list === undefined || list.every((appId) => appIdPattern.test(appId)));
    if (isValid) return [{ name, digest: Buffer.from(digest, 'hex'), ...(list && { appIds: new Set(list) }) }];
    faults.push(`key ${String(index + 1)} does not have the form ${form}`);
    return [];
  });
  // If one key had two names, a log could not name its client, and removing one of the names would revoke nothing.
  for (const [index, { digest }] of faults.length === 0 ? keys.entries() : []) {
    const first = keys.findIndex((other) => other.digest.equals(digest));
    if (first < index) faults.push(`key ${String(index + 1)} has the digest of key ${String(first + 1)}`);
  }
  return faults.length === 0 ? { ok: true, keys } : { ok: false, faults };
}

/** Creates a key, and its entry for the configuration. @throws RangeError with what is wrong with the name or an AppId. */
export function createApiKey(name: string, appIds: readonly string[]) {
  if (!namePattern.test(name))
    throw new RangeError('The name must be 1 to 64 characters: letters, digits, dots, dashes or underscores.');
  const invalid = appIds.find((appId) => !appIdPattern.test(appId));
  if (invalid !== undefined) {
    throw new RangeError(`An AppId must not be empty or contain white space, ':', ';' or ',': "${invalid}".`);
  }
  // URL-safe, so that https://NAME:KEY@HOST needs no encoding.
  const key = randomBytes(32).toString('base64url');
  const digest = digestOf(key).toString('hex');
  return { key, entry: [name, digest, ...(appIds.length === 0 ? [] : [appIds.join(',')])].join(':') };
}

/**
 * The configured key that one of the credentials matches. Every credential is compared with every key in constant time,
 * so that the duration says nothing about how close a guess was.
 */
export function findApiKey(credentials: readonly Credential[], keys: readonly ApiKey[]): ApiKey | undefined {
  let found: ApiKey | undefined;
  for (const { name, key: sent } of credentials) {
    const digest = digestOf(sent);
    for (const key of keys) {
      const isSame = timingSafeEqual(digest, key.digest);
      if (isSame && (name === undefined || name === key.name)) found ??= key;
    }
  }
  return found;
}

function digestOf(key: string): Buffer {
  return hash('sha256', key, 'buffer');
}
