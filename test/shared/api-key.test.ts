import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createApiKey, findApiKey, parseApiKeys, type ApiKey } from '../../shared/api-key.ts';

const sha256 = (text: string) => createHash('sha256').update(text).digest('hex');

function keysOf(text: string): readonly ApiKey[] {
  const reading = parseApiKeys(text);
  if (!reading.ok) throw new Error(reading.faults.join());
  return reading.keys;
}

describe('an API key', () => {
  it('matches its own entry, and no other key does', () => {
    const name = fc.stringMatching(/^[A-Za-z0-9._-]{1,64}$/);
    const appIds = fc.array(fc.stringMatching(/^[a-z.]{1,20}$/), { maxLength: 3 });
    fc.assert(
      fc.property(name, appIds, fc.string(), (of, apps, guess) => {
        const { key, entry } = createApiKey(of, apps);
        const keys = keysOf(`other:${sha256('other')};${entry}`);
        const found = findApiKey([{ key }], keys);
        expect(found?.name).toBe(of);
        expect([...(found?.appIds ?? [])]).toEqual([...new Set(apps)]);
        expect(findApiKey([{ key: guess }], keys)).toBeUndefined();
        expect(entry).not.toContain(key);
        expect(key).toMatch(/^[A-Za-z0-9_-]{43}$/);
      }),
    );
  });

  it('that is sent with a name matches only the entry of that name', () => {
    const keys = keysOf(`one:${sha256('secret')}`);
    expect(findApiKey([{ name: 'one', key: 'secret' }], keys)?.name).toBe('one');
    expect(findApiKey([{ name: 'two', key: 'secret' }], keys)).toBeUndefined();
    expect(findApiKey([{ name: 'one', key: 'Secret' }], keys)).toBeUndefined();
  });

  it('can be configured beside another, so that a client can change keys without a gap', () => {
    const keys = keysOf(`old:${sha256('old')} ; new:${sha256('new')};`);
    expect(['old', 'new'].map((key) => findApiKey([{ key }], keys)?.name)).toEqual(['old', 'new']);
  });

  it('is not in the empty configuration', () => {
    expect(keysOf('')).toEqual([]);
  });

  it.each([' ', ';', ' ; '])(
    'is missing from %j, which is refused: it may stand for a key that was forgotten',
    (text) => {
      const faults = ['has no entry: add one of `npm run key`, or remove it'];
      expect(parseApiKeys(text)).toEqual({ ok: false, faults });
    },
  );

  it.each([
    'name',
    `name:${sha256('x').toUpperCase()}`,
    `name:${sha256('x').slice(1)}`,
    `name:${sha256('x')}0`,
    `name:0${sha256('x')}`,
    `:${sha256('x')}`,
    `na me:${sha256('x')}`,
    `name!:${sha256('x')}`,
    `${'n'.repeat(65)}:${sha256('x')}`,
    `name:${sha256('x')}:`,
    `name:${sha256('x')}:a,,b`,
    `name:${sha256('x')}:a:b`,
  ])(
    'with the invalid entry %j is refused when the function starts, and the fault does not repeat the entry',
    (entry) => {
      const reading = parseApiKeys(`good:${sha256('good')};${entry}`);
      const fault = 'key 2 does not have the form NAME:SHA256 or NAME:SHA256:APPID,APPID, with ; between entries';
      expect(reading).toEqual({ ok: false, faults: [fault] });
    },
  );

  it.each([
    ['', []],
    ['a b', []],
    ['a:b', []],
    ['well', ['']],
    ['well', ['a,b']],
    ['well', ['a;b']],
  ])('is not created for the name %j with the apps %j', (name, apps) => {
    expect(() => createApiKey(name, apps)).toThrow(RangeError);
  });

  it('is reported for its form only, if a configuration has faults of both kinds', () => {
    const digest = 'a'.repeat(64);
    const reading = parseApiKeys(`invalid;one:${digest};two:${digest}`);
    expect(reading).toEqual({ ok: false, faults: [expect.stringMatching(/^key 1 does not have the form/) as string] });
  });

  it('must not be configured under two names', () => {
    const digest = 'a'.repeat(64);
    expect(parseApiKeys(`one:${digest};two:${'b'.repeat(64)};three:${digest}`)).toEqual({
      ok: false,
      faults: ['key 3 has the digest of key 1'],
    });
  });
});
