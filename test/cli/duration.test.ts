import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { durationArgument } from '../../cli/time.ts';
import { formatDuration } from '../../shared/duration.ts';

describe('durationArgument and formatDuration', () => {
  it.each([
    ['0s', 0],
    ['90s', 90_000],
    ['2h', 7_200_000],
    ['1.5h', 5_400_000],
    ['1d12h', 129_600_000],
    ['1w', 604_800_000],
    ['15m30s', 930_000],
  ])('read %s as %i milliseconds', (text, ms) => {
    expect(durationArgument(text)).toBe(ms);
  });

  it.each(['', '2', 'h', '2 h', '2x', '-2h', '2h ', '1.h', 'h2', '2H', 'tomorrow'])('do not read "%s"', (text) => {
    expect(() => durationArgument(text)).toThrow('such as 90s, 2h or 1d12h');
  });

  it.each([
    [0, '0s'],
    [999, '0s'],
    [59_999, '59s'],
    [60_000, '1m'],
    [3_661_000, '1h1m'],
    [86_400_000, '1d'],
    [86_460_000, '1d'],
    [187_200_000, '2d4h'],
    [1_209_600_000, '14d'],
  ])('write %i milliseconds as %s', (ms, text) => {
    expect(formatDuration(ms)).toBe(text);
  });

  it('write a duration that can be read again and is not longer', () => {
    fc.assert(
      fc.property(fc.nat(10_000_000_000), (ms) => {
        const parsed = durationArgument(formatDuration(ms));
        expect(parsed).toBeLessThanOrEqual(ms);
        expect(formatDuration(parsed)).toBe(formatDuration(ms));
      }),
    );
  });
});
