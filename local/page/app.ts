import { html, render } from 'htm/preact';
import { useAddress, type Address } from './address.ts';
import { GatewayCard, GatewayState } from './gateway/behaviour.ts';
import { noAnswer } from './call.ts';
import { useLive, type LiveState } from './live.ts';
import { Phones } from './phones/phones.ts';
import { Pushes } from './pushes/pushes.ts';
import { Queues } from './queues/queues.ts';
import { Send } from './send/send.ts';
import { Sweeps } from './sweeps/sweeps.ts';
import { ToControl } from './to-control.ts';

/** What the main column shows, by the fragment of the address. */
const views = {
  pushes: {
    title: 'Pushes',
    show: (live: LiveState, address: Address) => html`<${Pushes} live=${live} address=${address} />`,
  },
  phones: { title: 'Phones', show: (live: LiveState) => html`<${Phones} live=${live} />` },
  queues: { title: 'Queues', show: (live: LiveState) => html`<${Queues} live=${live} />` },
  sweeps: { title: 'Sweeps', show: (live: LiveState) => html`<${Sweeps} live=${live} />` },
} as const;

type View = keyof typeof views;

function isView(name: string): name is View {
  return Object.hasOwn(views, name);
}

function App() {
  const live = useLive();
  const address = useAddress();
  const view = isView(address.view) ? address.view : 'pushes';
  const links = Object.entries(views).map(
    ([name, { title }]) => html`
      <li><a href="#${name}" aria-current=${name === view ? 'page' : undefined}>${title}</a></li>
    `,
  );
  return html`
    <header>
      <h1>pnm2-relay <span class="quiet">sandbox</span></h1>
      <nav aria-label="Views">
        <ul>
          ${links}
          <li class="to-send"><${ToControl} id="send-title">Send<//></li>
        </ul>
      </nav>
      <${GatewayState} live=${live} />
      <p role="status" class=${live.isConnected ? 'quiet' : 'fault'}>${live.isConnected ? 'Connected' : noAnswer}</p>
    </header>
    <div class="layout">
      <aside aria-label="Controls">
        ${live.stack && html`<${Send} stack=${live.stack} />`}<${GatewayCard} live=${live} />
      </aside>
      <main>${views[view].show(live, address)}</main>
    </div>
  `;
}

render(html`<${App} />`, document.body);
