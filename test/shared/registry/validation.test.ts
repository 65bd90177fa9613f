import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { decodeForm, type Field } from '../../../shared/push/form.ts';
import { deviceBounds } from '../../../shared/registry/device.ts';
import { deviceFaultCodes, readDevice, readRemoval } from '../../../shared/registry/validation.ts';

const valid = { account: 'alice', token: 'dG9r', appId: 'com.example.app', selector: '1286:9E0E' };
type Values = Readonly<Record<string, string | undefined>>;

const fieldsOf = (values: Values): Field[] =>
  Object.entries(values).flatMap(([name, value]) => (value === undefined ? [] : [{ name, value }]));
const encodedOf = (form: string) => decodeForm(Buffer.from(form));

/** The device, or the faults as `parameter: code`. */
function read(fields: readonly Field[]) {
  const reading = readDevice(fields);
  return reading.ok ? reading.device : reading.faults.map(({ parameter = '', code }) => `${parameter}: ${code}`);
}
const readWith = (changes: Values) => read(fieldsOf({ ...valid, ...changes }));

/** What was left out of a device, as `parameter: code`. */
function ignoredOf(fields: readonly Field[]) {
  const reading = readDevice(fields);
  return reading.ok ? reading.ignored.map(({ parameter = '', code }) => `${parameter}: ${code}`) : 'refused';
}
const ignoredWith = (changes: Values) => ignoredOf(fieldsOf({ ...valid, ...changes }));

function readRemovalOf(fields: readonly Field[]) {
  const reading = readRemoval(fields);
  return reading.ok ? reading.target : reading.faults.map(({ parameter = '', code }) => `${parameter}: ${code}`);
}

const device = { account: 'alice', deviceToken: 'dG9r', appId: 'com.example.app', selector: '1286:9E0E' };

describe('a reported device', () => {
  it('has the values that are reported, and ignores others', () => {
    expect(readWith({ sig: 'x', other: '\0' })).toEqual(device);
    const all = { callToken: 'call', callAppId: 'com.example.pushkit', platform: 'iOS 26', version: '6.1 (a)' };
    const { platform, version } = all;
    expect(readWith(all)).toEqual({
      ...{ ...device, platform, version },
      call: { appId: 'com.example.pushkit', deviceToken: 'call' },
    });
  });

  it('is refused with all of its faults at once', () => {
    expect(read([])).toEqual(['account: missing', 'token: missing', 'appId: missing', 'selector: missing']);
    const changes = { account: '', token: '%pushToken%', appId: 'a b', selector: undefined, version: '\x07' };
    expect(readWith(changes)).toEqual([
      ...['account: empty', 'token: placeholder', 'appId: white-space', 'selector: missing'],
    ]);
  });

  it.each(Object.entries(deviceBounds))('may have the longest %s, and none that is longer', (property, most) => {
    const name = property === 'deviceToken' ? 'token' : property;
    expect(readWith({ [name]: 'x'.repeat(most) })).toMatchObject({ [property]: 'x'.repeat(most) });
    const longer = { [name]: 'x'.repeat(most + 1) };
    const isOptional = name === 'platform' || name === 'version';
    expect(isOptional ? ignoredWith(longer) : readWith(longer)).toEqual([`${name}: too-long`]);
  });

  it.each(['token', 'appId', 'selector'])('is refused with white space in %s', (name) => {
    for (const value of [' ', 'a b', 'a\u00a0b']) expect(readWith({ [name]: value })).toEqual([`${name}: white-space`]);
  });

  it.each(['token', 'appId', 'selector'])('is refused with a percent sign in %s', (name) => {
    for (const value of ['a%', 'a%zz', '%25', '100%']) {
      expect(readWith({ [name]: value })).toEqual([`${name}: placeholder`]);
      expect(read(encodedOf(new URLSearchParams({ ...valid, [name]: value }).toString()))).toEqual([
        `${name}: placeholder`,
      ]);
    }
  });

  it.each(['account', 'token', 'selector'])('is refused with a control character in %s', (name) => {
    for (const value of ['a\0', '\x1bb', '\x7f', 'a\x85b']) {
      expect(readWith({ [name]: value })).toContain(`${name}: character`);
    }
  });

  it('may have an account of any other characters, except for # at its beginning', () => {
    expect(readWith({ account: 'Žofie Nová <50%>, #1' })).toMatchObject({ account: 'Žofie Nová <50%>, #1' });
    expect(readWith({ account: '#idempotency' })).toEqual(['account: reserved']);
  });

  it('is refused if a name is misspelt, and not for its absence as well', () => {
    expect(readWith({ appId: undefined, appid: 'x' })).toEqual(['appid: misspelt']);
    expect(readWith({ appid: 'x' })).toEqual(device);
  });

  it('is refused if two values of a name differ', () => {
    expect(read([...fieldsOf(valid), { name: 'token', value: 'another' }])).toEqual(['token: repeated']);
    expect(read([...fieldsOf(valid), { name: 'token', value: valid.token }])).toEqual(device);
  });

  it('is refused if a value of JSON is no text', () => {
    const fields: Field[] = [...fieldsOf({ ...valid, token: undefined }), { name: 'token', fault: 'nested' }];
    expect(read(fields)).toEqual(['token: nested']);
  });
});

const placeholders = ['%pushToken%', '%account[username]%', '%deviceid%', '%selector%', 'a%pushappid%'];

