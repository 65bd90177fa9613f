import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { formatIsoDuration, parseIsoDuration } from '../../shared/duration.ts';

describe('an ISO 8601 duration', () => {
  it.each([
    ['PT0S', 0],
    ['PT2H', 7_200_000],
    ['P1DT12H', 129_600_000],
    ['P1W', 604_800_000],
    ['P12W', 7_257_600_000],
    ['PT1H30M15S', 5_415_000],
  ])('%s is %i milliseconds', (text, ms) => {
    expect(parseIsoDuration(text)).toBe(ms);
  });

  it.each(['', 'x', 'xP1D', 'P1Dx', 'P', 'PT', 'P1DT', 'P1M', 'P1Y', '2h', 'PT2', 'pt2h', 'P-1D', 'PT1.5H', 'P1W2D'])(
    '%s is not a duration',
    (text) => {
      expect(parseIsoDuration(text)).toBeUndefined();
    },
  );

  it.each([
    [0, 'PT0S'],
    [86_400_000, 'P1D'],
    [90_061_999, 'P1DT1H1M1S'],
    [7_200_000, 'PT2H'],
  ])('of %i milliseconds is %s', (ms, text) => {
    expect(formatIsoDuration(ms)).toBe(text);
  });

  it('can be read back after it was formatted', () => {
    fc.assert(
      fc.property(fc.nat(10_000_000), (seconds) => {
        expect(parseIsoDuration(formatIsoDuration(seconds * 1000))).toBe(seconds * 1000);
      }),
    );
  });
});
