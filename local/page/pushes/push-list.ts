import { html } from 'htm/preact';
import { useEffect, useLayoutEffect, useMemo, useRef, useState } from 'preact/hooks';
import type { ShownPush } from '../../sandbox/api.ts';
import { addressOf, fragmentOf, type Address } from '../address.ts';
import type { LiveState } from '../live.ts';
import {
  attemptsOf,
  filterOf,
  filterPushes,
  queryOf,
  reasonOf,
  valueOf,
  type Facet,
  type PushFilter,
} from './push-filter.ts';
import { countWords, dueWords, numberWords, states, spanWords, stateWords, timeWords, useNow } from '../words.ts';

/** Rows that are there above and below those that can be seen. */
const spareRows = 12;

/** The pushes, newest first. Only the rows that can be seen exist, so that thousands scroll as a few do. */
export function PushList({ live: { pushes, kept, dropped }, address }: { live: LiveState; address: Address }) {
  const [filter, setFilter] = useState(() => filterOf(address.filter));
  const query = queryOf(filter);
  useEffect(() => {
    setFilter(filterOf(address.filter));
  }, [address.filter]);
  useEffect(() => {
    const fragment = fragmentOf({ ...address, view: 'pushes', filter: query });
    // Not `address`: it does not know what was replaced before.
    if (query !== addressOf(location.hash).filter) history.replaceState(null, '', fragment);
  }, [query]);
  const { rows, counts } = useMemo(() => filterPushes(pushes, filter), [pushes, filter]);
  const change = (changed: PushFilter) => {
    setFilter((before) => ({ ...before, ...changed }));
  };
  return html`
    <section class="card push-list" aria-labelledby="pushes-title">
      <div class="row">
        <h2 id="pushes-title">Pushes</h2>
        <p class="quiet push-list-count">
          ${query !== '' && `${numberWords(rows.length)} of `}${countWords(pushes.length, 'push', 'pushes')}
          ${dropped > 0 && html`, the newest ${numberWords(kept)}: ${countWords(dropped, 'older one was', 'older ones were')} dropped`}
        </p>
      </div>
      <${Filter} filter=${filter} counts=${counts} change=${change} />
      <${Rows} key=${query} pushes=${pushes} rows=${rows} opened=${address.id} filter=${query} />
    </section>
  `;
}

interface FilterProps {
  readonly filter: PushFilter;
  readonly counts: Readonly<Record<Facet, ReadonlyMap<string, number>>>;
  readonly change: (changed: PushFilter) => void;
}

function Filter({ filter, counts, change }: FilterProps) {
  const select = (facet: Facet, label: string) => {
    // The chosen value stays, also when no push has it any more.
    const values = new Set([...counts[facet].keys(), filter[facet] ?? '']);
    values.delete('');
    return html`
      <label>
        <span class="quiet">${label}</span>
        <select
          value=${filter[facet]}
          onChange=${(event: Event) => {
            change({ [facet]: inputOf(event) });
          }}
        >
          <option value="">any</option>
          ${[...values]
            .sort()
            .map(
              (value) => html`<option value=${value}>${value} (${numberWords(counts[facet].get(value) ?? 0)})</option>`,
            )}
        </select>
      </label>
    `;
  };
  const state = (value: string, words: string, count: number) => html`
    <button
      type="button"
      class="state"
      data-state=${value}
      aria-pressed=${(filter.state ?? '') === value}
      onClick=${() => {
        change({ state: value });
      }}
    >
      ${words} <span class="number">${numberWords(count)}</span>
    </button>
  `;
  const all = [...counts.state.values()].reduce((sum, count) => sum + count, 0);
  return html`
    <div role="search" aria-label="Filter of the pushes" class="push-filter">
      <div role="group" aria-label="State" class="states">
        ${state('', 'all', all)} ${states.map((value) => state(value, stateWords[value], counts.state.get(value) ?? 0))}
      </div>
      <div class="fields">
        ${select('verb', 'Verb')} ${select('AppId', 'AppId')} ${select('outcome', 'Last outcome')}
        <label>
          <span class="quiet">Text</span>
          <input
            type="search"
            placeholder="id, token, message, reason …"
            value=${filter.text}
            onInput=${(event: Event) => {
              change({ text: inputOf(event) });
            }}
          />
        </label>
      </div>
    </div>
  `;
}

function inputOf({ currentTarget }: Event): string {
  return currentTarget instanceof HTMLInputElement || currentTarget instanceof HTMLSelectElement
    ? currentTarget.value
    : '';
}

interface RowsProps {
  /** All pushes that there are. */
  readonly pushes: readonly ShownPush[];
  /** Those that the filter leaves. */
  readonly rows: readonly ShownPush[];
  /** The id of the push that is open. */
  readonly opened: string;
  readonly filter: string;
}

/**
 * While somebody reads below the top, or is among the rows with the keyboard, newer pushes are held back and counted on
 * a button: nothing moves what they read.
 */
