import { InvalidArgumentError } from '@commander-js/extra-typings';
import { parseDuration } from '../shared/duration.ts';

/** Milliseconds of an option such as `90s`, `2h` or `1d12h`. */
export function durationArgument(text: string): number {
  const ms = parseDuration(text);
  if (ms !== undefined) return ms;
  throw new InvalidArgumentError('Use numbers with the units s, m, h, d and w, such as 90s, 2h or 1d12h.');
}

const timePattern = /^(\d{4}-\d\d-(\d\d))[T ]\d\d:\d\d(?::\d\d(?:\.\d{1,3})?)?(?:Z|[+-]\d\d:\d\d)?$/;

/** Milliseconds since the epoch of an option that is a time, by default in this machine's time zone. */
export function timeArgument(text: string): number {
  const [, date = '', day] = timePattern.exec(text) ?? [];
  const ms = Date.parse(text.replace(' ', 'T'));
  // Date.parse reads 30 February as 2 March.
  if (Number.isNaN(ms) || new Date(date).getUTCDate() !== Number(day)) {
    throw new InvalidArgumentError('Use a time such as 2026-01-02T03:00, or with an offset 2026-01-02T03:00:00+01:00.');
  }
  return ms;
}

/** A time in this machine's time zone, with its offset. `timeArgument` can read it. */
export function formatTime(ms: number): string {
  const minutes = -new Date(ms).getTimezoneOffset();
  const local = new Date(ms + minutes * 60_000).toISOString().slice(0, 'yyyy-mm-ddThh:mm:ss'.length);
  const two = (number: number) => String(number).padStart(2, '0');
  const zone = `${minutes < 0 ? '-' : '+'}${two(Math.floor(Math.abs(minutes) / 60))}:${two(Math.abs(minutes) % 60)}`;
  return `${local}${minutes === 0 ? 'Z' : zone}`;
}
