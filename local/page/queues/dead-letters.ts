import { html } from 'htm/preact';
import { useRef, useState } from 'preact/hooks';
import type { ShownDeadLetter, ShownDeadLetters } from '../../sandbox/api.ts';
import { Ask, type Question } from '../ask.ts';
import { CommandEnd, useCommand } from '../command.ts';
import { countWords, momentWords, numberWords, spanWords, useNow } from '../words.ts';

/** What a command is to act on: the body of its request, and how many it will be. */
interface Selection {
  readonly body: { readonly all: true } | { readonly reason: readonly string[] } | { readonly id: readonly string[] };
  readonly count: number;
  readonly which: string;
}

const page = 50;

/** The dead letters with their reasons, and buttons that redrive and discard them. */
export function DeadLetters({ all }: { all: ShownDeadLetters }) {
  const { total, byReason, deadLetters } = all;
  const [reason, setReason] = useState('');
  const [limit, setLimit] = useState(page);
  const [question, setQuestion] = useState<Question>();
  const command = useCommand();
  const title = useRef<HTMLHeadingElement>(null);
  const nowMs = useNow(deadLetters.length > 0);
  const reasons = Object.entries(byReason);
  const chosen = reasons.some(([known]) => known === reason) ? reason : '';
  const found = chosen === '' ? deadLetters : deadLetters.filter((one) => one.reason === chosen);
  const shown = found.slice(0, limit);
  const count = chosen === '' ? total : (reasons.find(([known]) => known === chosen)?.[1] ?? 0);
  const selection: Selection =
    chosen === '' ? { body: { all: true }, count, which: 'all' } : { body: { reason: [chosen] }, count, which: chosen };

  const act = (path: string, { body }: Selection) => {
    if (command.isRunning) return;
    // The row of the button may be gone when the command has ended.
    title.current?.focus();
    void command.run(path, body);
  };
  const redrive = (what: Selection) => {
    act('/dead-letters/redrive', what);
  };
  const discard = (what: Selection) => {
    if (command.isRunning) return;
    setQuestion({
      title: `Discard ${countWords(what.count, 'dead letter', 'dead letters')}?`,
      text: `${what.count === 1 ? 'It is' : 'They are'} deleted for good, and cannot be redriven any more.`,
      yes: 'Discard',
      onYes: () => {
        act('/dead-letters/discard', what);
      },
    });
  };
  return html`
    <section class="card dead-letters" aria-labelledby="dead-letters-title">
      <div class="row">
        <h2 id="dead-letters-title" ref=${title} tabindex="-1">Dead letters</h2>
        <span class="quiet number">${numberWords(total)}</span>
      </div>
      ${total === 0 && html`<p class="quiet">There are none: no push was given up.</p>`}
      ${
        total > 0 &&
        html`
          <div class="row actions">
            <label>
              <span class="quiet">Reason</span>
              <select
                value=${chosen}
                onChange=${({ currentTarget }: { currentTarget: HTMLSelectElement }) => {
                  setReason(currentTarget.value);
                  setLimit(page);
                }}
              >
                <option value="">all (${numberWords(total)})</option>
                ${reasons.map(([known, number]) => html`<option value=${known}>${known} (${numberWords(number)})</option>`)}
              </select>
            </label>
            <button
              type="button"
              class="primary"
              aria-disabled=${command.isRunning}
              onClick=${() => {
                redrive(selection);
              }}
            >
              Redrive ${selection.which} (${numberWords(count)})
            </button>
            <button
              type="button"
              class="danger"
              aria-disabled=${command.isRunning}
              onClick=${() => {
                discard(selection);
              }}
            >
              Discard ${selection.which} (${numberWords(count)})…
            </button>
          </div>
        `
      }
      <${CommandEnd} command=${command} />
      <ul class="dead-letter-list">
        ${shown.map(
          (one) => html`
            <${DeadLetter}
              key=${one.messageId}
              deadLetter=${one}
              nowMs=${nowMs}
              isRunning=${command.isRunning}
              onRedrive=${redrive}
              onDiscard=${discard}
            />
          `,
        )}
      </ul>
      ${
        found.length > shown.length &&
        html`
          <p class="row">
            <button
              type="button"
              onClick=${() => {
                setLimit(limit + page);
              }}
            >
              Show more
            </button>
            <span class="quiet"
              >${numberWords(shown.length)} of ${numberWords(count)} are shown, the newest first.</span
            >
          </p>
        `
      }
      ${
        found.length === shown.length &&
        found.length < count &&
        html`<p class="quiet">The newest ${numberWords(found.length)} of ${numberWords(count)} are shown.</p>`
      }
      <${Ask}
        question=${question}
        onEnd=${() => {
          setQuestion(undefined);
        }}
      />
    </section>
  `;
}

interface DeadLetterOptions {
  readonly deadLetter: ShownDeadLetter;
  readonly nowMs: number;
  readonly isRunning: boolean;
  readonly onRedrive: (what: Selection) => void;
  readonly onDiscard: (what: Selection) => void;
}

function DeadLetter({ deadLetter, nowMs, isRunning, onRedrive, onDiscard }: DeadLetterOptions) {
  const {
    id,
    messageId,
    reason,
    status,
    words,
    fault,
    verb,
    appId,
    device,
    acceptedAt,
    attempts,
    queue,
    sweep,
    client,
  } = deadLetter;
  const what: Selection = { body: { id: [messageId] }, count: 1, which: id };
  const named = `dead-letter-${messageId}`;
  return html`
    <li>
      <div class="what">
        <h3 id=${named}>${verb ?? 'malformed message'}</h3>
        <span class="badge" data-state="given-up">${reason}</span>
        ${status !== undefined && html`<span class="quiet">status ${status}</span>`}
      </div>
      ${(words ?? fault) !== undefined && html`<p dir="auto" class="words">${words ?? fault}</p>`}
      <dl>
        ${
          appId !== undefined &&
          html`<div>
            <dt>AppId</dt>
            <dd>${appId}</dd>
          </div>`
        }
        ${
          device !== undefined &&
          html`<div>
            <dt>device</dt>
            <dd class="mono">${device}</dd>
          </div>`
        }
        <div>
          <dt>age</dt>
          <dd title=${momentWords(acceptedAt)}>${spanWords(Math.max(0, nowMs - Date.parse(acceptedAt)))}</dd>
        </div>
        <div>
          <dt>attempts</dt>
          <dd>${attempts}</dd>
        </div>
        <div>
          <dt>from</dt>
          <dd>${sweep === undefined ? queue : `sweep ${sweep.plan}`}${client !== undefined && `, client ${client}`}</dd>
        </div>
        <div>
          <dt>id</dt>
          <dd class="mono"><a href=${`#pushes/${encodeURIComponent(id)}`}>${id}</a></dd>
        </div>
      </dl>
      <div class="row buttons">
        <button
          type="button"
          aria-disabled=${isRunning}
          aria-describedby=${named}
          onClick=${() => {
            onRedrive(what);
          }}
        >
          Redrive
        </button>
        <button
          type="button"
          class="danger"
          aria-disabled=${isRunning}
          aria-describedby=${named}
          onClick=${() => {
            onDiscard(what);
          }}
        >
          Discard…
        </button>
      </div>
    </li>
  `;
}
