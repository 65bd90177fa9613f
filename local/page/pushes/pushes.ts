import { html } from 'htm/preact';
import type { Address } from '../address.ts';
import { Chart } from './chart.ts';
import type { LiveState } from '../live.ts';
import { PushList } from './push-list.ts';
import { PushView } from './push-view.ts';

/** The view of the pushes: the chart, the list, and the push that is open. */
export function Pushes({ live, address }: { live: LiveState; address: Address }) {
  return html`
    <div class="pushes">
      <${Chart} samples=${live.samples} />
      <div class="pushes-columns">
        <${PushList} live=${live} address=${address} />
        ${address.id !== '' && html`<${PushView} live=${live} address=${address} />`}
      </div>
    </div>
  `;
}
