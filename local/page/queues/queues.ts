import { html } from 'htm/preact';
import type { ShownQueue } from '../../sandbox/api.ts';
import { DeadLetters } from './dead-letters.ts';
import type { LiveState } from '../live.ts';
import { numberWords, spanWords } from '../words.ts';

const holds: Readonly<Record<ShownQueue['name'], string>> = {
  pushes: 'from clients',
  sweeps: 'of sweeps',
  undeliverable: 'given up',
};

/** The queues with their depths and ages, and the dead letters. */
export function Queues({ live }: { live: LiveState }) {
  return html`
    <section class="queues" aria-labelledby="queues-title">
      <h2 id="queues-title">Queues</h2>
      <ul>
        ${live.queues.map((queue) => html`<${Queue} key=${queue.name} queue=${queue} />`)}
      </ul>
    </section>
    <${DeadLetters} all=${live.deadLetters} />
  `;
}

function Queue({ queue: { name, visible, delayed, inFlight, oldestSeconds } }: { queue: ShownQueue }) {
  const total = visible + delayed + inFlight;
  return html`
    <li class="card">
      <h3>${name}</h3>
      <p class="depth"><span class="number">${numberWords(total)}</span> <span class="quiet">${holds[name]}</span></p>
      <dl>
        <div>
          <dt>ready</dt>
          <dd>${numberWords(visible)}</dd>
        </div>
        <div>
          <dt>delayed</dt>
          <dd>${numberWords(delayed)}</dd>
        </div>
        <div>
          <dt>in flight</dt>
          <dd>${numberWords(inFlight)}</dd>
        </div>
        <div>
          <dt>oldest</dt>
          <dd>${oldestSeconds === undefined ? '–' : spanWords(oldestSeconds * 1000)}</dd>
        </div>
      </dl>
    </li>
  `;
}