function Rows({ pushes, rows, opened, filter }: RowsProps) {
  const scroller = useRef<HTMLDivElement>(null);
  const [view, setView] = useState({ top: 0, height: 800, rowHeight: 36, headHeight: 32 });
  /** The newest push when somebody left the top. */
  const [heldAt, setHeldAt] = useState<string>();
  /** The row that the Tab key reaches. */
  const [current, setCurrent] = useState<string>();
  const focusing = useRef<string | undefined>(undefined);

  const newer = heldAt === undefined ? 0 : newerRows(pushes, rows, heldAt);
  const shown = useMemo(() => (newer === 0 ? rows : rows.slice(newer)), [rows, newer]);
  const first = Math.max(0, Math.floor(view.top / view.rowHeight) - spareRows);
  const last = Math.min(shown.length, Math.ceil((view.top + view.height) / view.rowHeight) + spareRows);
  const currentIndex = Math.max(
    0,
    shown.findIndex(({ id }) => id === current),
  );
  const indexes = Array.from({ length: Math.max(0, last - first) }, (_, offset) => first + offset);
  if (shown.length > 0 && (currentIndex < first || currentIndex >= last)) indexes.push(currentIndex);
  const nowMs = useNow(indexes.some((index) => shown[index]?.nextAttemptAt !== undefined));

  const hold = () => {
    setHeldAt((before) => before ?? pushes[0]?.id);
  };
  const measure = () => {
    const element = scroller.current;
    const heightOf = (selector: string) => element?.querySelector(selector)?.getBoundingClientRect().height;
    if (!element) return;
    setView((before) => ({
      ...{ top: element.scrollTop, height: element.clientHeight },
      rowHeight: heightOf('tbody tr') ?? before.rowHeight,
      headHeight: heightOf('thead') ?? before.headHeight,
    }));
  };
  useLayoutEffect(() => {
    const observer = new ResizeObserver(measure);
    if (scroller.current) observer.observe(scroller.current);
    return () => {
      observer.disconnect();
    };
  }, [shown.length > 0]);

  // A row that leaves the filter must not move those below it.
  const anchor = useRef<{ id: string | undefined; index: number }>({ id: undefined, index: 0 });
  useLayoutEffect(() => {
    const element = scroller.current;
    if (!element || element.scrollTop === 0) return;
    const { id, index } = anchor.current;
    const moved = id === undefined ? -1 : shown.findIndex((push) => push.id === id);
    if (moved !== -1 && moved !== index) element.scrollTop += (moved - index) * view.rowHeight;
  }, [shown]);
  useLayoutEffect(() => {
    const index = Math.floor((scroller.current?.scrollTop ?? 0) / view.rowHeight);
    anchor.current = { id: shown[index]?.id, index };
  });

  useLayoutEffect(() => {
    const id = focusing.current;
    const link =
      id === undefined ? null : scroller.current?.querySelector<HTMLElement>(`a[data-id="${CSS.escape(id)}"]`);
    if (!link) return;
    focusing.current = undefined;
    link.focus({ preventScroll: true });
  });

  const goTo = (index: number) => {
    const [element, push] = [scroller.current, shown[index]];
    if (!element || push === undefined) return;
    const [top, bottom] = [index * view.rowHeight, (index + 1) * view.rowHeight + view.headHeight];
    if (top < element.scrollTop) element.scrollTop = top;
    else if (bottom > element.scrollTop + element.clientHeight) element.scrollTop = bottom - element.clientHeight;
    focusing.current = push.id;
    setCurrent(push.id);
  };
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.altKey || event.ctrlKey || event.metaKey) return;
    const page = Math.max(1, Math.floor((view.height - view.headHeight) / view.rowHeight) - 1);
    const index = targetOf(event.key, currentIndex, page, shown.length - 1);
    if (index === undefined) return;
    event.preventDefault();
    goTo(index);
  };
  const onScroll = () => {
    measure();
    if (scroller.current?.scrollTop !== 0) hold();
    else if (!scroller.current.contains(document.activeElement)) setHeldAt(undefined);
  };
  const onFocusIn = ({ target }: FocusEvent) => {
    if (target instanceof HTMLElement && target.dataset['id'] !== undefined) setCurrent(target.dataset['id']);
    hold();
  };
  const onFocusOut = ({ relatedTarget }: FocusEvent) => {
    const isInside = relatedTarget instanceof Node && scroller.current?.contains(relatedTarget);
    if (!isInside && scroller.current?.scrollTop === 0) setHeldAt(undefined);
  };
  const showNewer = () => {
    if (scroller.current) scroller.current.scrollTop = 0;
    setHeldAt(undefined);
    focusing.current = rows[0]?.id;
    setCurrent(rows[0]?.id);
  };

  if (rows.length === 0) {
    return html`<p class="quiet push-list-empty">
      ${pushes.length === 0 ? 'No pushes yet. Send one, and it appears here.' : 'No push matches the filter.'}
    </p>`;
  }
  return html`
    <div class="push-rows">
      ${newer > 0 && html`<button type="button" class="primary newer" onClick=${showNewer}>${numberWords(newer)} new</button>`}
      <div class="scroller" ref=${scroller} onScroll=${onScroll}>
        <table aria-rowcount=${shown.length + 1} aria-labelledby="pushes-title" aria-describedby="pushes-keys">
          <thead>
            <tr aria-rowindex="1">
              <th scope="col">Accepted</th>
              <th scope="col">Verb</th>
              <th scope="col">AppId</th>
              <th scope="col">Message</th>
              <th scope="col">Attempts</th>
              <th scope="col">State</th>
            </tr>
          </thead>
          <tbody
            style=${{ height: `${String(shown.length * view.rowHeight)}px` }}
            onKeyDown=${onKeyDown}
            onFocusIn=${onFocusIn}
            onFocusOut=${onFocusOut}
          >
            ${indexes.map((index) => {
              const push = shown[index];
              return (
                push &&
                html`<${Row}
                  key=${push.id}
                  push=${push}
                  index=${index}
                  rowHeight=${view.rowHeight}
                  href=${fragmentOf({ view: 'pushes', id: push.id, filter })}
                  isOpen=${push.id === opened}
                  isCurrent=${index === currentIndex}
                  nowMs=${nowMs}
                />`
              );
            })}
          </tbody>
        </table>
      </div>
      <p id="pushes-keys" class="visually-hidden">Up and Down go from push to push, Enter opens one.</p>
    </div>
  `;
}

