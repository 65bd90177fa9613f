import { html } from 'htm/preact';
import { useEffect, useState } from 'preact/hooks';

/** A button that copies a text. @param what names it for somebody who hears the page. */
export function Copy({ text, what }: { text: string; what: string }) {
  const [isCopied, setCopied] = useState(false);
  const copy = async () => {
    await navigator.clipboard.writeText(text);
    setCopied(true);
  };
  useEffect(() => {
    setCopied(false);
  }, [text]);
  return html`
    <button type="button" class="copy" onClick=${() => void copy()}>
      Copy<span class="visually-hidden">${` the ${what}`}</span>
    </button>
    <span role="status" class="quiet">${isCopied && 'copied'}</span>
  `;
}
