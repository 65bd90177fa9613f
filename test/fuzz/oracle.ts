import { isUtf8 } from 'node:buffer';
import type { Parameter } from '../../shared/push/form.ts';

/**
 * What a form says, by other means than the relay's own: the platform's decoder, which repairs what is broken,
 * and a look at the bytes that tells whether there was anything to repair.
 */
export interface SentForm {
  readonly parameters: readonly Parameter[];
  readonly isBroken: boolean;
}

export function formSent(bytes: Buffer): SentForm {
  // The decoder takes text, and any byte beyond ASCII says the same percent-encoded. The '&' is for a '?' at the
  // beginning, which would be taken as the one of a URL.
  const ascii = bytes.toString('latin1').replace(/[\x80-\xFF]/g, (byte) => `%${byte.charCodeAt(0).toString(16)}`);
  const decoded = ascii.replace(/%([0-9a-f]{2})/gi, (_, hex: string) => String.fromCharCode(parseInt(hex, 16)));
  return {
    parameters: [...new URLSearchParams(`&${ascii}`)],
    isBroken: /%(?![0-9a-f]{2})/i.test(ascii) || !isUtf8(Buffer.from(decoded, 'latin1')),
  };
}

/** The bytes of the body that an event is about; `undefined` where it does not say. */
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
