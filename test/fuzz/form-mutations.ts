import { bounds } from '../../shared/push/validation.ts';
import { accounts } from './accounts.ts';
import {
  byteMutations,
  maxBodyBytes,
  near,
  oddNames,
  oddValues,
  onText,
  rawUtf8,
  replaceOne,
} from './byte-mutations.ts';
import { below, harmful, harmless, pick, shuffle, type Mutation, type Random } from './mutation.ts';

/** One character per byte, as they are written into a form. */
const hostilePieces = [
  '\0',
  '%00',
  '%1B',
  '%EF%BF%BE',
  '%',
  '%4',
  '%zz',
  '%%',
  '%u0041',
  '&',
  '=',
  '+',
  ';',
  '?',
  '#',
  '\r\n',
  '%0D%0A',
  '%26',
  '%3D',
  '%2B',
  '%25',
  '%C0%AF',
  '%C0%80',
  '%E0%80%AF',
  '%ED%A0%80',
  '%ED%A0%BD%ED%B8%80',
  '%F4%90%80%80',
  '%E2%82',
  '%FC',
  '\xC0\xAF',
  '\xED\xA0\x80',
  '\xF4\x90\x80\x80',
  '\xE2\x82',
  '\xFC',
  '\xFF\xFE',
  '\xC3%A9',
  '%C3\xA9',
  '\xC3',
  '\x80',
  '\xEF\xBF\xBD',
  '%EF%BF%BD',
  '\xEF\xBB\xBF',
  '%EF%BB%BF',
  '\xF0\x9F\x98\x80',
  '%F0%9F%98%80',
  '\xE2\x80\xA8',
  '[]',
  '__proto__',
];

const onPieces = (change: (pieces: string[], random: Random) => readonly string[]) =>
  onText((text, random) => change(text.split('&'), random).join('&'));

/** Adds a parameter, unless the form has its name already. */
function addParameter(text: string, name: string, value: string): string {
  return new URLSearchParams(`&${text}`).has(name) ? text : `${text}&${encodeURIComponent(name)}=${value}`;
}

