import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decodeForm, encodeForm, type Parameter } from '../../../shared/push/form.ts';

const decode = (form: string) => decodeForm(Buffer.from(form, 'utf8'));

/** Any text but lone surrogates, which have no UTF-8 form. */
const text = fc.string({ unit: 'binary' });
const parameters = fc.array(fc.tuple(fc.string({ unit: 'binary', minLength: 1 }), text));

describe('a form', () => {
  it('comes back as it was encoded, whatever Unicode it holds', () => {
    fc.assert(
      fc.property(parameters, (sent) => {
        expect(decode(encodeForm(sent))).toEqual(sent.map(([name, value]) => ({ name, value })));
      }),
    );
  });

  it('is read by the platform’s own decoder as by ours', () => {
    fc.assert(
      fc.property(parameters, (sent) => {
        expect([...new URLSearchParams(encodeForm(sent))]).toEqual(sent);
      }),
    );
  });

  it('is decoded as the platform’s own decoder does, whoever encoded it', () => {
    fc.assert(
      fc.property(parameters, (sent) => {
        const form = new URLSearchParams(sent.map(([name, value]): [string, string] => [name, value])).toString();
        expect(decode(form)).toEqual(sent.map(([name, value]) => ({ name, value })));
      }),
    );
  });

  it('never throws, whatever the bytes are', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
        for (const field of decodeForm(Buffer.from(bytes))) {
          if ('value' in field) expect(field.value.isWellFormed()).toBe(true);
        }
      }),
    );
  });

  it.each<[form: string, expected: Parameter[]]>([
    ['', []],
    [
      'a=1&b=2',
      [
        ['a', '1'],
        ['b', '2'],
      ],
    ],
    [
      'a=1&&b=2&',
      [
        ['a', '1'],
        ['b', '2'],
      ],
    ],
    ['a', [['a', '']]],
    ['=1', [['', '1']]],
    ['a=1=2', [['a', '1=2']]],
    ['a+b=c+d', [['a b', 'c d']]],
    ['a=%2B', [['a', '+']]],
    ['a=%E2%82%AC', [['a', '€']]],
    ['a=€', [['a', '€']]],
    ['a=\uFEFFb', [['a', '\uFEFFb']]],
    [
      '__proto__=1&constructor=2',
      [
        ['__proto__', '1'],
        ['constructor', '2'],
      ],
    ],
  ])('%j is %j', (form, expected) => {
    expect(decode(form)).toEqual(expected.map(([name, value]) => ({ name, value })));
  });

  it.each([
    ['a=%', 'percent-encoding'],
    ['a=%2', 'percent-encoding'],
    ['a=%zz', 'percent-encoding'],
    ['a=100%25%', 'percent-encoding'],
    ['a=%FF', 'utf-8'],
    ['a=%C3', 'utf-8'],
    ['a=%C0%80', 'utf-8'], // overlong
    ['a=%ED%A0%80', 'utf-8'], // a surrogate
  ])('%j has a fault of its %s', (form, fault) => {
    expect(decode(`first=1&${form}&last=2`)).toEqual([
      { name: 'first', value: '1' },
      { name: 'a', fault },
      { name: 'last', value: '2' },
    ]);
  });

  it('has a fault where the bytes themselves are not UTF-8', () => {
    expect(decodeForm(Buffer.from([0x61, 0x3d, 0xff]))).toEqual([{ name: 'a', fault: 'utf-8' }]);
  });

  it('names a broken name as it came', () => {
    expect(decode('a%zz=1&%FF')).toEqual([
      { name: 'a%zz', fault: 'percent-encoding' },
      { name: '%FF', fault: 'utf-8' },
    ]);
  });
});
