import { html } from 'htm/preact';
import type { LiveState } from './live.ts';

/** The pushes, newest first. */
export function PushList({ live: { pushes, kept, dropped } }: { live: LiveState }) {
  return html`
    <section class="card" aria-labelledby="pushes-title">
      <h2 id="pushes-title">Pushes</h2>
      ${dropped > 0 && html`<p>The newest ${kept} pushes. ${dropped} older ones were dropped.</p>`}
      <table>
        <thead>
          <tr>
            <th scope="col">Accepted</th>
            <th scope="col">Verb</th>
            <th scope="col">State</th>
          </tr>
        </thead>
        <tbody>
          ${pushes.slice(0, 100).map(
            (push) => html`
              <tr key=${push.id}>
                <td>${push.acceptedAt}</td>
                <td>${push.parameters.find(([name]) => name === 'verb')?.[1]}</td>
                <td><span class="badge" data-state=${push.state}>${push.state}</span></td>
              </tr>
            `,
          )}
        </tbody>
      </table>
    </section>
  `;
}