const percentEncode = (character: string) => `%${character.charCodeAt(0).toString(16).padStart(2, '0')}`;
/** Mutations of a form. */
export const formMutations: Readonly<Record<string, Mutation<Buffer>>> = {
  ...byteMutations,
  'parameters in another order': harmless(onPieces(shuffle)),
  'hexadecimal digits in another case': harmless(
    onText((text, random) =>
      text.replace(/%[0-9A-Fa-f]{2}/g, (found) => (random() < 0.5 ? found.toLowerCase() : found.toUpperCase())),
    ),
  ),
  'a character percent-encoded': harmless(
    // Not a hexadecimal digit, which may be part of an encoded byte.
    onText((text, random) => replaceOne(text, /[G-Zg-z._-]/g, random, percentEncode)),
  ),
  'a space as +': harmless(onText((text) => text.replaceAll('%20', '+'))),
  'an empty piece': harmless(onPieces((pieces, random) => pieces.toSpliced(below(pieces.length + 1, random), 0, ''))),
  'one more parameter': harmless(
    onText((text, random) => addParameter(text, pick(oddNames, random), encodeURIComponent(pick(oddValues, random)))),
  ),
  'one more parameter, not encoded': harmless(
    onText((text, random) =>
      addParameter(text, 'Text', rawUtf8(pick(['Grüße', '😀', '\uFEFF', 'a\tb', '"/?:@'], random))),
    ),
  ),

  'a hostile piece put in': harmful(
    onText((text, random) => {
      const at = below(text.length + 1, random);
      return text.slice(0, at) + pick(hostilePieces, random) + text.slice(at);
    }),
  ),
  'a hostile piece at the end of a value': harmful(
    onPieces((pieces, random) => {
      const at = below(pieces.length, random);
      return pieces.with(at, `${pieces[at] ?? ''}${pick(hostilePieces, random)}`);
    }),
  ),
  'one more parameter with a hostile piece': harmful(
    onText((text, random) => {
      const [name, value] = random() < 0.5 ? [pick(hostilePieces, random), 'x'] : ['Text', pick(hostilePieces, random)];
      return `${text}&${name}=a${value}b`;
    }),
  ),
  'a percent sequence broken': harmful(
    onText((text, random) =>
      replaceOne(text, /%[0-9A-Fa-f]{2}/g, random, (found) =>
        pick([found.slice(0, 2), found.slice(1), `%${found}`, `${found.slice(0, 2)}g`, '%', '%C3', '%FF'], random),
      ),
    ),
  ),
  'to an account': harmful(
    onPieces((pieces, random) => [
      ...pieces.filter((piece) => !/^(AppId|DeviceToken|Selector)=/.test(piece)),
      `Account=${encodeURIComponent(pick(accounts, random))}`,
    ]),
  ),
  'an account besides': harmful(
    onPieces((pieces, random) => [...pieces, `Account=${encodeURIComponent(pick(accounts, random))}`]),
  ),
  'a piece repeated': harmful(onPieces((pieces, random) => [...pieces, pick(pieces, random)])),
  'a piece left out': harmful(onPieces((pieces, random) => pieces.toSpliced(below(pieces.length, random), 1))),
  'values swapped': harmful(
    onPieces((pieces, random) => {
      const values = shuffle(
        pieces.map((piece) => piece.slice(piece.indexOf('=') + 1)),
        random,
      );
      return pieces.map((piece, at) => `${piece.slice(0, piece.indexOf('=') + 1)}${values[at] ?? ''}`);
    }),
  ),
  'name and value swapped': harmful(
    onPieces((pieces, random) => {
      const at = below(pieces.length, random);
      return pieces.with(at, (pieces[at] ?? '').split('=').toReversed().join('='));
    }),
  ),
  'a separator changed': harmful(
    onText((text, random) =>
      replaceOne(text, /[&=]/g, random, () => pick(['&', '=', ';', '&&', '==', '%26', '%3D', '&amp;'], random)),
    ),
  ),
  'the form twice': harmful((bytes) => Buffer.concat([bytes, Buffer.from('&'), bytes])),
  'encoded twice': harmful(onText((text) => text.replaceAll('%', '%25'))),
  'decoded once': harmful(
    onText((text) => text.replace(/%([0-9A-Fa-f]{2})/g, (_, hex: string) => String.fromCharCode(parseInt(hex, 16)))),
  ),
  'encoded whole': harmful(onText((text) => encodeURIComponent(text))),
  'as JSON': harmful((bytes) =>
    Buffer.from(JSON.stringify(Object.fromEntries(new URLSearchParams(bytes.toString('latin1'))))),
  ),
  'about as large as the maximum': harmful((bytes, random) => {
    const missing = near(maxBodyBytes, random) - bytes.length - '&Pad='.length;
    return Buffer.concat([bytes, Buffer.from(`&Pad=${'x'.repeat(Math.max(missing, 0))}`)]);
  }),
  'about as many parameters as the maximum': harmful(
    onPieces((pieces, random) => {
      const missing = Math.max(near(bounds.parameters, random) - pieces.length, 0);
      return [...pieces, ...Array.from({ length: missing }, (_, at) => `p${String(at)}=`)];
    }),
  ),
  'thousands of parameters': harmful((bytes, random) =>
    Buffer.concat([bytes, Buffer.from(pick(['&a', '&=', '&%', '&AppId', '&'], random).repeat(1500))]),
  ),
  'a name about as long as the maximum': harmful(
    onText(
      (text, random) =>
        `${text}&n${pick(['n', '%C3%A9', '%F0%9F%98%80'], random).repeat(near(bounds.nameCharacters - 1, random))}=1`,
    ),
  ),
};
