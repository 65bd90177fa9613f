/**
 * Reads JSON by its grammar alone, https://www.rfc-editor.org/rfc/rfc8259, from the bytes and without the platform's
 * parser. For bodies of a fuzz run, which are not deep: it calls itself for each level.
 */
export type Json =
  | { readonly kind: 'object'; readonly members: readonly (readonly [name: JsonString, value: Json])[] }
  | { readonly kind: 'array'; readonly items: readonly Json[] }
  | JsonString
  | { readonly kind: 'number' | 'word'; readonly token: string };

export interface JsonString {
  readonly kind: 'string';
  /** Its text, or its bytes as Latin-1 if they are not UTF-8. */
  readonly text: string;
  /** Whether the bytes are UTF-8, and no half of a surrogate pair is alone. */
  readonly isText: boolean;
}

const space = /[ \t\n\r]*/y;
const string = /"((?:[^"\\\x00-\x1F]|\\(?:["\\/bfnrt]|u[0-9A-Fa-f]{4}))*)"/y; // eslint-disable-line no-control-regex -- JSON does not allow them
const number = /-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?/y;
const word = /true|false|null/y;
const escapes: Readonly<Record<string, string>> = { b: '\b', f: '\f', n: '\n', r: '\r', t: '\t' };

/** @returns `undefined` if the bytes are not JSON. */
export function readJson(bytes: Buffer): Json | undefined {
  // One character for each byte: only ASCII has a meaning in the grammar.
  const text = bytes.toString('latin1');
  let at = 0;
  const take = (pattern: RegExp): RegExpExecArray | undefined => {
    pattern.lastIndex = at;
    const found = pattern.exec(text) ?? undefined;
    if (found !== undefined) at = pattern.lastIndex;
    return found;
  };
  const takeSign = (sign: string): boolean => {
    take(space);
    if (text[at] !== sign) return false;
    at += 1;
    return true;
  };
  const readString = (): JsonString => {
    take(space);
    const [, content] = take(string) ?? fail();
    return stringOf(content ?? '');
  };
  const readList = <T>(end: string, readOne: () => T): T[] => {
    const all: T[] = [];
    if (takeSign(end)) return all;
    do all.push(readOne());
    while (takeSign(','));
    return takeSign(end) ? all : fail();
  };
  const readValue = (): Json => {
    if (takeSign('[')) return { kind: 'array', items: readList(']', readValue) };
    if (takeSign('{')) {
      const readMember = () => [readString(), takeSign(':') ? readValue() : fail()] as const;
      return { kind: 'object', members: readList('}', readMember) };
    }
    if (text[at] === '"') return readString();
    const [token] = take(word) ?? [];
    if (token !== undefined) return { kind: 'word', token };
    return { kind: 'number', token: (take(number) ?? fail())[0] };
  };
  try {
    const json = readValue();
    take(space);
    return at === text.length ? json : undefined;
  } catch (error) {
    if (error === notJson) return undefined;
    throw error;
  }
}

// One error for all, because to make one takes more time than to read most bodies.
const notJson = new Error('not JSON');

function fail(): never {
  throw notJson;
}

const strictUtf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

function stringOf(content: string): JsonString {
  let decoded: string;
  try {
    decoded = strictUtf8.decode(Buffer.from(content, 'latin1'));
  } catch {
    return { kind: 'string', text: content, isText: false };
  }
  const text = decoded.replace(/\\(?:u(....)|(.))/gs, (_, hex: string | undefined, sign: string) =>
    hex === undefined ? (escapes[sign] ?? sign) : String.fromCharCode(parseInt(hex, 16)),
  );
  return { kind: 'string', text, isText: text.isWellFormed() };
}
