import { html } from 'htm/preact';
import { useState } from 'preact/hooks';
import { numberWords } from './words.ts';

/** A longer text is folded, so that what comes after it can be found. */
const mostCharacters = 1000;
/** What is shown of it then. */
const foldedCharacters = 600;

/** A text. Of a long one, the beginning with a button for the rest. */
export function LongText({ text }: { text: string }) {
  const [isWhole, setWhole] = useState(false);
  if (text.length <= mostCharacters) return text;
  // Not between the halves of a character.
  const beginning = text.slice(0, foldedCharacters).replace(/[\uD800-\uDBFF]$/, '');
  // The button comes first, so that it stays where it is.
  return html`
    <button
      type="button"
      class="small"
      aria-expanded=${isWhole}
      onClick=${() => {
        setWhole(!isWhole);
      }}
    >
      ${isWhole ? 'Show less' : `Show all ${numberWords(text.length)} characters`}
    </button>
    <div dir="auto">${isWhole ? text : `${beginning}…`}</div>
  `;
}
