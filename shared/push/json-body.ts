import type { Field } from './form.ts';
import { bounds, type Fault } from './validation.ts';

/** One push, or one item of a batch, before its parameters are checked; or why it is none. */
export type Item =
  { readonly ok: true; readonly fields: readonly Field[] } | { readonly ok: false; readonly fault: Fault };

/** The content of a body: one push, or a batch of them. */
export type Content =
  | { readonly kind: 'push'; readonly fields: readonly Field[] }
  | { readonly kind: 'batch'; readonly items: readonly Item[] };

export type ContentReading =
  { readonly ok: true; readonly content: Content } | { readonly ok: false; readonly fault: Fault };

const strictUtf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/**
 * Stands for bytes that are not UTF-8: halves of surrogate pairs, which UTF-8 cannot encode. There are two, because an
 * escape before or after them may be the other half of one.
 */
const notUtf8 = '\uDFFF\uDFFF';

/**
 * Decodes a JSON body: an object is one push, an array is a batch. Never throws. Bytes that are not UTF-8 become a fault
 * of the value that they are in, so that they do not spoil the other pushes of a batch.
 */
export function decodeJson(body: Buffer): ContentReading {
  const text = decodeUtf8(body);
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (error) {
    return { ok: false, fault: { code: 'json', detail: `The body is not JSON${whyNotJson(text, String(error))}` } };
  }
  if (!Array.isArray(json)) {
    const item = itemOf(json);
    if (item.ok) return { ok: true, content: { kind: 'push', fields: item.fields } };
    return { ok: false, fault: { code: 'object', detail: 'The body must be an object, or an array of objects.' } };
  }
  if (json.length === 0) return { ok: false, fault: { code: 'empty', detail: 'The batch is empty.' } };
  if (json.length > bounds.batchPushes) {
    const count = `The batch has ${String(json.length)} pushes; the maximum is ${String(bounds.batchPushes)}.`;
    return { ok: false, fault: { code: 'too-many', detail: count } };
  }
  return { ok: true, content: { kind: 'batch', items: json.map(itemOf) } };
}

/** Whether a body is JSON, whatever its content type says. */
export function isJson(body: Buffer): boolean {
  try {
    JSON.parse(body.toString('utf8'));
    return true;
  } catch {
    return false;
  }
}

function decodeUtf8(body: Buffer): string {
  try {
    return strictUtf8.decode(body);
  } catch {
    return body.toString('utf8').replaceAll('\uFFFD', notUtf8);
  }
}

/** @param error what JSON.parse says. It quotes the body, so only the position or one character is repeated. */
function whyNotJson(text: string, error: string): string {
  if (text === '') return ': it is empty.';
  if (text.startsWith('\uFEFF')) return ': it begins with a byte order mark. Send it without.';
  // UTF-16 and UTF-32 begin with a byte order mark, which is not UTF-8, or have a NUL beside the first character.
  if (/^.?\0/s.test(text) || text.startsWith(notUtf8)) return ' in UTF-8.';
  if (/^[\w.-]+=/.test(text)) return '. If it is a form, its Content-Type is application/x-www-form-urlencoded.';
  const [, position] = /at position (\d+)/.exec(error) ?? [];
  if (position === String(text.length) || error.includes('Unexpected end of JSON')) return ': it ends too early.';
  if (position !== undefined) return `: see the character at position ${position}.`;
  const [, character] = /^SyntaxError: Unexpected token '(.)'/su.exec(error) ?? [];
  return character === undefined ? '.' : `: it has an unexpected ${JSON.stringify(character)}.`;
}

function itemOf(json: unknown): Item {
  if (typeof json !== 'object' || json === null || Array.isArray(json)) {
    return { ok: false, fault: { code: 'object', detail: 'The push is not an object.' } };
  }
  return { ok: true, fields: Object.entries(json).flatMap(([name, value]) => fieldOf(name, value)) };
}

/** The field that a form would have: JSON's numbers and booleans become text, and `null` is the same as absent. */
function fieldOf(name: string, value: unknown): Field[] {
  // Even with null: different bytes that are not UTF-8 are the same name here, and the last value counts.
  if (!name.isWellFormed()) return [{ name: name.toWellFormed(), fault: 'utf-8' }];
  if (value === null) return [];
  if (typeof value === 'string') return [value.isWellFormed() ? { name, value } : { name, fault: 'utf-8' }];
  if (typeof value === 'boolean') return [{ name, value: String(value) }];
  if (typeof value !== 'number') return [{ name, fault: 'nested' }];
  return [Number.isSafeInteger(value) ? { name, value: String(value) } : { name, fault: 'number' }];
}