describe('a placeholder that the app did not fill in', () => {
  it.each(placeholders)('is refused as a required value: %s', (placeholder) => {
    for (const name of Object.keys(valid)) {
      expect(readWith({ [name]: placeholder })).toEqual([`${name}: placeholder`]);
      const form = new URLSearchParams({ ...valid, [name]: 'VALUE' }).toString();
      expect(read(encodedOf(form.replace('VALUE', placeholder)))).toEqual([`${name}: placeholder`]);
      // As the local stack encodes it anew.
      const anew = new URLSearchParams(form.replace('VALUE', placeholder)).toString();
      expect(read(encodedOf(anew))).toEqual([`${name}: placeholder`]);
    }
  });

  it.each([...placeholders, ''])('counts as absent as an optional value: "%s"', (placeholder) => {
    for (const name of ['callToken', 'callAppId', 'platform', 'version']) {
      expect(readWith({ callToken: 'c', callAppId: 'c', [name]: placeholder })).toEqual(
        name.startsWith('call') ? device : { ...device, call: { appId: 'c', deviceToken: 'c' } },
      );
    }
  });
});

describe('an optional value that cannot be used', () => {
  const nested: Field[] = [
    ...fieldsOf(valid),
    { name: 'platform', fault: 'nested' },
    { name: 'version', fault: 'number' },
  ];
  const repeated = [...fieldsOf({ ...valid, version: '1' }), { name: 'version', value: '2' }];
  const pair = { callToken: 'c', callAppId: 'c' };

  it.each<[readonly string[], readonly Field[]]>([
    [['version: too-long'], fieldsOf({ ...valid, version: 'x'.repeat(65) })],
    [['platform: character', 'version: character'], fieldsOf({ ...valid, platform: '\0', version: '\x07' })],
    [['platform: nested', 'version: number'], nested],
    [['version: repeated'], repeated],
    [['Version: misspelt'], fieldsOf({ ...valid, Version: '1' })],
    [['callAppId: missing'], fieldsOf({ ...valid, callToken: 'c' })],
    [['callToken: missing'], fieldsOf({ ...valid, callAppId: 'c' })],
    [['callappid: misspelt'], fieldsOf({ ...valid, callToken: 'c', callappid: 'c' })],
    [['callToken: white-space'], fieldsOf({ ...valid, ...pair, callToken: 'a b' })],
    [['callAppId: too-long'], fieldsOf({ ...valid, ...pair, callAppId: 'x'.repeat(129) })],
    [[], fieldsOf({ ...valid, ...pair, callToken: 'a%' })],
  ])('counts as absent and is named: %j', (ignored, fields) => {
    expect(read(fields)).toEqual(device);
    expect(ignoredOf(fields)).toEqual(ignored);
  });

  it('leaves the others as they are', () => {
    expect(readWith({ ...pair, platform: 'iOS', version: '\0' })).toEqual({
      ...{ ...device, platform: 'iOS' },
      call: { appId: 'c', deviceToken: 'c' },
    });
    expect(readWith({ callToken: 'c', version: '1' })).toEqual({ ...device, version: '1' });
  });
});

describe('a removal', () => {
  const ofDevice = { kind: 'device', device: { deviceToken: 'dG9r', appId: 'com.example.app' } };

  it('is that of a device, whatever its selector', () => {
    expect(readRemovalOf(fieldsOf(valid))).toEqual(ofDevice);
    expect(readRemovalOf(fieldsOf({ ...valid, selector: '%selector%' }))).toEqual(ofDevice);
  });

  it.each(['', '%pushToken%', undefined])('is that of a selector if its token is %s', (token) => {
    expect(readRemovalOf(fieldsOf({ ...valid, token }))).toEqual({ kind: 'selector', selector: '1286:9E0E' });
  });

  it('is refused without either', () => {
    expect(readRemovalOf(fieldsOf({ account: 'alice' }))).toEqual(['token: missing', 'appId: missing']);
    expect(readRemovalOf(fieldsOf({ ...valid, token: '%pushToken%', selector: '' }))).toEqual(['token: placeholder']);
    expect(readRemovalOf(fieldsOf({ ...valid, appId: '' }))).toEqual(['appId: empty']);
    expect(readRemovalOf(fieldsOf({ ...valid, token: 'a b' }))).toEqual(['token: white-space']);
    expect(readRemovalOf(fieldsOf({ ...valid, account: '#a' }))).toEqual(['account: reserved']);
  });
});

describe('docs/registry.md', () => {
  const page = readFileSync(new URL('../../../docs/registry.md', import.meta.url), 'utf8');

  it('lists every fault code of reports', () => {
    const table = /\n\| code .*?\n\n/s.exec(page)?.[0] ?? '';
    expect([...table.matchAll(/^\| `([\w-]+)`/gm)].map(([, code]) => code)).toEqual(deviceFaultCodes);
  });

  it('has the limits of reported values', () => {
    const limitOf = (name: string) => Number(new RegExp(`^\\| \`${name}\` .*\\| (\\d+) +\\|$`, 'm').exec(page)?.[1]);
    const { deviceToken, ...others } = deviceBounds;
    const limits = Object.entries({ ...others, token: deviceToken, callToken: deviceToken, callAppId: others.appId });
    expect(limits.map(([name]) => [name, limitOf(name)])).toEqual(limits);
  });
});
