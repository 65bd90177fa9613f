import { isUtf8 } from 'node:buffer';
import type { Parameter } from '../../shared/push/form.ts';
import { readJson, type Json } from './json-text.ts';

/** A push as it was sent, read independently of the relay's own decoders. */
export interface SentPush {
  readonly parameters: readonly Parameter[];
  /** Whether it contains anything that is not a parameter, such as bytes that are not UTF-8. */
  readonly isBroken: boolean;
  /** The names of the parameters whose values are not valid, as far as they are known. */
  readonly brokenNames: readonly string[];
}

/** What a body contains. `nothing`: neither a push nor a batch of an allowed number of pushes. */
export type SentContent =
  | { readonly kind: 'push'; readonly push: SentPush }
  | { readonly kind: 'batch'; readonly pushes: readonly SentPush[] }
  | { readonly kind: 'nothing' };

export type Format = 'form' | 'json';

/** Which content a media type asks for; `undefined` if the intake takes neither. */
export function formatOf(contentType: unknown): Format | undefined {
  if (typeof contentType !== 'string') return undefined;
  const [, type = ''] = /^\s*application\/(json|x-www-form-urlencoded)\s*(?:;|$)/i.exec(contentType) ?? [];
  if (type === '') return undefined;
  return type.toLowerCase() === 'json' ? 'json' : 'form';
}

export function contentSent(format: Format, bytes: Buffer): SentContent {
  if (format === 'form') return { kind: 'push', push: formSent(bytes) };
  const json = readJson(bytes);
  if (json?.kind === 'object') return { kind: 'push', push: jsonSent(json) };
  const isBatch = json?.kind === 'array' && json.items.length >= 1 && json.items.length <= 1000;
  return isBatch ? { kind: 'batch', pushes: json.items.map(jsonSent) } : { kind: 'nothing' };
}

/** A form as the platform's decoder reads it. That decoder repairs invalid input, so the bytes are checked as well. */
export function formSent(bytes: Buffer): SentPush {
  // The decoder takes a string, so bytes beyond ASCII are percent-encoded first. The '&' keeps the decoder from removing
  // a '?' at the beginning.
  const ascii = bytes.toString('latin1').replace(/[\x80-\xFF]/g, (byte) => `%${byte.charCodeAt(0).toString(16)}`);
  const decoded = ascii.replace(/%([0-9a-f]{2})/gi, (_, hex: string) => String.fromCharCode(parseInt(hex, 16)));
  return {
    parameters: [...new URLSearchParams(`&${ascii}`)],
    isBroken: /%(?![0-9a-f]{2})/i.test(ascii) || !isUtf8(Buffer.from(decoded, 'latin1')),
    brokenNames: [],
  };
}

/** The last value of a repeated name counts, and `null` is the same as no value. */
function jsonSent(json: Json): SentPush {
  if (json.kind !== 'object') return { parameters: [], isBroken: true, brokenNames: [] };
  const values = new Map(
    json.members.filter(([name]) => name.isText).map(([name, value]) => [name.text, valueOf(value)] as const),
  );
  const present = [...values].filter(([, value]) => value !== 'absent');
  const brokenNames = present.flatMap(([name, value]) => (value === 'broken' ? [name] : []));
  return {
    parameters: present.flatMap(([name, value]): Parameter[] =>
      typeof value === 'string' ? [] : [[name, value.text]],
    ),
    isBroken: brokenNames.length > 0 || json.members.some(([name]) => !name.isText),
    brokenNames,
  };
}

function valueOf(json: Json): { readonly text: string } | 'absent' | 'broken' {
  switch (json.kind) {
    case 'string':
      return json.isText ? { text: json.text } : 'broken';
    case 'word':
      return json.token === 'null' ? 'absent' : { text: json.token };
    case 'number': {
      // JSON's numbers are doubles, as most parsers read them.
      const value = Number(json.token);
      const isExact = Number.isInteger(value) && Math.abs(value) < 2 ** 53;
      return isExact ? { text: BigInt(value).toString() } : 'broken';
    }
    case 'object':
    case 'array':
      return 'broken';
    default:
      return json satisfies never;
  }
}

/**
 * The bytes of the body in an event; `undefined` if the event does not determine them. In text, U+FFFD and half of a
 * surrogate pair stand for bytes that are not UTF-8, and none of those is ever valid.
 */
export function bytesOfEvent(event: unknown): Buffer | undefined {
  if (!isRecord(event)) return undefined;
  const { body, isBase64Encoded } = event;
  if (body === undefined || body === null) return Buffer.alloc(0);
  if (typeof body !== 'string' || typeof isBase64Encoded !== 'boolean') return undefined;
  if (!isBase64Encoded) {
    const intact = body.toWellFormed().split('\uFFFD');
    return Buffer.concat(intact.flatMap((text, at) => [...(at > 0 ? [Buffer.of(0xff)] : []), Buffer.from(text)]));
  }
  return /^[A-Za-z0-9+/]*={0,2}$/.test(body) && body.length % 4 === 0 ? Buffer.from(atob(body), 'latin1') : undefined;
}

export type JsonRecord = Record<string, unknown>;

export function isRecord(value: unknown): value is JsonRecord {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** The field at the end of a path, if there is one. */
export function fieldAt(event: unknown, ...path: readonly string[]): unknown {
  return path.reduce<unknown>((value, name) => (isRecord(value) ? value[name] : undefined), event);
}
