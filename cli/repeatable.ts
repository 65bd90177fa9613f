/**
 * Reads an option that is passed once for each value. A variadic option would take the arguments behind it for values:
 * it is for commands that have no arguments.
 */
export function repeatable(text: string, before: readonly string[] | undefined): readonly string[] {
  return [...(before ?? []), text];
}
