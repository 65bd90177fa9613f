import { InvalidArgumentError } from '@commander-js/extra-typings';

/**
 * Reads an option that is passed once for each value. A variadic option would take the arguments behind it for values:
 * it is for commands that have no arguments.
 */
export function repeatable(text: string, before: readonly string[] | undefined): readonly string[] {
  return [...(before ?? []), text];
}

/** Reads an option that is passed once: Commander alone would take the last of several values. */
export function once(text: string, before: string | undefined): string {
  if (before === undefined) return text;
  throw new InvalidArgumentError('Pass it only once.');
}
