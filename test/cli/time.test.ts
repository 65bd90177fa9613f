import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { formatTime, timeArgument } from '../../cli/time.ts';

describe('timeArgument and formatTime', () => {
  const zone = process.env['TZ'];
  beforeEach(() => {
    process.env['TZ'] = 'Europe/Prague';
  });
  afterEach(() => {
    if (zone === undefined) delete process.env['TZ'];
    else process.env['TZ'] = zone;
  });

  it.each([
    ['2026-01-02T03:00:00Z', '2026-01-02T03:00:00Z'],
    ['2026-01-02 03:00Z', '2026-01-02T03:00:00Z'],
    ['2026-01-02T03:00:00.5-05:30', '2026-01-02T08:30:00.500Z'],
    ['2026-01-02T03:00', '2026-01-02T02:00:00Z'],
    ['2026-07-02 03:00:05', '2026-07-02T01:00:05Z'],
    ['2024-02-29T03:00Z', '2024-02-29T03:00:00Z'],
  ])('read a time, by default in the time zone of the machine: %s', (text, meant) => {
    expect(timeArgument(text)).toBe(Date.parse(meant));
  });

  it.each(['', 'tomorrow', '2026-01-02', '03:00', '2026-02-30T03:00Z', '2026-13-01T03:00Z', '2026-01-02T25:00Z', '2h'])(
    'do not read "%s"',
    (text) => {
      expect(() => timeArgument(text)).toThrow('Use a time such as');
    },
  );

  it.each([
    ['2026-01-02T03:00:00Z', '2026-01-02T04:00:00+01:00'],
    ['2026-07-02T03:00:00Z', '2026-07-02T05:00:00+02:00'],
  ])('write %s with its offset', (text, written) => {
    expect(formatTime(Date.parse(text))).toBe(written);
    expect(timeArgument(written)).toBe(Date.parse(text));
  });

  it('write a negative offset and Z', () => {
    process.env['TZ'] = 'America/St_Johns';
    expect(formatTime(Date.parse('2026-01-02T03:00:00Z'))).toBe('2026-01-01T23:30:00-03:30');
    process.env['TZ'] = 'UTC';
    expect(formatTime(Date.parse('2026-01-02T03:00:00Z'))).toBe('2026-01-02T03:00:00Z');
  });
});
