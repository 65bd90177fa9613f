import { describe, expect, it } from 'vitest';
import { parseRetryAfter } from '../../../../functions/deliver/policy/retry-after.ts';

const now = Date.parse('2026-01-02T03:04:05Z');

describe('Retry-After', () => {
  it.each([
    ['0', 0],
    ['120', 120_000],
    [' 5 ', 5000],
    ['Fri, 02 Jan 2026 03:04:35 GMT', 30_000],
    ['Friday, 02-Jan-26 03:04:35 GMT', 30_000],
    ['Fri Jan  2 03:04:35 2026', 30_000],
    ['Thu, 01 Jan 2026 03:04:35 GMT', 0],
    ['', undefined],
    ['-5', undefined],
    ['3.5', undefined],
    ['soon', undefined],
    ['Fri, 99 Jan 2026 03:04:35 GMT', undefined],
    [undefined, undefined],
  ])('%j is %j ms', (header, expected) => {
    expect(parseRetryAfter(header, now)).toBe(expected);
  });
});
