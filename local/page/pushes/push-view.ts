import { html } from 'htm/preact';
import { useEffect, useRef, useState } from 'preact/hooks';
import type { PushDetail, StackInfo } from '../../sandbox/api.ts';
import { addressOf, fragmentOf, type Address } from '../address.ts';
import { Copy } from '../copy.ts';
import { LongText } from '../long-text.ts';
import type { LiveState } from '../live.ts';
import { Timeline } from './timeline.ts';
import { valueOf } from './push-filter.ts';
import { momentWords, stateWords } from '../words.ts';

/** The push that the address opens, in full. */
export function PushView({ live, address }: { live: LiveState; address: Address }) {
  const { id } = address;
  const [detail, setDetail] = useState<PushDetail>();
  const [isMissing, setMissing] = useState(false);
  const title = useRef<HTMLHeadingElement>(null);
  const revision = live.pushes.find((push) => push.id === id)?.revision;
  useEffect(() => {
    const replaced = new AbortController();
    const load = async () => {
      const response = await fetch(`/pushes/${encodeURIComponent(id)}`, { signal: replaced.signal });
      setMissing(!response.ok);
      if (response.ok) setDetail((await response.json()) as PushDetail);
    };
    // Without an answer, the head of the page says that the stack does not answer.
    load().catch(() => undefined);
    return () => {
      replaced.abort();
    };
  }, [id, revision, live.stack]);
  useEffect(() => {
    title.current?.focus();
  }, [id]);

  const push = detail?.id === id ? detail : undefined;
  const close = () => {
    // The list may have been filtered in another way meanwhile.
    location.hash = fragmentOf({ ...addressOf(location.hash), id: '' });
    document.querySelector<HTMLElement>(`a[data-id="${CSS.escape(id)}"]`)?.focus();
  };
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.key === 'Escape') close();
  };
  return html`
    <section class="card push-view" aria-labelledby="push-title" onKeyDown=${onKeyDown}>
      <div class="row">
        <h2 id="push-title" tabindex="-1" ref=${title}>${titleOf(push)}</h2>
        ${push && html`<span class="badge" data-state=${push.state}>${stateWords[push.state]}</span>`}
        <button type="button" class="close" onClick=${close}>Close</button>
      </div>
      ${push !== undefined && isMissing && html`<p class="quiet">The sandbox has dropped this push. This is what the page last knew of it.</p>`}
      ${push !== undefined && html`<${Content} push=${push} stack=${live.stack} />`}
      ${push === undefined && isMissing && html`<p>The sandbox has no push <code>${id}</code>. It keeps the newest ones and forgets all when it ends.</p>`}
    </section>
  `;
}

function titleOf(push: PushDetail | undefined): string {
  return push === undefined ? 'Push' : valueOf(push, 'verb') || 'Unreadable push';
}

function Content({ push, stack }: { push: PushDetail; stack: StackInfo | undefined }) {
  const { id, source, acceptedAt, expiresAt, client, sweep, device, parameters, fault, body, format } = push;
  const facts: readonly (readonly [string, unknown])[] = [
    ['id', html`<code class="id">${id}</code> <${Copy} text=${id} what="id" />`],
    ['accepted', html`<time datetime=${acceptedAt}>${momentWords(acceptedAt)}</time>`],
    ['expires', expiresAt && html`<time datetime=${expiresAt}>${momentWords(expiresAt)}</time>`],
    ['source', source === 'gateway' ? 'posted to the gateway directly' : `queue ${source}`],
    ['client', client],
    ['sweep', sweep && `${sweep.plan}, run ${sweep.run}`],
    ['device', device && html`<code>${device}</code>`],
    ['fault', fault],
  ];
  return html`
    <dl class="facts">
      ${facts.map(
        ([name, value]) =>
          value &&
          html`<dt class="quiet">${name}</dt>
            <dd>${value}</dd>`,
      )}
    </dl>
    <${Timeline} push=${push} />
    <h3>Parameters</h3>
    <div class="table">
      <table class="parameters">
        <thead class="visually-hidden">
          <tr>
            <th scope="col">Name</th>
            <th scope="col">Value</th>
          </tr>
        </thead>
        <tbody>
          ${parameters.map(
            ([name, value]) =>
              html`<tr>
                <th scope="row">${name}</th>
                <td dir="auto"><${LongText} key=${id} text=${value} /></td>
              </tr>`,
          )}
        </tbody>
      </table>
    </div>
    <div class="row">
      <h3>What the gateway got</h3>
      ${body !== undefined && html`<span class="quiet">${format === 'json' ? 'JSON' : 'a form'}</span> <${Copy} text=${body} what="body" />`}
    </div>
    ${
      body === undefined
        ? html`<p class="quiet">
            ${
              stack?.isSandboxed === false
                ? html`Not known: pushes go to <code class="id">${stack.gatewayUrl}</code>, and the sandbox does not see
                    what it gets.`
                : 'Nothing.'
            }
          </p>`
        : html`<pre class="body" tabindex="0" aria-label="What the gateway got">${body}</pre>`
    }
  `;
}
