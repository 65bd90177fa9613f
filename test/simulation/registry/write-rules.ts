import { timeOf, type HistoryRecord } from '../history.ts';
import type { Rules } from '../rules/rules.ts';
import { promptMs, type RegistryRuleContext } from './context.ts';
import type { Request } from './facts.ts';
import { markMs, stateOf, statesSince, type Pair, type State } from './mirror.ts';

/** A pruner decides, and then removes the device. */
const removingMs = 10_000;

/**
 * Rules of what is written to the registry, and taken from it.
 * @param unchangedAt when the last report of a pair came that was answered as unchanged.
 */
export function createWriteRules(context: RegistryRuleContext, unchangedAt: ReadonlyMap<Pair, number>) {
  const { registry, violate, devicesPerAccount, skewMs } = context;
  const { mirror, requests, batches } = registry;
  const counts = { written: 0, displaced: 0, pruned: 0, prunedInItsMinute: 0 };

  /** The request of a write, if it may write this. */
  const requestOf = ({ a: device, b: account, c }: HistoryRecord, mayWrite: readonly Request['kind'][]) => {
    const request = requests.get(c);
    const isIts = request?.device === device && request.account === account && mayWrite.includes(request.kind);
    return isIts ? request : undefined;
  };
  const checkPrune = (pair: Pair, { ms }: State, invocation: number, at: number) => {
    counts.pruned += 1;
    const told = (batches.get(invocation)?.events ?? []).filter(({ device }) => device === pair.device);
    const confirmed = told.filter(({ isConfirmed }) => isConfirmed);
    const [event] = confirmed.toSorted((a, b) => b.storedAt - a.storedAt);
    const unchanged = unchangedAt.get(pair) ?? -1;
    if (told.length === 0) violate('a device is pruned that no event names', pair);
    else if (event === undefined) violate('a device is pruned without a confirmed event', pair);
    else if (ms > event.storedAt + skewMs) {
      violate('a device that has reported since is pruned', pair, wordsOf(event.storedAt, ms));
    } else if (unchanged > event.storedAt + skewMs) {
      if (at - event.storedAt > promptMs + removingMs + skewMs) {
        violate('a device that has perhaps reported since is pruned', pair, wordsOf(event.storedAt, unchanged));
      } else counts.prunedInItsMinute += 1;
    }
  };
  const checkDisplacement = (pair: Pair, { ms }: State, request: Request) => {
    counts.displaced += 1;
    const newer = mirror
      .ofAccount(pair.account)
      .filter((other) => other !== pair)
      .filter((other) => statesSince(other, request.at).some((state) => state.kind === 'device' && state.ms >= ms));
    if (newer.length < devicesPerAccount) {
      violate('a device is displaced that is not the oldest of a full account', pair);
    }
  };

  const rules: Rules = {
    on: {
      registered(record) {
        const { a, b, d: ms, at } = record;
        const pair = mirror.pairOf(a, b);
        const request = requestOf(record, ['report']);
        const before = stateOf(pair);
        counts.written += 1;
        if (request === undefined) violate('the registry gets a device that nobody reported', pair);
        else if (request.at !== ms) violate('a report is registered with a wrong time', pair);
        if (before.kind === 'device' && before.ms > ms) violate('an older report replaces a newer one', pair);
        const isMarked = before.kind === 'removed' && at < before.ms + markMs && before.ms >= ms;
        // Unless a newer report has brought it back before.
        const isRemoved = pair.removedAt >= ms && at < pair.removedAt + markMs && pair.lastSeenMs <= pair.removedAt;
        if (isMarked || isRemoved) violate('a late report brings back a removed device', pair);
      },
      marked(record) {
        const { a, b, d: ms } = record;
        const pair = mirror.pairOf(a, b);
        const request = requestOf(record, ['removal', 'removal by selector']);
        const before = stateOf(pair);
        if (request === undefined) violate('a device is removed that no app has removed', pair);
        else if (request.at !== ms) violate('a removal is marked with a wrong time', pair);
        if (before.kind === 'device' && before.ms > ms) {
          violate('a removal takes a device that has reported since', pair);
        }
      },
      erased({ a, b, c: task, at }) {
        const pair = mirror.pairOf(a, b);
        const before = stateOf(pair);
        const request = requests.get(task);
        if (before.kind === 'removed') violate('the mark of a removal is deleted', pair);
        else if (request === undefined) checkPrune(pair, before, task, at);
        else if (request.kind === 'report') checkDisplacement(pair, before, request);
        else if (mirror.marks(pair.account, at) < devicesPerAccount) violate('a removal leaves no mark', pair);
      },
    },
  };
  return { rules, counts };
}

function wordsOf(storedAt: number, reportedAt: number): string {
  return `its push is of ${timeOf(storedAt)}, its last report of ${timeOf(reportedAt)}`;
}
