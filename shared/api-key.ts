import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';

/** A client that may push. Of the key itself only the digest is known. */
export interface ApiKey {
  readonly name: string;
  /** SHA-256 of the key. A key is random and long, so that no salt and no slow hash is needed against guessing. */
  readonly digest: Buffer;
  /** The apps that it may push to; absent: all. */
  readonly appIds?: ReadonlySet<string>;
}

/** What a client shows to be let in. With HTTP Basic it names its key as well. */
export interface Credential {
  readonly name?: string;
  readonly key: string;
}

const namePattern = /^[A-Za-z0-9._-]{1,64}$/;
const digestPattern = /^[0-9a-f]{64}$/;
const appIdPattern = /^[^\s:;,]+$/;

/** How a key stands in a configuration, told where one can't be read. */
const form = 'NAME:SHA256 or NAME:SHA256:APPID,APPID, several with ; between them';

export type ApiKeysReading =
  { readonly ok: true; readonly keys: readonly ApiKey[] } | { readonly ok: false; readonly faults: readonly string[] };

/** Reads the keys of a configuration. A fault says which entry it is in, by its place: an entry may hold a secret. */
export function parseApiKeys(text: string): ApiKeysReading {
  const entries = text
    .split(';')
    .map((entry) => entry.trim())
    .filter((entry) => entry !== '');
  const faults: string[] = [];
  const keys = entries.flatMap((entry, index): ApiKey[] => {
    const [name = '', digest = '', appIds, ...more] = entry.split(':');
    const list = appIds?.split(',');
    const isWell =
      namePattern.test(name) &&
      digestPattern.test(digest) &&
      more.length === 0 &&
      (list === undefined || list.every((appId) => appIdPattern.test(appId)));
    if (isWell) return [{ name, digest: Buffer.from(digest, 'hex'), ...(list && { appIds: new Set(list) }) }];
    faults.push(`key ${String(index + 1)} is not of the form ${form}`);
    return [];
  });
  // Two names for one key: whose it is could not be said, nor one of them be taken away.
  for (const [index, { digest }] of faults.length === 0 ? keys.entries() : []) {
    const first = keys.findIndex((other) => other.digest.equals(digest));
    if (first < index) faults.push(`key ${String(index + 1)} has the digest of key ${String(first + 1)}`);
  }
  return faults.length === 0 ? { ok: true, keys } : { ok: false, faults };
}

/** A new key, and the line by which a configuration knows it. */
export interface NewApiKey {
  readonly key: string;
  readonly entry: string;
}

/** Makes a key. @throws RangeError that says what is wrong with the name or an AppId. */
export function createApiKey(name: string, appIds: readonly string[]): NewApiKey {
  if (!namePattern.test(name))
    throw new RangeError('The name must be 1 to 64 letters, digits, dots, dashes or underscores.');
  const odd = appIds.find((appId) => !appIdPattern.test(appId));
  if (odd !== undefined) throw new RangeError(`An AppId must not be empty nor hold blanks, ':', ';' or ',': "${odd}".`);
  // URL-safe, so that it can stand in https://NAME:KEY@HOST as it is; 256 bits, as its digest.
  const key = randomBytes(32).toString('base64url');
  const digest = digestOf(key).toString('hex');
  return { key, entry: [name, digest, ...(appIds.length === 0 ? [] : [appIds.join(',')])].join(':') };
}

/**
 * The key that one of the credentials is good for. Every credential is compared with every key, each in constant
 * time, so that how long it takes tells nothing of how close a guess was.
 */
export function findApiKey(credentials: readonly Credential[], keys: readonly ApiKey[]): ApiKey | undefined {
  let found: ApiKey | undefined;
  for (const { name, key: shown } of credentials) {
    const digest = digestOf(shown);
    for (const key of keys) {
      const isSame = timingSafeEqual(digest, key.digest);
      if (isSame && (name === undefined || name === key.name)) found ??= key;
    }
  }
  return found;
}

function digestOf(key: string): Buffer {
  return createHash('sha256').update(key).digest();
}
