import { isUtf8 } from 'node:buffer';
import type { Parameter } from '../../shared/push/form.ts';

/**
 * A form as the platform's decoder reads it, independently of the relay's own. That decoder repairs invalid input, so
 * the bytes are checked as well.
 */
export interface SentForm {
  readonly parameters: readonly Parameter[];
  /** Whether the decoder had to repair anything. */
  readonly isBroken: boolean;
}

export function formSent(bytes: Buffer): SentForm {
  // The decoder takes a string, so bytes beyond ASCII are percent-encoded first. The '&' keeps the decoder from removing
  // a '?' at the beginning.
  const ascii = bytes.toString('latin1').replace(/[\x80-\xFF]/g, (byte) => `%${byte.charCodeAt(0).toString(16)}`);
  const decoded = ascii.replace(/%([0-9a-f]{2})/gi, (_, hex: string) => String.fromCharCode(parseInt(hex, 16)));
  return {
    parameters: [...new URLSearchParams(`&${ascii}`)],
    isBroken: /%(?![0-9a-f]{2})/i.test(ascii) || !isUtf8(Buffer.from(decoded, 'latin1')),
  };
}

/** The bytes of the body in an event; `undefined` if the event does not determine them. */
export function bytesOfEvent(event: unknown): Buffer | undefined {
  if (!isRecord(event)) return undefined;
  const { body, isBase64Encoded } = event;
  if (body === undefined || body === null) return Buffer.alloc(0);
  if (typeof body !== 'string' || typeof isBase64Encoded !== 'boolean') return undefined;
  if (!isBase64Encoded) return body.isWellFormed() && !body.includes('\uFFFD') ? Buffer.from(body) : undefined;
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
