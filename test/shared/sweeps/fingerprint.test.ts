import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { fingerprintOf, positionOf } from '../../../shared/sweeps/fingerprint.ts';
import { createFingerprintSet } from '../../../shared/sweeps/fingerprint.ts';

/** A fingerprint of four words. */
const fingerprintWith = (...words: number[]) => {
  const bytes = Buffer.alloc(16);
  for (const [index, word] of words.entries()) bytes.writeUInt32BE(word, index * 4);
  return bytes.toString('latin1');
};

describe('a fingerprint', () => {
  it('is the first 16 bytes of the SHA-256', () => {
    expect(Buffer.from(fingerprintOf('abc'), 'latin1').toString('hex')).toBe('ba7816bf8f01cfea414140de5dae2223');
  });

  it('has a position from 0 up to 1, evenly distributed', () => {
    const tenths = Array.from({ length: 10 }, () => 0);
    for (let index = 0; index < 20_000; index += 1) {
      const tenth = Math.floor(positionOf(fingerprintOf(`device ${String(index)}`)) * 10);
      tenths[tenth] = (tenths[tenth] ?? 0) + 1;
    }
    for (const count of tenths) expect(Math.abs(count - 2000)).toBeLessThan(200);
  });

  it('has its position in the first 48 bits', () => {
    expect(positionOf(fingerprintWith(0x8000_0000, 0))).toBe(0.5);
    expect(positionOf(fingerprintWith(0, 0x1_0000))).toBe(2 ** -48);
    expect(positionOf(fingerprintWith(0, 0xffff))).toBe(0);
    expect(positionOf(fingerprintWith(0xffff_ffff, 0xffff_ffff))).toBe(1 - 2 ** -48);
    expect(positionOf(fingerprintWith(0x0102_0304, 0x0506_0708))).toBe(0x0102_0304_0506 / 2 ** 48);
  });
});

describe('a set of fingerprints', () => {
  it('knows the fingerprints that were added, and no others', () => {
    fc.assert(
      fc.property(fc.array(fc.nat(3000), { maxLength: 4000 }), (numbers) => {
        const set = createFingerprintSet(10_000);
        const oracle = new Set<number>();
        for (const number of numbers) {
          expect(set.add(fingerprintOf(String(number)))).toBe(oracle.has(number) ? 'known' : 'new');
          oracle.add(number);
        }
      }),
      { numRuns: 30 },
    );
  });

  it('tells fingerprints apart that differ in one word', () => {
    const words = [0, 1, 2 ** 31];
    const all = words.flatMap((a) => words.flatMap((b) => words.flatMap((c) => words.map((d) => [a, b, c, d]))));
    // No SHA-256 begins with 128 zeros.
    const fingerprints = all.slice(1).map((of) => fingerprintWith(...of));
    const set = createFingerprintSet(1000);
    for (const expected of ['new', 'known']) {
      expect(fingerprints.map((fingerprint) => set.add(fingerprint))).toEqual(fingerprints.map(() => expected));
    }
  });

  it('is full at its bound, and still knows its entries', () => {
    const set = createFingerprintSet(2000);
    const fingerprints = Array.from({ length: 2001 }, (_, index) => fingerprintOf(String(index)));
    const added = fingerprints.map((fingerprint) => set.add(fingerprint));
    expect(added.slice(0, 2000)).toEqual(Array.from({ length: 2000 }, () => 'new'));
    expect(added[2000]).toBe('full');
    expect(set.add(fingerprintOf('7'))).toBe('known');
  });
});
