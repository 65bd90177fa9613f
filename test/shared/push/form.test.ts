import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decodeForm, encodeForm, type Parameter } from '../../../shared/push/form.ts';
import { anyText } from '../../support/text.ts';

const decode = (form: string) => decodeForm(Buffer.from(form, 'utf8'));
const fieldsOf = (parameters: readonly Parameter[]) => parameters.map(([name, value]) => ({ name, value }));

/** Any text without lone surrogates, which UTF-8 cannot encode. */
const text = anyText();
const parameters = fc.array(fc.tuple(anyText({ minLength: 1 }), text));

describe('encodeForm', () => {
  it('writes one & between parameters and none before the first', () => {
    expect(
      encodeForm([
        ['verb', 'NotifyGenericTextMessage'],
        ['Message', 'a+b c&d=ü'],
      ]),
    ).toBe('verb=NotifyGenericTextMessage&Message=a%2Bb%20c%26d%3D%C3%BC');
  });

  it('writes a form that the decoder of the platform reads back unchanged', () => {
    fc.assert(
      fc.property(parameters, (sent) => {
        expect([...new URLSearchParams(encodeForm(sent))]).toEqual(sent);
      }),
    );
  });
});

describe('decodeForm', () => {
  it('reads back what encodeForm writes, with any Unicode in it', () => {
    fc.assert(
      fc.property(parameters, (sent) => {
        expect(decode(encodeForm(sent))).toEqual(fieldsOf(sent));
      }),
    );
  });

  it('reads what the encoder of the platform writes', () => {
    fc.assert(
      fc.property(parameters, (sent) => {
        const form = new URLSearchParams(sent.map(([name, value]): [string, string] => [name, value])).toString();
        expect(decode(form)).toEqual(fieldsOf(sent));
      }),
    );
  });

  it('never throws and never returns a lone surrogate, for any bytes', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
        for (const field of decodeForm(Buffer.from(bytes))) {
          if ('value' in field) expect(field.value.isWellFormed()).toBe(true);
        }
      }),
    );
  });

  it.each<[form: string, ...expected: Parameter[]]>([
    [''],
    ['a=1&b=2', ['a', '1'], ['b', '2']],
    ['a=1&&b=2&', ['a', '1'], ['b', '2']],
    ['a', ['a', '']],
    ['=1', ['', '1']],
    ['a=1=2', ['a', '1=2']],
    ['a+b=c+d', ['a b', 'c d']],
    ['a=%2B', ['a', '+']],
    ['a=%E2%82%AC', ['a', '€']],
    ['a=€', ['a', '€']],
    ['a=\uFEFFb', ['a', '\uFEFFb']],
    ['__proto__=1&constructor=2', ['__proto__', '1'], ['constructor', '2']],
  ])('decodes %j', (form, ...expected) => {
    expect(decode(form)).toEqual(fieldsOf(expected));
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
  ])('reports %j as a fault of its %s and still reads the fields around it', (form, fault) => {
    expect(decode(`first=1&${form}&last=2`)).toEqual([
      { name: 'first', value: '1' },
      { name: 'a', fault },
      { name: 'last', value: '2' },
    ]);
  });

  it('reports bytes that are not UTF-8', () => {
    expect(decodeForm(Buffer.from([0x61, 0x3d, 0xff]))).toEqual([{ name: 'a', fault: 'utf-8' }]);
  });

  it('keeps a name that cannot be decoded as it was sent', () => {
    expect(decode('a%zz=1&%FF')).toEqual([
      { name: 'a%zz', fault: 'percent-encoding' },
      { name: '%FF', fault: 'utf-8' },
    ]);
  });
});
