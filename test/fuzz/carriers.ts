import { below, type Random } from './mutation.ts';

/** A body as an event contains it. */
export interface Carried {
  readonly body: string;
  readonly isBase64Encoded: boolean;
}

export interface Carrier {
  /** Whether a valid push is still valid when it is carried like this. */
  readonly isHarmless: boolean;
  readonly carry: (bytes: Buffer, random: Random) => Carried;
  /** Whether the event still determines the bytes that were sent. Otherwise those in the event count as sent. */
  readonly isFaithful: boolean;
}

const utf8 = new TextDecoder('utf-8', { ignoreBOM: true });
const plain = (body: string): Carried => ({ body, isBase64Encoded: false });
const base64 = (body: string): Carried => ({ body, isBase64Encoded: true });
const carriers = {
  base64: { isHarmless: true, isFaithful: true, carry: (bytes) => base64(bytes.toString('base64')) },
  // Bytes that are not UTF-8 are lost, and the intake must not accept what replaced them.
  text: { isHarmless: true, isFaithful: true, carry: (bytes) => plain(utf8.decode(bytes)) },
  'text of Latin-1': { isHarmless: false, isFaithful: false, carry: (bytes) => plain(bytes.toString('latin1')) },
  'base64 said to be text': { isHarmless: false, isFaithful: true, carry: (bytes) => plain(bytes.toString('base64')) },
  'text said to be base64': { isHarmless: false, isFaithful: true, carry: (bytes) => base64(utf8.decode(bytes)) },
  'base64 for URLs': { isHarmless: false, isFaithful: true, carry: (bytes) => base64(bytes.toString('base64url')) },
  'base64 with a line end': {
    isHarmless: false,
    isFaithful: true,
    carry: (bytes, random) => {
      const text = bytes.toString('base64');
      const at = below(text.length + 1, random);
      return base64(`${text.slice(0, at)}\r\n${text.slice(at)}`);
    },
  },
  'base64 twice': {
    isHarmless: false,
    isFaithful: true,
    carry: (bytes) => base64(Buffer.from(bytes.toString('base64')).toString('base64')),
  },
} as const satisfies Record<string, Carrier>;

export type CarrierName = keyof typeof carriers;

export const carrierNames = Object.keys(carriers) as CarrierName[];

export function carrierOf(name: CarrierName): Carrier {
  return carriers[name];
}
