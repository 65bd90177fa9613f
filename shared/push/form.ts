/**
 * The wire's own format: `application/x-www-form-urlencoded`, as HTML defines it, but strict.
 * A browser's decoder repairs what is broken; a relay that repaired would deliver something that nobody sent.
 * https://url.spec.whatwg.org/#application/x-www-form-urlencoded
 */

/** A name and its value, in the order in which they came. */
export type Parameter = readonly [name: string, value: string];

/** Why a text could not be decoded. */
export type EncodingFault = 'percent-encoding' | 'utf-8';

/** One `name=value` of a form: decoded, or the fault that prevents it. A name that can't be decoded stays as it came. */
export type Field =
  { readonly name: string; readonly value: string } | { readonly name: string; readonly fault: EncodingFault };

const nonAscii = /[\x80-\xFF]/;
const strayPercent = /%(?![0-9A-Fa-f]{2})/;
const strictUtf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/**
 * Decodes the bytes of a form. Never throws: what is broken becomes the fault of its own field,
 * so that every other field can still be judged.
 */
export function decodeForm(body: Buffer): Field[] {
  const fields: Field[] = [];
  // One character a byte: '&', '=' and '+' can be found before anything is known about the encoding,
  // for no byte of a multi-byte UTF-8 sequence is ASCII.
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
 * Encodes parameters as a form that any decoder reads back the same: everything beyond the unreserved characters
 * is percent-encoded, a space as `%20`.
 * @throws URIError for a lone surrogate, which has no UTF-8 form.
 */
export function encodeForm(parameters: Iterable<Parameter>): string {
  let form = '';
  for (const [name, value] of parameters) {
    form += `${form === '' ? '' : '&'}${encodeURIComponent(name)}=${encodeURIComponent(value)}`;
  }
  return form;
}

type DecodedText = { readonly ok: true; readonly text: string } | { readonly ok: false; readonly fault: EncodingFault };

function decodeText(bytesAsCharacters: string): DecodedText {
  let text = bytesAsCharacters;
  if (nonAscii.test(text)) {
    try {
      text = strictUtf8.decode(Buffer.from(text, 'latin1'));
    } catch {
      return { ok: false, fault: 'utf-8' };
    }
  }
  if (text.includes('+')) text = text.replaceAll('+', ' ');
  if (!text.includes('%')) return { ok: true, text };
  try {
    return { ok: true, text: decodeURIComponent(text) };
  } catch {
    // decodeURIComponent refuses both stray percent signs and bytes that are not UTF-8 (overlong forms and
    // surrogates among them), and says the same of both.
    return { ok: false, fault: strayPercent.test(text) ? 'percent-encoding' : 'utf-8' };
  }
}
