import { html } from 'htm/preact';

export interface FieldOptions {
  readonly name: string;
  readonly label: string;
  readonly value: string;
  readonly onInput: (value: string) => void;
  readonly hint?: string | undefined;
  /** What is wrong with the value. */
  readonly faults?: readonly string[] | undefined;
  /** It is one of these. */
  readonly choices?: readonly string[];
  /** It may have several lines. */
  readonly isText?: boolean;
  /** The id of a list of suggestions. */
  readonly list?: string;
}

/** A field of a form with its label, its hint and its faults. */
export function Field({ name, label, value, onInput, hint, faults, choices, isText, list }: FieldOptions) {
  const id = `field-${name.replaceAll(' ', '-')}`;
  const described = [hint !== undefined && `${id}-hint`, faults !== undefined && `${id}-faults`].filter(Boolean);
  const common = {
    ...{ id, name, value, list },
    'aria-describedby': described.length === 0 ? undefined : described.join(' '),
    'aria-invalid': faults !== undefined ? 'true' : undefined,
    onInput: ({ currentTarget }: { currentTarget: HTMLInputElement }) => {
      onInput(currentTarget.value);
    },
  };
  const text = { dir: 'auto', autocomplete: 'off', autocapitalize: 'off', spellcheck: false };
  return html`
    <div class="field">
      <label for=${id}>${label}</label>
      ${
        choices !== undefined
          ? html`<select ...${common}>
              ${choices.map((choice) => html`<option key=${choice} selected=${choice === value}>${choice}</option>`)}
            </select>`
          : isText === true
            ? html`<textarea rows="2" ...${common} ...${text} spellcheck></textarea>`
            : html`<input ...${common} ...${text} />`
      }
      ${hint !== undefined && html`<p class="quiet" id="${id}-hint">${hint}</p>`}
      ${
        faults !== undefined &&
        html`<p class="fault" id="${id}-faults">${faults.map((fault) => html`<span key=${fault}>${fault}</span>`)}</p>`
      }
    </div>
  `;
}
