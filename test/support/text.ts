import fc, { type StringConstraints } from 'fast-check';

/** Every code point but halves of surrogate pairs. */
const anyCharacter = fc
  .integer({ min: 0, max: 0x10ffff - 0x800 })
  .map((number) => String.fromCodePoint(number < 0xd800 ? number : number + 0x800));

/** Any text. The unit `binary` of fast-check has the same characters, and takes a second or more to collect them (4.10.2). */
export const anyText = (constraints: Omit<StringConstraints, 'unit'> = {}) =>
  fc.string({ ...constraints, unit: anyCharacter });
