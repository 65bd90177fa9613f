import { html } from 'htm/preact';
import { useMemo, useRef, useState } from 'preact/hooks';
import type { ShownPhone } from '../../sandbox/api.ts';
import { AddPhone } from './add-phone.ts';
import { call } from '../call.ts';
import type { LiveState } from '../live.ts';
import { Phone, type PhoneOptions } from './phone.ts';
import { countWords } from '../words.ts';

/** The devices as phones, with what their users would see. */
export function Phones({ live }: { live: LiveState }) {
  const { phones, droppedPhones, stack } = live;
  const [sought, setSought] = useState('');
  const [isAdding, setAdding] = useState(false);
  const [added, setAdded] = useState('');
  const title = useRef<HTMLHeadingElement>(null);
  const afterForget = useRef(() => title.current?.focus());
  const found = useMemo(() => phones.filter((phone) => isFound(phone, sought)), [phones, sought]);
  return html`
    <section class="phones" aria-labelledby="phones-title">
      <div class="row">
        <h2 id="phones-title" ref=${title} tabindex="-1">Phones</h2>
        <span class="quiet">${foundWords(found.length, phones.length)}</span>
        <input
          type="search"
          aria-label="Filter by account, AppId, token or text"
          placeholder="Account, AppId, token or text"
          value=${sought}
          onInput=${({ currentTarget }: { currentTarget: HTMLInputElement }) => {
            setSought(currentTarget.value);
          }}
        />
        <button
          type="button"
          class="primary"
          aria-expanded=${isAdding}
          onClick=${() => {
            setAdding(!isAdding);
            setAdded('');
          }}
        >
          Add a phone
        </button>
        <button
          type="button"
          disabled=${phones.length === 0}
          onClick=${() => {
            title.current?.focus();
            void call('DELETE', '/phones');
          }}
        >
          Forget all
        </button>
      </div>
      ${
        isAdding &&
        html`
          <${AddPhone}
            accounts=${phones.map(({ account }) => account?.account)}
            onAdded=${(account: string) => {
              setAdding(false);
              setAdded(account);
              setSought('');
              title.current?.focus();
            }}
          />
        `
      }
      <p role="status" class="added">
        ${added !== '' && html`The phone of <bdi>${added}</bdi> has reported its token. A push to the Account <bdi>${added}</bdi> goes to it.`}
      </p>
      ${
        stack?.isSandboxed === false &&
        html`<p class="quiet">Pushes go to ${stack.gatewayUrl}, so only phones that you add appear here.</p>`
      }
      ${droppedPhones > 0 && html`<p class="quiet">${countWords(droppedPhones, 'older phone was', 'older phones were')} dropped.</p>`}
      ${
        phones.length === 0 &&
        html`
          <div class="card nothing">
            <p>A device appears here as a phone when a push is sent to it.</p>
            <p class="quiet">
              Add a phone to push to an account: it reports its token to the registry, as an app does.
            </p>
          </div>
        `
      }
      <ul class="phone-grid">
        ${found.map(
          (phone) =>
            html`<${UnchangedPhone}
              key=${phone.id}
              phone=${phone}
              isSandboxed=${stack?.isSandboxed === true}
              onForget=${afterForget.current}
            />`,
        )}
      </ul>
    </section>
  `;
}

/** Does nothing while its phone stays the same. */
function UnchangedPhone({ phone, isSandboxed, onForget }: PhoneOptions) {
  const show = () => html`<${Phone} phone=${phone} isSandboxed=${isSandboxed} onForget=${onForget} />`;
  return useMemo(show, [phone, isSandboxed, onForget]);
}

function foundWords(found: number, all: number): string {
  return found === all ? String(all) : `${String(found)} of ${String(all)}`;
}

function isFound({ id, appId, deviceToken, account, notifications }: ShownPhone, sought: string): boolean {
  const texts = notifications.map(({ text }) => text ?? '');
  const values = [id, appId, deviceToken, account?.account ?? '', account?.selector ?? '', ...texts];
  return values.some((value) => value.toLowerCase().includes(sought.trim().toLowerCase()));
}
