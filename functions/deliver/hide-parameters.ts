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
  const long = forms.filter((form) => form.length > recognisedBy).map((form) => form.slice(0, recognisedBy));
  const firstLong = long.length === 0 ? -1 : words.search(new RegExp(anyOf(long), 'i'));
  const kept = firstLong === -1 ? words : words.slice(0, firstLong);
  // In one pass, so that the placeholder itself is not searched.
  const short = forms.filter((form) => form.length <= recognisedBy).sort((a, b) => b.length - a.length);
  const result = short.length === 0 ? kept : kept.replace(new RegExp(anyOf(short), 'giu'), () => placeholder);
  return firstLong === -1 ? result : result + placeholder;
}

/** A value as it is, as forms encode it, and as JSON does. */
function formsOf(value: string): string[] {
  const json = JSON.stringify(value).slice(1, -1);
  const form = new URLSearchParams({ '': value }).toString().slice(1);
  return [...new Set([value, encodeURIComponent(value.toWellFormed()), form, json, json.replaceAll('/', '\\/')])];
}

/** A letter or digit of a script that separates its words. */
const wordCharacter = String.raw`[\p{N}\p{Script=Latin}\p{Script=Greek}\p{Script=Cyrillic}]`;
/** The last character of an escape, such as `%20` or `\n`, is no part of the word that follows. */
const wordStart = String.raw`(?:(?!${wordCharacter})|(?<!${wordCharacter})|(?<=%[\da-f]{2}|\\[bfnrt]))`;
const wordEnd = `(?:(?<!${wordCharacter})|(?!${wordCharacter}))`;

function anyOf(texts: readonly string[]): string {
  const pattern = (text: string) =>
    text.length > wordCharacters ? RegExp.escape(text) : wordStart + RegExp.escape(text) + wordEnd;
  return texts.map(pattern).join('|');
}
