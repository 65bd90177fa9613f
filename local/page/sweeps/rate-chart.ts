import { html } from 'htm/preact';
import type { SweepRate } from '../../sandbox/api.ts';
import { numberWords } from '../words.ts';

const width = 600;
const height = 90;

export interface RateChartOptions {
  readonly rate: SweepRate;
  /** When the last push of the run is due. */
  readonly endsAt: string;
  /** Absent for a run without a window. */
  readonly meanPerSecond?: number | undefined;
  readonly isRunning: boolean;
  readonly nowMs: number;
}

/** The pushes of a run that were attempted and delivered in each second, beside the mean of its window. */
export function RateChart({ rate, endsAt, meanPerSecond: mean, isRunning, nowMs }: RateChartOptions) {
  const { from, spanSeconds, attempted, delivered } = rate;
  const fromMs = Date.parse(from);
  const due = Math.ceil((Date.parse(endsAt) - fromMs) / 1000 / spanSeconds);
  const spans = Math.max(attempted.length, due, 10);
  const most = Math.max(...attempted, ...delivered, 1) / spanSeconds;
  const top = Math.max(most, mean ?? 0) * 1.1;
  const y = (perSecond: number) => (height - (perSecond / top) * height).toFixed(1);
  const step = width / spans;
  const bars = (counts: readonly number[]) =>
    counts
      .map((count, span) => {
        const x = (span * step).toFixed(2);
        return count === 0
          ? ''
          : `M${x} ${String(height)}V${y(count / spanSeconds)}h${(step * 0.85).toFixed(2)}V${String(height)}z`;
      })
      .join('');
  // The span of now is not over.
  const over = Math.floor((nowMs - fromMs) / 1000 / spanSeconds) - 1;
  const last = (counts: readonly number[]) => perSecondWords((counts[over] ?? 0) / spanSeconds);
  const meanWords = mean === undefined ? undefined : perSecondWords(mean);
  const summary = [
    `Pushes a second over ${String(spans * spanSeconds)} seconds: at most ${perSecondWords(most)}`,
    ...(meanWords === undefined ? [] : [`the mean of the window is ${meanWords}`]),
  ];
  return html`
    <figure class="rate graph">
      <figcaption>
        <span class="key" data-measure="delivered"
          ><svg viewBox="0 0 10 10" aria-hidden="true"><rect width="10" height="10" rx="2" /></svg> delivered
          ${isRunning && html`<span class="number">${last(delivered)}</span>`}</span
        >
        <span class="key" data-measure="attempted"
          ><svg viewBox="0 0 10 10" aria-hidden="true"><rect width="10" height="10" rx="2" /></svg> attempted only
        </span>
        ${
          meanWords !== undefined &&
          html`<span class="key" data-measure="mean"
            ><svg viewBox="0 0 10 10" aria-hidden="true"><path d="M0 5h10" /></svg> mean of the window
            <span class="number">${meanWords}</span></span
          >`
        }
        <span class="quiet most">most ${perSecondWords(most)} a second</span>
      </figcaption>
      <svg
        class="plot"
        role="img"
        aria-label=${`${summary.join('; ')}.`}
        viewBox=${`0 0 ${String(width)} ${String(height)}`}
        preserveAspectRatio="none"
      >
        <path data-measure="attempted" d=${bars(attempted)} />
        <path data-measure="delivered" d=${bars(delivered)} />
        ${
          mean !== undefined &&
          html`<path data-measure="mean" d=${`M0 ${y(mean)}H${String(width)}`} vector-effect="non-scaling-stroke" />`
        }
      </svg>
      <p class="axis quiet" aria-hidden="true"><span>0 s</span><span>${numberWords(spans * spanSeconds)} s</span></p>
    </figure>
  `;
}

function perSecondWords(perSecond: number): string {
  return perSecond >= 10 ? numberWords(Math.round(perSecond)) : String(Number(perSecond.toFixed(1)));
}
