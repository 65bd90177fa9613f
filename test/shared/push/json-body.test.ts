import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decodeJson, isJson } from '../../../shared/push/json-body.ts';

const decode = (body: string | Buffer) => decodeJson(Buffer.from(body));
/** The fields of a single push. */
const fieldsOf = (body: string | Buffer) => {
  const reading = decode(body);
  if (!reading.ok || reading.content.kind !== 'push') throw new Error('not one push');
  return reading.content.fields;
};
const detailOf = (body: string | Buffer) => {
  const reading = decode(body);
  return reading.ok ? undefined : `${reading.fault.code}: ${reading.fault.detail}`;
};

describe('a JSON object', () => {
  it.each([
    ['a string', '"1 + 1 = \\u0032 😀"', '1 + 1 = 2 😀'],
    ['an empty string', '""', ''],
    ['a whole number', '3', '3'],
    ['a negative number', '-7', '-7'],
    ['a whole number in another notation', '1.0e2', '100'],
    ['the largest exact number', '9007199254740991', '9007199254740991'],
    ['true', 'true', 'true'],
    ['false', 'false', 'false'],
  ])('has the text that a form would hold for %s', (_what, json, value) => {
    expect(fieldsOf(`{"x":${json}}`)).toEqual([{ name: 'x', value }]);
  });

  it.each([
    ['an object', '{"a":1}', 'nested'],
    ['an array', '["a"]', 'nested'],
    ['a fraction', '1.5', 'number'],
    ['a number that is not exact', '9007199254740993', 'number'],
    ['a number without end', '1e999', 'number'],
    ['half of a surrogate pair', '"\\ud83d"', 'utf-8'],
  ])('has a fault for %s', (_what, json, fault) => {
    expect(fieldsOf(`{"x":${json}}`)).toEqual([{ name: 'x', fault }]);
  });

  it('is without the parameters that are null', () => {
    expect(fieldsOf('{"Selector":null,"verb":"v"}')).toEqual([{ name: 'verb', value: 'v' }]);
  });

  it('has the last value of a repeated key', () => {
    expect(fieldsOf('{"x":"1","y":"2","x":"3"}')).toEqual([
      { name: 'x', value: '3' },
      { name: 'y', value: '2' },
    ]);
  });

  it('has __proto__ and constructor as names like any other', () => {
    expect(fieldsOf('{"__proto__":"a","constructor":"b"}')).toEqual([
      { name: '__proto__', value: 'a' },
      { name: 'constructor', value: 'b' },
    ]);
  });

  it('has a fault only for the value whose bytes are not UTF-8', () => {
    const body = Buffer.concat([Buffer.from('{"x":"'), Buffer.from([0xc3, 0x28]), Buffer.from('","y":"é"}')]);
    expect(fieldsOf(body)).toEqual([
      { name: 'x', fault: 'utf-8' },
      { name: 'y', value: 'é' },
    ]);
  });

  it.each([
    ['before them', '\\ud83d\xFF'],
    ['after them', '\xFF\\ude00'],
    ['before and after them', '\\ud83d\xFF\\ude00'],
  ])('has a fault for bytes that are not UTF-8, with half of a surrogate pair %s', (_where, value) => {
    expect(fieldsOf(Buffer.from(`{"x":"${value}"}`, 'latin1'))).toEqual([{ name: 'x', fault: 'utf-8' }]);
  });

  it('has a fault for a name that is not valid, also if its value is null', () => {
    const notUtf8 = Buffer.from('{"\xFF":"1","\xFE":null}', 'latin1');
    expect(fieldsOf(notUtf8)).toMatchObject([{ fault: 'utf-8' }]);
    expect(fieldsOf('{"\\ud83d":null}')).toMatchObject([{ fault: 'utf-8' }]);
  });

  it('keeps U+FFFD that was sent as UTF-8 or as an escape', () => {
    expect(fieldsOf('{"x":"\uFFFD","y":"\\ufffd"}')).toEqual([
      { name: 'x', value: '\uFFFD' },
      { name: 'y', value: '\uFFFD' },
    ]);
  });
});

describe('a JSON array', () => {
  it('is a batch, in which what is no object is a fault of its own', () => {
    expect(decode('[{"x":"1"},[],null,"x",{}]')).toEqual({
      ok: true,
      content: {
        kind: 'batch',
        items: [
          { ok: true, fields: [{ name: 'x', value: '1' }] },
          ...Array.from({ length: 3 }, () => ({
            ok: false,
            fault: { code: 'object', detail: 'The push is not an object.' },
          })),
          { ok: true, fields: [] },
        ],
      },
    });
  });

  it('has up to 1,000 pushes', () => {
    expect(decode(`[${Array(1000).fill('{}').join()}]`)).toMatchObject({ ok: true });
    expect(detailOf(`[${Array(1001).fill('{}').join()}]`)).toBe(
      'too-many: The batch has 1001 pushes; the maximum is 1000.',
    );
    expect(detailOf('[]')).toBe('empty: The batch is empty.');
  });
});

describe('a body that is not JSON', () => {
  it.each([
    ['', 'json: The body is not JSON: it is empty.'],
    ['{"verb":"Notify', 'json: The body is not JSON: it ends too early.'],
    ['{"verb":', 'json: The body is not JSON: it ends too early.'],
    ['{"verb":1', 'json: The body is not JSON: it ends too early.'],
    ['{"verb":1,}', 'json: The body is not JSON: see the character at position 10.'],
    ["{'verb':1}", 'json: The body is not JSON: see the character at position 1.'],
    ['[}', 'json: The body is not JSON: it has an unexpected "}".'],
    ['[{},]', 'json: The body is not JSON: it has an unexpected "]".'],
    ['[\u00A0{}]', 'json: The body is not JSON: it has an unexpected "\u00A0".'],
    ['[NaN]', 'json: The body is not JSON: it has an unexpected "N".'],
    ['\uFEFF{}', 'json: The body is not JSON: it begins with a byte order mark. Send it without.'],
    ['verb=x', 'json: The body is not JSON. If it is a form, its Content-Type is application/x-www-form-urlencoded.'],
    [Buffer.from('{"verb":"x"}', 'utf16le'), 'json: The body is not JSON in UTF-8.'],
    [Buffer.from('{"verb":"x"}', 'utf16le').swap16(), 'json: The body is not JSON in UTF-8.'],
    [Buffer.from('\uFEFF{"verb":"x"}', 'utf16le'), 'json: The body is not JSON in UTF-8.'],
    ['{"verb":"\0"}', 'json: The body is not JSON: see the character at position 9.'],
    ['"text"', 'object: The body must be an object, or an array of objects.'],
    ['null', 'object: The body must be an object, or an array of objects.'],
  ])('%j has a fault that says why', (body, detail) => {
    expect(detailOf(body)).toBe(detail);
    expect(isJson(Buffer.from(body))).toBe(detail.startsWith('object'));
  });

  it('never throws and its fault repeats nothing of it, whatever the bytes', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 40 }), (bytes) => {
        const body = Buffer.concat([Buffer.from('{"SECRET'), Buffer.from(bytes)]);
        expect(detailOf(body) ?? '').not.toContain('SECRET');
      }),
    );
  });
});
