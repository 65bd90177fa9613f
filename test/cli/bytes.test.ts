import { expect, it } from 'vitest';
import { formatBytes } from '../../cli/bytes.ts';

it.each([
  [0, '0 B'],
  [999, '999 B'],
  [1000, '1.0 kB'],
  [12_345_678, '12.3 MB'],
  [5_000_000_000_000, '5000.0 GB'],
])('%i bytes are told as %s', (bytes, told) => {
  expect(formatBytes(bytes)).toBe(told);
});
