import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Parameter } from '../../../shared/push/form.ts';
import { encodeJson } from '../../../shared/push/json.ts';
import { parametersWith } from '../../support/pushes.ts';
import { anyText } from '../../support/text.ts';

describe('encodeJson', () => {
  it('writes an object with a string for each parameter, in their order', () => {
    const parameters = parametersWith({ 2: 'b', 1: 'a', Message: 'Grüße "😀"\n' });
    const inOrder = [...parameters.slice(2), ...parameters.slice(0, 2)];
    expect(encodeJson([['verb', 'NotifyReprovision']])).toBe('{"verb":"NotifyReprovision"}');
    expect(encodeJson(inOrder)).toBe(
      `{${inOrder.map((pair) => pair.map((text) => JSON.stringify(text)).join(':')).join(',')}}`,
    );
  });

  it('writes every text so that a JSON parser reads it back unchanged, whatever its name', () => {
    const name = fc.oneof(anyText(), fc.constantFrom('__proto__', 'constructor', '1', ''));
    fc.assert(
      fc.property(fc.uniqueArray(fc.tuple(name, anyText()), { selector: ([key]) => key }), (sent) => {
        const parameters = sent.filter(([key]) => key !== 'Badge');
        const read = new Map(Object.entries(JSON.parse(encodeJson(parameters)) as Record<string, string>));
        expect(read).toEqual(new Map(parameters));
      }),
    );
  });

  it.each(['0', '3', '-1', '9007199254740991'])('writes the Badge %s as an integer', (Badge) => {
    expect(encodeJson([['Badge', Badge]])).toBe(`{"Badge":${Badge}}`);
  });

  it.each(['', ' 3', '03', '+3', '3.0', '1e3', '-0', '0x3', 'three', 'NaN', '9007199254740992', '1'.repeat(400)])(
    'writes the Badge %j as a string, because a number would be another text or no JSON',
    (Badge) => {
      expect(encodeJson([['Badge', Badge]])).toBe(`{"Badge":${JSON.stringify(Badge)}}`);
    },
  );

  it('writes no other parameter as a number', () => {
    const parameters: Parameter[] = [
      ['Id', '3'],
      ['badge', '3'],
    ];
    expect(encodeJson(parameters)).toBe('{"Id":"3","badge":"3"}');
  });
});
