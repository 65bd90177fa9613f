import type { Push } from './push.ts';

/** Told in logs and dead letters anyway. */
const open: ReadonlySet<string> = new Set(['verb', 'AppId']);

/** Hidden however short they are. */
const personal: ReadonlySet<string> = new Set(['DeviceToken', 'Selector', 'Message']);

/** Of others, a value such as `1` or `en` would be found everywhere, and says nothing of anybody. */
const shortestHidden = 4;

/**
 * Takes a push's own values out of words that are to be logged: a gateway may well repeat the form that it refuses,
 * and tokens, selectors and texts must not reach a log that way. They are found as they are and as a form has them.
 */
export function hideParameters(words: string, push: Push): string {
  let hidden = words;
  // The longest first, for one value may be a part of another.
  for (const [name, value] of push.parameters.toSorted(([, a], [, b]) => b.length - a.length)) {
    if (value === '' || open.has(name) || (value.length < shortestHidden && !personal.has(name))) continue;
    for (const form of new Set([
      value,
      encodeURIComponent(value),
      new URLSearchParams({ '': value }).toString().slice(1),
    ])) {
      hidden = hidden.replaceAll(form, `[${name}]`);
    }
  }
  return hidden;
}
