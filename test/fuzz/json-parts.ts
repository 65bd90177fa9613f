/** An array or an object as text, with the texts of its items or members. */
export interface JsonList {
  readonly open: '[' | '{';
  readonly parts: readonly string[];
}

/** Splits an array or an object, also a broken one, so that mutations of it can follow each other. */
export function listOf(text: string): JsonList | undefined {
  const [, open, inner] = /^\s*([[{])(.*)[\]}]\s*$/s.exec(text) ?? [];
  if (inner === undefined || (open !== '[' && open !== '{')) return undefined;
  if (inner.trim() === '') return { open, parts: [] };
  const parts: string[] = [];
  let depth = 0;
  let start = 0;
  // A quote without its counterpart, and all between these tokens, belongs to the part that it is in.
  for (const { 0: token, index } of inner.matchAll(/"(?:[^"\\]|\\.)*"|[[\]{},]/gs)) {
    if (token === '[' || token === '{') depth += 1;
    if (token === ']' || token === '}') depth -= 1;
    if (token !== ',' || depth !== 0) continue;
    parts.push(inner.slice(start, index));
    start = index + 1;
  }
  parts.push(inner.slice(start));
  return { open, parts };
}

/** The name of a member, in its quotes. */
export function nameOf(member: string): string | undefined {
  return /^\s*("(?:[^"\\]|\\.)*")\s*:/s.exec(member)?.[1];
}

/** The same, with its escapes decoded if it is valid. */
export function decodedNameOf(member: string): string | undefined {
  const name = nameOf(member);
  try {
    return String(JSON.parse(name ?? ''));
  } catch {
    return name;
  }
}
