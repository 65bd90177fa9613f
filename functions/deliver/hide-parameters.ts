import { documentedParameters, type Push } from '../../shared/push/push.ts';

/** Never hidden. */
const shown: ReadonlySet<string> = new Set(['verb', 'AppId']);

/** Hidden even if they are short. */
const documented: ReadonlySet<string> = new Set(documentedParameters);

/** A shorter value of another parameter, such as `1` or `en`, occurs everywhere and identifies nobody. */
const minimumCharacters = 4;

/** A value of up to this many characters can occur inside the gateway's own words. It is hidden where it is a word. */
const wordCharacters = 12;

/**
 * A longer value is found by its first characters. Everything from there on is hidden, because the gateway may have
 * cut the value.
 */
const recognisedBy = 24;

const placeholder = '[hidden]';

/**
 * Hides a push's own values in the gateway's words. A gateway may repeat the form that it refuses, and people who list
 * dead letters should not see tokens and texts. It cannot be complete, because a gateway can encode a value in any
 * way; logs do not depend on it, because they leave the words out.
 */
export function hideParameters(words: string, push: Push): string {
  const forms = push.parameters
    .filter(
      ([name, value]) =>
        value !== '' && !shown.has(name) && (value.length >= minimumCharacters || documented.has(name)),
    )
    .flatMap(([, value]) => formsOf(value));
  const long = forms.filter((form) => form.length > recognisedBy);
  const anyLong = long.map((form) => RegExp.escape(form.slice(0, recognisedBy))).join('|');
  const firstLong = long.length === 0 ? -1 : words.search(new RegExp(anyLong, 'i'));
  const short = forms.filter((form) => form.length <= recognisedBy);
  if (firstLong === -1) return hideShort(words, short);
  return hideShort(words.slice(0, firstLong), short) + placeholder;
}

/** A value as it is, as forms encode it, as HTML does, and as JSON does, also where it escapes all but ASCII. */
function formsOf(value: string): string[] {
  const json = JSON.stringify(value).slice(1, -1);
  const ascii = json.replace(/[^\0-\x7F]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`);
  const form = new URLSearchParams({ '': value }).toString().slice(1);
  const html = value.replace(/[&<>"']/g, (character) => htmlEscapes[character] ?? character);
  const slashed = [json, ascii].map((text) => text.replaceAll('/', '\\/'));
  return [...new Set([value, encodeURIComponent(value.toWellFormed()), form, html, json, ascii, ...slashed])];
}

const htmlEscapes: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

/** A text and the gateway's own words rarely have this number of letters and digits in a row in common. */
const sharedCharacters = 6;

/**
 * Whether the gateway's words repeat a part of the push's text, also cut, with escapes, with other spaces or without
 * accents. For what leaves the deployment, where a part of the text is too much; words that it suspects wrongly are
 * still in the dead letter.
 */
export function repeatsText(words: string, push: Push): boolean {
  const told = plainLetters(words);
  return push.parameters.some(([name, value]) => {
    if (name !== 'Message') return false;
    const text = plainLetters(value);
    const length = Math.min(text.length, sharedCharacters);
    // The parts of the words, which are short, and not those of the text, which can be as long as a request.
    const parts = Array.from({ length: told.length - length + 1 }, (_, at) => told.slice(at, at + length));
    return text !== '' && parts.some((part) => text.includes(part));
  });
}

/**
 * The letters and digits of a text, without accents. In upper case, because lower case keeps an `ß` apart from `SS`, and
 * the `ς` at the end of a Greek word from `σ`.
 */
function plainLetters(text: string): string {
  return text
    .replace(/\\u([\da-f]{4})|&#x([\da-f]{1,5});/gi, (_, json?: string, html?: string) =>
      String.fromCodePoint(parseInt(json ?? html ?? '', 16)),
    )
    .replace(/&#(\d{1,6});/g, (_, code: string) => String.fromCodePoint(Number(code)))
    .replace(/&(?:amp|lt|gt|quot|apos);|\\[bfnrt]/g, ' ')
    .normalize('NFKD')
    .replace(/[^\p{L}\p{N}]/gu, '')
    .toUpperCase();
}

/** All are looked for in the text as it was, so that neither their order nor the placeholder matters. */
function hideShort(text: string, forms: readonly string[]): string {
  const spans = [...new Set(forms)].flatMap((form) => spansOf(form, text)).sort((a, b) => a.start - b.start);
  let result = '';
  let shownUpTo = 0;
  for (const { start, end } of spans) {
    if (start >= shownUpTo) result += text.slice(shownUpTo, start) + placeholder;
    shownUpTo = Math.max(shownUpTo, end);
  }
  return result + text.slice(shownUpTo);
}

interface Span {
  readonly start: number;
  readonly end: number;
}

function spansOf(form: string, text: string): Span[] {
  // A lookahead also finds occurrences that overlap. Without the flag `u`, an occurrence is as long as its form.
  return [...text.matchAll(new RegExp(`(?=${RegExp.escape(form)})`, 'gi'))]
    .map(({ index }) => ({ start: index, end: index + form.length }))
    .filter((span) => form.length > wordCharacters || isWord(span, text));
}

// Compiled once, because a pattern with \p takes up to a millisecond.
/** A letter or digit of a script that separates its words. */
const wordCharacter = String.raw`[\p{N}\p{Script=Latin}\p{Script=Greek}\p{Script=Cyrillic}]`;
const atStart = new RegExp(`^${wordCharacter}`, 'u');
const atEnd = new RegExp(`${wordCharacter}$`, 'u');
const escapeAtEnd = /(?:%[\da-f]{2}|\\u[\da-f]{4}|\\x[\da-f]{2}|\\[bfnrt])$/i;
const longestEscape = 6;

function isWord({ start, end }: Span, text: string): boolean {
  const before = text.slice(Math.max(0, start - longestEscape), start);
  const found = text.slice(start, end);
  const after = text.slice(end, end + 2);
  // The last character of an escape, such as `%20`, `\n` or `\u0022`, is no part of the word that follows.
  const continues = atStart.test(found) && atEnd.test(before) && !escapeAtEnd.test(before);
  return !continues && !(atEnd.test(found) && atStart.test(after));
}
