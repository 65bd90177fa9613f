import { documentedParameters, type Push } from '../../shared/push/push.ts';

/** Never hidden. */
const open: ReadonlySet<string> = new Set(['verb', 'AppId']);

/** Hidden however short they are. */
const personal: ReadonlySet<string> = new Set(documentedParameters);

/** Of others, a value such as `1` or `en` would be found everywhere, and says nothing of anybody. */
const shortestHidden = 4;

/** By so many characters a longer value is known, and what follows is not read: the echo may be cut anywhere. */
const telling = 24;

const hidden = '[hidden]';

/**
 * Takes a push's own values out of the gateway's words, for a gateway may well repeat the form that it refuses, and
 * whoever lists dead letters should not see tokens and texts by the way. As good as it can be: a gateway may always
 * encode them in some other way. Logs do not rest on it; they leave the words out.
 */
export function hideParameters(words: string, push: Push): string {
  const forms = push.parameters
    .filter(
      ([name, value]) => value !== '' && !open.has(name) && (value.length >= shortestHidden || personal.has(name)),
    )
    .flatMap(([, value]) => formsOf(value));
  const long = forms.filter((form) => form.length > telling).map((form) => form.slice(0, telling));
  const firstLong = long.length === 0 ? -1 : words.search(anyOf(long));
  const told = firstLong === -1 ? words : words.slice(0, firstLong);
  // In one pass, so that nothing is sought in what was put there.
  const short = forms.filter((form) => form.length <= telling).sort((a, b) => b.length - a.length);
  const shown = short.length === 0 ? told : told.replace(anyOf(short), () => hidden);
  return firstLong === -1 ? shown : shown + hidden;
}

/** A value as it is, as forms encode it, and as JSON does. */
function formsOf(value: string): string[] {
  const json = JSON.stringify(value).slice(1, -1);
  const form = new URLSearchParams({ '': value }).toString().slice(1);
  return [...new Set([value, encodeURIComponent(value.toWellFormed()), form, json, json.replaceAll('/', '\\/')])];
}

function anyOf(texts: readonly string[]): RegExp {
  return new RegExp(texts.map((text) => RegExp.escape(text)).join('|'), 'gi');
}
