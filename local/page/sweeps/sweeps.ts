import { html } from 'htm/preact';
import { useRef, useState } from 'preact/hooks';
import type { ShownSweep } from '../../sandbox/api.ts';
import { Ask, type Question } from '../ask.ts';
import { CommandEnd, useCommand } from '../command.ts';
import type { LiveState } from '../live.ts';
import { OrderSweep } from './order-sweep.ts';
import { RateChart } from './rate-chart.ts';
import { countWords, dueWords, momentWords, numberWords, spanWords, useNow } from '../words.ts';

/** The sweeps with their rates, and the form that orders one. */
export function Sweeps({ live: { sweeps: all, stack } }: { live: LiveState }) {
  const { sweeps, total } = all;
  const [question, setQuestion] = useState<Question>();
  const command = useCommand();
  const title = useRef<HTMLHeadingElement>(null);
  const nowMs = useNow(sweeps.some(({ state }) => state === 'running' || state === 'waiting'));
  const stop = ({ name, state, pushes = 0 }: ShownSweep) => {
    if (command.isRunning) return;
    const isOver = state === 'ended' || state === 'faulty';
    setQuestion({
      title: `${isOver ? 'Remove' : 'Stop'} the sweep ${name}?`,
      text: isOver
        ? 'Its plan is deleted. Its reports and its list stay in the bucket.'
        : `Its plan is deleted. ${pushes > 0 ? 'Pushes that are queued already are still delivered.' : 'No push of it is queued yet.'}`,
      yes: isOver ? 'Remove' : 'Stop',
      onYes: () => {
        title.current?.focus();
        void command.run('/sweeps/stop', { name });
      },
    });
  };
  return html`
    <${OrderSweep} stack=${stack} />
    <section class="sweeps" aria-labelledby="sweeps-title">
      <div class="row">
        <h2 id="sweeps-title" ref=${title} tabindex="-1">Sweeps</h2>
        <span class="quiet number">${numberWords(total)}</span>
      </div>
      <${CommandEnd} command=${command} />
      ${total === 0 && html`<p class="card quiet">There are no sweeps. Start one above, or with the CLI.</p>`}
      ${sweeps.map(
        (sweep) => html`
          <${Sweep}
            key=${sweep.name}
            sweep=${sweep}
            nowMs=${nowMs}
            isBusy=${command.isRunning}
            onStop=${() => {
              stop(sweep);
            }}
          />
        `,
      )}
      ${total > sweeps.length && html`<p class="quiet">The newest ${numberWords(sweeps.length)} are shown.</p>`}
      <${Ask}
        question=${question}
        onEnd=${() => {
          setQuestion(undefined);
        }}
      />
    </section>
  `;
}

interface SweepOptions {
  readonly sweep: ShownSweep;
  readonly nowMs: number;
  readonly isBusy: boolean;
  readonly onStop: () => void;
}

/** The colours are those of the states of a push. */
const badges: Readonly<Record<ShownSweep['state'], string>> = {
  ...{ waiting: 'waiting', running: 'retrying', ended: 'delivered', faulty: 'given-up' },
};

function Sweep({ sweep, nowMs, isBusy, onStop }: SweepOptions) {
  const { name, state, verb, faults = [], windowSeconds, pushes, delivered = 0, givenUp = 0 } = sweep;
  const { rate, endsAt, meanPerSecond, refused = 0, refusedRows = [] } = sweep;
  const named = `sweep-${name}`;
  return html`
    <article class="card sweep" aria-labelledby=${named}>
      <div class="row">
        <h3 id=${named}>${name}</h3>
        <span class="badge" data-state=${badges[state]}>${state}</span>
        <span class="quiet">${verb} ${windowSeconds !== undefined && windowWords(windowSeconds)}</span>
        <button type="button" class="danger" aria-disabled=${isBusy} aria-describedby=${named} onClick=${onStop}>
          ${state === 'ended' || state === 'faulty' ? 'Remove…' : 'Stop…'}
        </button>
      </div>
      ${faults.map((fault) => html`<p class="fault">${fault}</p>`)}
      ${state === 'waiting' && sweep.beginsAt !== undefined && html`<p>Begins ${dueWords(sweep.beginsAt, nowMs)}.</p>`}
      ${
        pushes !== undefined &&
        html`
          <p class="progress">
            <progress
              max=${Math.max(pushes, 1)}
              value=${delivered + givenUp}
              aria-label=${`Pushes of ${name} that have ended`}
            ></progress>
            <span class="number">
              ${numberWords(delivered)} of ${countWords(pushes, 'push', 'pushes')} delivered
              ${givenUp > 0 && html`, <a href="#queues">${numberWords(givenUp)} given up</a>`}
            </span>
          </p>
        `
      }
      ${
        rate !== undefined &&
        endsAt !== undefined &&
        html`
          <${RateChart}
            rate=${rate}
            endsAt=${endsAt}
            meanPerSecond=${meanPerSecond}
            isRunning=${state === 'running'}
            nowMs=${nowMs}
          />
        `
      }
      <dl>
        ${entriesOf(sweep, nowMs).map(
          ([term, value]) =>
            html`<div>
              <dt>${term}</dt>
              <dd>${value}</dd>
            </div>`,
        )}
      </dl>
      ${
        refused > 0 &&
        html`
          <details>
            <summary>${countWords(refused, 'row was', 'rows were')} refused</summary>
            <ul>
              ${refusedRows.map(({ line, reason }) => html`<li>line ${line}: ${reason}</li>`)}
              ${refused > refusedRows.length && html`<li>and ${numberWords(refused - refusedRows.length)} more</li>`}
            </ul>
          </details>
        `
      }
    </article>
  `;
}

function windowWords(seconds: number): string {
  if (seconds === 0) return 'at once';
  const minutes = seconds / 60;
  return `over ${Number.isInteger(minutes) && minutes < 60 ? countWords(minutes, 'minute', 'minutes') : spanWords(seconds * 1000)}`;
}

function entriesOf({ beginsAt, endsAt, slices, slicesDone, duplicates = 0, leftOut = 0 }: ShownSweep, nowMs: number) {
  const entries: [string, string][] = [];
  if (beginsAt !== undefined) entries.push(['from', momentWords(beginsAt)]);
  if (endsAt !== undefined) {
    entries.push(['last push due', Date.parse(endsAt) <= nowMs ? momentWords(endsAt) : dueWords(endsAt, nowMs)]);
  }
  if (slices !== undefined) entries.push(['slices', `${String(slicesDone ?? 0)} of ${String(slices)}`]);
  if (duplicates > 0) entries.push(['duplicates', numberWords(duplicates)]);
  if (leftOut > 0) entries.push(['left out', numberWords(leftOut)]);
  return entries;
}
