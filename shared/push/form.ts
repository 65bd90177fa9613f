/**
 * The format of the gateway: `application/x-www-form-urlencoded`, decoded strictly. A browser's decoder repairs invalid
 * input; a relay that did so would deliver something that nobody sent.
 * https://url.spec.whatwg.org/#application/x-www-form-urlencoded
 */

export type Parameter = readonly [name: string, value: string];

/** Why a value cannot be read: the first is a fault of forms, the last two are faults of JSON. */
export type ValueFault = 'percent-encoding' | 'utf-8' | 'nested' | 'number';

/** A name with its value, decoded, or with its fault. A name that cannot be decoded stays as it was sent. */
export type Field =
  { readonly name: string; readonly value: string } | { readonly name: string; readonly fault: ValueFault };

const nonAscii = /[\x80-\xFF]/;
const strayPercent = /%(?![0-9A-Fa-f]{2})/;
const strictUtf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** Decodes a form. Never throws: invalid input becomes the fault of its field, so that the others can be checked too. */
export function decodeForm(body: Buffer): Field[] {
  const fields: Field[] = [];
  // Latin-1 makes one character of each byte. '&', '=' and '+' can then be found before decoding, because no byte of a
  // multi-byte UTF-8 sequence is ASCII.
  for (const piece of body.toString('latin1').split('&')) {
    if (piece === '') continue;
    const equals = piece.indexOf('=');
    const name = decodeText(equals === -1 ? piece : piece.slice(0, equals));
    const value = decodeText(equals === -1 ? '' : piece.slice(equals + 1));
    if (!name.ok) fields.push({ name: piece.slice(0, equals === -1 ? undefined : equals), fault: name.fault });
    else if (!value.ok) fields.push({ name: name.text, fault: value.fault });
    else fields.push({ name: name.text, value: value.text });
  }
  return fields;
}

/**
 * Encodes parameters as a form that every decoder reads the same way: a space is `%20`, not `+`.
 * @throws URIError for a lone surrogate, which UTF-8 cannot encode.
 */
export function encodeForm(parameters: Iterable<Parameter>): string {
  let form = '';
  for (const [name, value] of parameters) {
    form += `${form === '' ? '' : '&'}${encodeURIComponent(name)}=${encodeURIComponent(value)}`;
  }
  return form;
}

type DecodedText = { readonly ok: true; readonly text: string } | { readonly ok: false; readonly fault: ValueFault };

function decodeText(bytesAsCharacters: string): DecodedText {
  let text = bytesAsCharacters;
  if (nonAscii.test(text)) {
    try {
      text = strictUtf8.decode(Buffer.from(text, 'latin1'));
    } catch {
      return { ok: false, fault: 'utf-8' };
    }
  }
  text = text.replaceAll('+', ' ');
  if (!text.includes('%')) return { ok: true, text };
  try {
    return { ok: true, text: decodeURIComponent(text) };
  } catch {
    // decodeURIComponent throws the same error for a stray percent sign and for bytes that are not UTF-8.
    return { ok: false, fault: strayPercent.test(text) ? 'percent-encoding' : 'utf-8' };
  }
}
