import { html } from 'htm/preact';
import { useEffect, useState } from 'preact/hooks';

/** A button that copies a text. @param what names it for somebody who hears the page. */
export function Copy({ text, what }: { text: string; what: string }) {
  const [said, setSaid] = useState('');
  const copy = async () => {
    try {
      await navigator.clipboard.writeText(text);
      setSaid('copied');
    } catch {
      // The browser has no permission, or the page is not at an address of this machine.
      setSaid('The browser refuses: select the text and copy it.');
    }
  };
  useEffect(() => {
    setSaid('');
  }, [text]);
  return html`
    <button type="button" class="copy" onClick=${() => void copy()}>
      Copy<span class="visually-hidden">${` the ${what}`}</span>
    </button>
    <span role="status" class="quiet">${said}</span>
  `;
}