interface RowProps {
  readonly push: ShownPush;
  readonly index: number;
  readonly rowHeight: number;
  readonly href: string;
  readonly isOpen: boolean;
  readonly isCurrent: boolean;
  readonly nowMs: number;
}

function Row({ push, index, rowHeight, href, isOpen, isCurrent, nowMs }: RowProps) {
  const { id, acceptedAt, state } = push;
  const [verb, appId] = [valueOf(push, 'verb') || (push.fault ?? ''), valueOf(push, 'AppId')];
  const attempts = attemptsOf(push);
  const detail = detailOf(push, nowMs);
  return html`
    <tr
      aria-rowindex=${index + 2}
      class=${isOpen ? 'open' : undefined}
      style=${{ transform: `translateY(${String(index * rowHeight)}px)` }}
    >
      <td class="time">
        <a
          href=${href}
          data-id=${id}
          tabindex=${isCurrent ? 0 : -1}
          aria-current=${isOpen ? 'true' : undefined}
          aria-label=${`${timeWords(acceptedAt)}, ${verb}, ${stateWords[state]} ${detail}`}
          ><time datetime=${acceptedAt}>${timeWords(acceptedAt)}</time></a
        >
      </td>
      <td class="verb">${verb}</td>
      <td class="app quiet">${appId}</td>
      <td class="message" dir="auto">${valueOf(push, 'Message')}</td>
      <td class="attempts quiet" aria-label=${countWords(attempts, 'attempt', 'attempts')}>
        ${attempts > 0 && `${numberWords(attempts)}×`}
      </td>
      <td class="result">
        <span class="badge" data-state=${state}>${stateWords[state]}</span> <span class="quiet">${detail}</span>
      </td>
    </tr>
  `;
}

/** What a row says beside the state. */
function detailOf(push: ShownPush, nowMs: number): string {
  const { state, attempts, nextAttemptAt, acceptedAt, endedAt } = push;
  switch (state) {
    case 'waiting':
    case 'retrying': {
      const status = attempts.at(-1)?.status;
      const due = nextAttemptAt === undefined ? undefined : dueWords(nextAttemptAt, nowMs);
      return [status, due].filter((part) => part !== undefined && part !== null).join(', ');
    }
    case 'delivered':
      return endedAt === undefined ? '' : `after ${spanWords(Date.parse(endedAt) - Date.parse(acceptedAt))}`;
    case 'given-up':
      return reasonOf(push);
    case 'attempting':
      return '';
    default:
      return state satisfies never;
  }
}

/** How many rows are newer than a push. The rows are in the order of the pushes. */
function newerRows(pushes: readonly ShownPush[], rows: readonly ShownPush[], heldAt: string): number {
  let count = 0;
  for (const push of pushes) {
    if (push.id === heldAt) return count;
    if (push === rows[count]) count += 1;
  }
  // The sandbox has dropped it, and what was read with it.
  return 0;
}

/** The row that a key leads to. */
function targetOf(key: string, index: number, page: number, last: number): number | undefined {
  const steps: Readonly<Record<string, number>> = {
    ...{ ArrowDown: 1, ArrowUp: -1, PageDown: page, PageUp: -page, Home: -Infinity, End: Infinity },
  };
  const step = Object.hasOwn(steps, key) ? steps[key] : undefined;
  return step === undefined ? undefined : Math.min(last, Math.max(0, index + step));
}
