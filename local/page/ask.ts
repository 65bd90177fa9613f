import { html } from 'htm/preact';
import { useEffect, useRef } from 'preact/hooks';

export interface Question {
  readonly title: string;
  readonly text: string;
  /** What the button of a yes says. */
  readonly yes: string;
  readonly onYes: () => void;
}

/** Asks before something that cannot be undone. Escape and Cancel mean no; the focus then returns to where it was. */
export function Ask({ question, onEnd }: { question: Question | undefined; onEnd: () => void }) {
  const dialog = useRef<HTMLDialogElement>(null);
  useEffect(() => {
    if (question !== undefined) dialog.current?.showModal();
  }, [question]);
  if (question === undefined) return null;
  const { title, text, yes, onYes } = question;
  return html`
    <dialog class="ask" ref=${dialog} aria-labelledby="ask-title" aria-describedby="ask-text" onClose=${onEnd}>
      <h2 id="ask-title">${title}</h2>
      <p id="ask-text">${text}</p>
      <p class="row">
        <button type="button" autofocus onClick=${() => dialog.current?.close()}>Cancel</button>
        <button
          type="button"
          class="danger"
          onClick=${() => {
            dialog.current?.close();
            onYes();
          }}
        >
          ${yes}
        </button>
      </p>
    </dialog>
  `;
}
