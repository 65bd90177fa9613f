import { InvalidArgumentError } from 'commander';
import { parseDuration } from './duration.ts';

/** Milliseconds of an option that is a duration. @throws InvalidArgumentError that says how one is written. */
export function readDuration(text: string): number {
  const ms = parseDuration(text);
  if (ms === undefined) {
    throw new InvalidArgumentError('Write a number and one of s, m, h, d and w, such as 90s, 2h or 1d12h.');
  }
  return ms;
}
