import { html } from 'htm/preact';
import type { Sample } from '../../sandbox/api.ts';
import { numberWords } from '../words.ts';

/** Five minutes, a second each. */
const seconds = 300;
const width = 600;
const panelHeight = 46;

type Measure = 'waiting' | 'retrying' | 'delivered' | 'givenUp';

/** What the chart draws: what is on the queues now, and what ends in each second. */
const panels: readonly { readonly title: string; readonly measures: readonly Measure[] }[] = [
  { title: 'on the queues', measures: ['waiting', 'retrying'] },
  { title: 'each second', measures: ['delivered', 'givenUp'] },
];

const measureWords: Readonly<Record<Measure, string>> = {
  ...{ waiting: 'waiting', retrying: 'retrying', delivered: 'delivered', givenUp: 'given up' },
};

/** Waiting, retrying, delivered and given up over the last minutes. */
export function Chart({ samples }: { samples: readonly Sample[] }) {
  const shown = samples.slice(-seconds);
  const last = shown.at(-1);
  return html`
    <section class="card chart graph" aria-labelledby="chart-title">
      <h2 id="chart-title" class="visually-hidden">The last five minutes</h2>
      ${panels.map(({ title, measures }) => {
        const most = Math.max(1, ...shown.map((sample) => measures.reduce((sum, measure) => sum + sample[measure], 0)));
        return html`
          <figure>
            <figcaption>
              <span class="quiet">${title}</span>
              ${measures.map(
                (measure) => html`
                  <span class="key" data-measure=${measure}>
                    <svg viewBox="0 0 10 10" aria-hidden="true"><rect width="10" height="10" rx="2" /></svg>
                    ${measureWords[measure]} <span class="number">${numberWords(last?.[measure] ?? 0)}</span>
                  </span>
                `,
              )}
              <span class="quiet most">most ${numberWords(shown.length === 0 ? 0 : most)}</span>
            </figcaption>
            <svg
              class="plot"
              role="img"
              aria-label=${summaryOf(title, measures, shown)}
              viewBox=${`0 0 ${String(width)} ${String(panelHeight)}`}
              preserveAspectRatio="none"
            >
              ${areasOf(shown, measures, most).map(({ measure, path }) => html`<path data-measure=${measure} d=${path} />`)}
            </svg>
          </figure>
        `;
      })}
      <p class="axis quiet" aria-hidden="true"><span>5 minutes ago</span><span>now</span></p>
    </section>
  `;
}

/** The areas of the measures, each on top of the one before. */
function areasOf(samples: readonly Sample[], measures: readonly Measure[], most: number) {
  const step = width / seconds;
  const left = width - samples.length * step;
  const y = (value: number) => (panelHeight - (value / most) * (panelHeight - 1)).toFixed(1);
  const below = samples.map(() => 0);
  return measures.map((measure) => {
    const steps = samples.map((sample, index) => {
      const from = below[index] ?? 0;
      const to = from + sample[measure];
      below[index] = to;
      return { x: left + index * step, from, to };
    });
    // A second without any is not drawn, so that the outline of an area does not run along the ground.
    const path = steps
      .filter(({ from, to }) => to > from)
      .map(({ x, from, to }) => `M${x.toFixed(1)} ${y(from)}V${y(to)}h${step.toFixed(1)}V${y(from)}z`)
      .join('');
    return { measure, path };
  });
}

/** What the drawing shows, in words. */
function summaryOf(title: string, measures: readonly Measure[], samples: readonly Sample[]): string {
  const words = measures.map((measure) => {
    const values = samples.map((sample) => sample[measure]);
    const [now, most] = [values.at(-1) ?? 0, values.reduce((one, other) => Math.max(one, other), 0)];
    return `${measureWords[measure]} ${numberWords(now)} now, at most ${numberWords(most)}`;
  });
  return `Pushes ${title} in the last five minutes: ${words.join('; ')}.`;
}
