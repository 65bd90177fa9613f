import type { ShownPush } from '../../sandbox/api.ts';

/** The facets of a push that the list can be filtered by. */
const facets = ['verb', 'AppId', 'state', 'outcome'] as const;
export type Facet = (typeof facets)[number];

/** Which pushes the list shows. A facet that is empty or absent does not filter. */
export type PushFilter = Readonly<Partial<Record<Facet | 'text', string>>>;

export interface FilteredPushes {
  readonly rows: readonly ShownPush[];
  /** For each value of a facet, the number of pushes that the list would show with it in the filter. */
  readonly counts: Readonly<Record<Facet, ReadonlyMap<string, number>>>;
}

/** The value of a parameter of a push. */
export function valueOf({ parameters }: ShownPush, name: string): string {
  return parameters.find(([one]) => one === name)?.[1] ?? '';
}

/** How often a push was attempted. */
export function attemptsOf({ attempts, olderAttempts }: ShownPush): number {
  return attempts.length + olderAttempts;
}

/** Why a push was given up. One that was posted to the gateway directly has no reason but the answer that it got. */
export function reasonOf({ reason, source, attempts }: ShownPush): string {
  if (source !== 'gateway') return reason ?? '';
  const status = attempts.at(-1)?.status;
  return status === undefined || status === null ? 'no answer' : `answered ${String(status)}`;
}

const facetOf: Readonly<Record<Facet, (push: ShownPush) => string>> = {
  verb: (push) => valueOf(push, 'verb'),
  AppId: (push) => valueOf(push, 'AppId'),
  state: ({ state }) => state,
  outcome: ({ attempts }) => attempts.at(-1)?.outcome ?? '',
};

/** The pushes that match, with what the facets would show. */
export function filterPushes(pushes: readonly ShownPush[], filter: PushFilter): FilteredPushes {
  const text = filter.text?.trim().toLowerCase() ?? '';
  const counts: Readonly<Record<Facet, Map<string, number>>> = {
    ...{ verb: new Map(), AppId: new Map(), state: new Map(), outcome: new Map() },
  };
  const count = (facet: Facet, value: string) => counts[facet].set(value, (counts[facet].get(value) ?? 0) + 1);
  const rows: ShownPush[] = [];
  for (const push of pushes) {
    if (text !== '' && !textOf(push).includes(text)) continue;
    const values = facets.map((facet) => ({ facet, value: facetOf[facet](push) }));
    const misses = values.filter(({ facet, value }) => filter[facet] && filter[facet] !== value);
    if (misses.length === 0) rows.push(push);
    for (const { facet, value } of misses.length === 0 ? values : misses.length === 1 ? misses : [])
      count(facet, value);
  }
  return { rows, counts };
}

/** A push that changes is another object, so that its text is put together once. */
const texts = new WeakMap<ShownPush, string>();

/** Everything in a push that somebody may look for, in lower case. */
function textOf(push: ShownPush): string {
  const known = texts.get(push);
  if (known !== undefined) return known;
  const { id, device, client, sweep, fault, state, words, parameters } = push;
  const reason = state === 'given-up' ? reasonOf(push) : undefined;
  const parts = [id, device, client, sweep?.plan, sweep?.run, fault, reason, words, ...parameters.flat()];
  const text = parts
    .filter((part) => part !== undefined)
    .join('\n')
    .toLowerCase();
  texts.set(push, text);
  return text;
}

/** A filter as a query, and back. */
export function queryOf(filter: PushFilter): string {
  const query = new URLSearchParams();
  for (const name of [...facets, 'text'] as const) if (filter[name]) query.set(name, filter[name]);
  return query.toString();
}

export function filterOf(query: string): PushFilter {
  const values = new URLSearchParams(query);
  return Object.fromEntries([...facets, 'text'].map((name) => [name, values.get(name) ?? '']));
}
