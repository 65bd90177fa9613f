import { html, render } from 'htm/preact';
import { useEffect, useState } from 'preact/hooks';
import { useLive, type LiveState } from './live.ts';
import { Phones } from './phones.ts';
import { PushList } from './push-list.ts';

/** What the main column shows, by the fragment of the address. */
const views = {
  pushes: { title: 'Pushes', show: (live: LiveState) => html`<${PushList} live=${live} />` },
  phones: { title: 'Phones', show: (live: LiveState) => html`<${Phones} live=${live} />` },
} as const;

type View = keyof typeof views;

function viewOfAddress(): View {
  const name = location.hash.slice(1);
  return Object.hasOwn(views, name) ? (name as View) : 'pushes';
}

function App() {
  const live = useLive();
  const [view, setView] = useState(viewOfAddress);
  useEffect(() => {
    const follow = () => {
      setView(viewOfAddress());
    };
    addEventListener('hashchange', follow);
    return () => {
      removeEventListener('hashchange', follow);
    };
  }, []);
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
        </ul>
      </nav>
      <p role="status" class=${live.isConnected ? 'quiet' : 'fault'}>
        ${live.isConnected ? 'Connected' : 'The local stack does not answer. Is npm start running?'}
      </p>
    </header>
    <div class="layout">
      <aside aria-label="Controls"></aside>
      <main>${views[view].show(live)}</main>
    </div>
  `;
}

render(html`<${App} />`, document.body);
