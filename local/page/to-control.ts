import { html } from 'htm/preact';
import type { ComponentChildren } from 'preact';

export interface ToControlOptions {
  /** The id of the heading of a card beside the view. Where there is little room, the card is below the view. */
  readonly id: 'send-title' | 'gateway-title';
  readonly children: ComponentChildren;
}

/** A link to a card. It leaves the fragment of the address, which is for the views. */
export function ToControl({ id, children }: ToControlOptions) {
  const go = (event: MouseEvent) => {
    event.preventDefault();
    const heading = document.getElementById(id);
    heading?.scrollIntoView();
    heading?.focus({ preventScroll: true });
  };
  return html`<a href="#${id}" onClick=${go}>${children}</a>`;
}
