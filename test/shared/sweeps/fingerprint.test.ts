import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { fingerprintOf, positionOf } from '../../../shared/sweeps/fingerprint.ts';
import { createFingerprintSet } from '../../../shared/sweeps/fingerprint.ts';

describe('a fingerprint', () => {
  it('is the first 16 bytes of the SHA-256', () => {
    // sha256('abc') as everybody knows it.
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

  it('is full at its bound, and still knows its entries', () => {
    const set = createFingerprintSet(2000);
    const fingerprints = Array.from({ length: 2001 }, (_, index) => fingerprintOf(String(index)));
    const added = fingerprints.map((fingerprint) => set.add(fingerprint));
    expect(added.slice(0, 2000)).toEqual(Array.from({ length: 2000 }, () => 'new'));
    expect(added[2000]).toBe('full');
    expect(set.add(fingerprintOf('7'))).toBe('known');
  });
});
