import { createColumn } from '../columns.ts';
import { kinds, type History } from '../history.ts';
import { requestKinds, results, type AppRequest } from './app-request.ts';
import { createMirror, markMs, stateOf, statesSince, type Pair, type State } from './mirror.ts';

/** What the checker gets of a run with a registry besides the history. */
export interface RegistryEvidence {
  readonly deviceOfPush: (push: number) => number;
  readonly devicesPerAccount: number;
  /** Whether nothing dies, and each call to a service has its effect, once, and its answer. */
  readonly isSound: boolean;
}

/** What became of the devices of a run. */
export interface RegistryAccount {
  readonly reports: number;
  /** Reports and removals without an answer, or with another one than 200. */
  readonly requestsFailed: number;
  readonly removals: number;
  /** Reports that were written. */
  readonly written: number;
  readonly unchanged: number;
  readonly outdated: number;
  readonly displaced: number;
  readonly pruned: number;
  /** Events after which a device stayed in the registry. */
  readonly kept: number;
  /** Devices that were pruned although they had reported unchanged since the push, within its first minute. */
  readonly prunedInItsMinute: number;
  /** Devices of accounts at the end. */
  readonly registered: number;
  /** Of these: the gateway does not know them. */
  readonly deadLeft: number;
  /** Of these: the gateway has refused so many of their pushes that they should be gone. */
  readonly deadForLong: number;
  readonly accountsOverfull: number;
  readonly violations: Readonly<Record<string, number>>;
}

interface Request extends Omit<AppRequest, 'number'> {
  readonly at: number;
  hasWritten: boolean;
  /** Whether another request of its account was under way meanwhile. */
  isShared: boolean;
}

interface Event {
  readonly device: number;
  readonly isConfirmed: boolean;
  /** The push was accepted between these two moments. */
  readonly sentAt: number;
  readonly storedAt: number;
}

const dayMs = 86_400_000;
/** Within this time after its acceptance, the verdict of a push is believed. */
const promptMs = 60_000;
/** A pruner decides, and then removes the device. */
const removingMs = 10_000;
/** An index is at most a second behind its table. */
const indexLagMs = 2000;
/** Refusals after which a dead device should be gone. */
const enoughRefusals = 4;

/** Says whether the registry has what apps have reported, and nothing else. */
export function checkRegistry(history: History, evidence: RegistryEvidence, skewMs: number): RegistryAccount {
  const { deviceOfPush, devicesPerAccount, isSound } = evidence;
  const violations: Record<string, number> = {};
  const violate = (what: string) => {
    violations[what] = (violations[what] ?? 0) + 1;
  };
  const counts = {
    ...{ reports: 0, requestsFailed: 0, removals: 0, written: 0, unchanged: 0, outdated: 0 },
    ...{ displaced: 0, pruned: 0, kept: 0, prunedInItsMinute: 0 },
  };
  const mirror = createMirror();
  const requests = new Map<number, Request>();
  const underWay = new Map<number, Set<Request>>();
  /** The last report of a pair that was answered as unchanged. */
  const unchangedAt = new Map<Pair, number>();
  const sentAt = createColumn(-1);
  const pushOfMessage = createColumn(-1);
  const storedAt = createColumn(-1);
  const events = new Map<number, Event>();
  const batches = new Map<number, { readonly at: number; readonly events: Event[] }>();
  const diedAt = new Map<number, number>();
  const refused = new Map<number, Set<number>>();
  let eventsWaiting = 0;

  // Requests

  const open = (request: Request) => {
    const others = underWay.get(request.account) ?? new Set();
    for (const other of [...others, request]) other.isShared ||= others.size > 0;
    underWay.set(request.account, others.add(request));
  };
  const checkReport = (request: Request, result: string | undefined, status: number, at: number) => {
    const pair = mirror.pairOf(request.device, request.account);
    const had = (fits: (state: State) => boolean) => statesSince(pair, request.at).some(fits);
    if (status === 401) violate('a report with a valid signature is refused');
    if (result === 'registered' && !request.hasWritten) violate('a report is answered before the registry has it');
    if (result === 'unchanged') {
      counts.unchanged += 1;
      unchangedAt.set(pair, request.at);
      const isThere = had(
        ({ kind, ms, by }) =>
          kind === 'device' && request.at - ms < dayMs && requests.get(by)?.version === request.version,
      );
      if (!isThere) violate('a report is called unchanged, but the registry has something else');
    }
    if (result === 'outdated') {
      counts.outdated += 1;
      const isNewer = had(({ kind, ms }) => (kind === 'device' ? ms > request.at : ms >= request.at));
      if (!isNewer) violate('a report is called outdated, but the registry has nothing newer');
    }
    const isTooFull = mirror.registered(request.account) > devicesPerAccount;
    if (status === 200 && !request.isShared && isTooFull) violate('an account has more devices than its limit');
    if (result === 'registered' && at - request.at > promptMs) violate('a report takes longer than the API waits');
  };
  const checkRemoval = (request: Request, at: number) => {
    const pair = mirror.pairOf(request.device, request.account);
    const states = statesSince(pair, request.at);
    if (states.every(({ kind, ms }) => kind === 'device' && ms <= request.at)) {
      violate('a removal is answered, but the device stays');
    }
    const canMark = mirror.marks(request.account, at) < devicesPerAccount;
    // Without its token, the registry finds only a device that it has.
    if (request.hasWritten || (request.kind === 'removal' && canMark)) {
      pair.removedAt = Math.max(pair.removedAt, request.at);
    }
  };
  const close = (request: Request, result: string | undefined, status: number, at: number) => {
    underWay.get(request.account)?.delete(request);
    const isForged = request.kind === 'forged report';
    if (isForged && status === 200) violate('a report with a wrong signature is taken');
    if (isForged) return;
    if (status !== 200) counts.requestsFailed += 1;
    if (![0, 200, 401, 503].includes(status)) violate(`a request of an app is answered with ${String(status)}`);
    if (isSound && status !== 200) violate('a request of an app fails although everything works');
    if (request.kind === 'report') checkReport(request, result, status, at);
    else if (status === 200) checkRemoval(request, at);
  };

  // Writes

  const onRegistered = (pair: Pair, task: number, ms: number, at: number) => {
    const request = requests.get(task);
    const before = stateOf(pair);
    counts.written += 1;
    if (request?.kind !== 'report' || request.device !== pair.device || request.account !== pair.account) {
      violate('the registry gets a device that nobody reported');
    } else {
      request.hasWritten = true;
      if (request.at !== ms) violate('a report is registered with a wrong time');
    }
    const isMarked = before.kind === 'removed' && at < before.ms + markMs && before.ms >= ms;
    const isRemoved = pair.removedAt >= ms && at < pair.removedAt + markMs;
    if (before.kind === 'device' && before.ms > ms) violate('an older report replaces a newer one');
    if (isMarked || isRemoved) violate('a late report brings back a removed device');
    mirror.write(pair, { kind: 'device', since: at, ms, by: task });
  };
  const onMarked = (pair: Pair, task: number, ms: number, at: number) => {
    const request = requests.get(task);
    const before = stateOf(pair);
    const isAsked = request?.kind === 'removal' || request?.kind === 'removal by selector';
    if (request === undefined || !isAsked || request.device !== pair.device || request.account !== pair.account) {
      violate('a device is removed that no app has removed');
    } else {
      request.hasWritten = true;
      if (request.at !== ms) violate('a removal is marked with a wrong time');
    }
    if (before.kind === 'device' && before.ms > ms) violate('a removal takes a device that has reported since');
    mirror.write(pair, { kind: 'removed', since: at, ms, by: task });
  };
  const onErased = (pair: Pair, task: number, at: number) => {
    const before = stateOf(pair);
    const request = requests.get(task);
    if (before.kind === 'removed') violate('the mark of a removal is deleted');
    else if (request === undefined) checkPrune(pair, before, task, at);
    else if (request.kind === 'report') checkDisplacement(pair, before, request);
    else if (mirror.marks(pair.account, at) < devicesPerAccount) violate('a removal leaves no mark');
    mirror.write(pair, { kind: 'none', since: at, ms: -1, by: task });
  };
  const checkPrune = (pair: Pair, { ms }: State, invocation: number, at: number) => {
    counts.pruned += 1;
    const told = (batches.get(invocation)?.events ?? []).filter(({ device }) => device === pair.device);
    const confirmed = told.filter(({ isConfirmed }) => isConfirmed);
    const [event] = confirmed.toSorted((a, b) => b.storedAt - a.storedAt);
    if (told.length === 0) violate('a device is pruned that no event names');
    else if (event === undefined) violate('a device is pruned without a confirmed event');
    else if (ms > event.storedAt + skewMs) violate('a device that has reported since is pruned');
    else if ((unchangedAt.get(pair) ?? -1) > event.storedAt + skewMs) {
      if (at - event.storedAt > promptMs + removingMs + skewMs) {
        violate('a device that has perhaps reported since is pruned');
      } else counts.prunedInItsMinute += 1;
    }
  };
  const checkDisplacement = (pair: Pair, { ms }: State, request: Request) => {
    counts.displaced += 1;
    const newer = mirror
      .ofAccount(pair.account)
      .filter((other) => other !== pair)
      .filter((other) => statesSince(other, request.at).some((state) => state.kind === 'device' && state.ms >= ms));
    if (newer.length < devicesPerAccount) violate('a device is displaced that is not the oldest of a full account');
  };

  // Events

  const onSettled = (event: Event, receivedAt: number, at: number) => {
    const registered = mirror.ofDevice(event.device).filter((pair) => stateOf(pair).kind === 'device');
    if (registered.length > 0) counts.kept += 1;
    for (const pair of registered) {
      const { ms } = stateOf(pair);
      const wasThere = pair.registeredSince < receivedAt - indexLagMs;
      const isOlder = ms <= event.sentAt - skewMs;
      const isClear = event.sentAt - ms >= dayMs + skewMs || at - event.sentAt <= promptMs - skewMs;
      if (event.isConfirmed && wasThere && isOlder && isClear) violate('an event is settled, but its device stays');
    }
  };

  history.each(({ kind, at, a, b, c, d }) => {
    switch (kind) {
      case kinds.sent:
        sentAt.set(a, at);
        break;
      case kinds.stored:
        pushOfMessage.set(a, b);
        storedAt.set(a, at);
        break;
      case kinds.answered: {
        const device = deviceOfPush(a);
        if (c === 404 && (diedAt.get(device) ?? Infinity) < sentAt.get(a)) {
          refused.set(device, (refused.get(device) ?? new Set()).add(a));
        }
        break;
      }
      case kinds.deviceDied:
        diedAt.set(a, at);
        break;
      case kinds.deviceCameBack:
        diedAt.delete(a);
        refused.delete(a);
        break;
      case kinds.requested: {
        const requestKind = requestKinds[d % requestKinds.length] ?? 'forged report';
        const version = Math.floor(d / requestKinds.length);
        const request = { kind: requestKind, device: b, account: c, version, at, hasWritten: false, isShared: false };
        requests.set(a, request);
        if (requestKind === 'forged report') break;
        counts[requestKind === 'report' ? 'reports' : 'removals'] += 1;
        open(request);
        break;
      }
      case kinds.replied: {
        const request = requests.get(a);
        if (request) close(request, results[b], c, at);
        break;
      }
      case kinds.registered:
        onRegistered(mirror.pairOf(a, b), c, d, at);
        break;
      case kinds.marked:
        onMarked(mirror.pairOf(a, b), c, d, at);
        break;
      case kinds.erased:
        onErased(mirror.pairOf(a, b), c, at);
        break;
      case kinds.eventQueued: {
        eventsWaiting += 1;
        const push = pushOfMessage.get(b);
        const device = deviceOfPush(push);
        events.set(a, { device, isConfirmed: c === 1, sentAt: sentAt.get(push), storedAt: storedAt.get(b) });
        break;
      }
      case kinds.eventReceived: {
        const event = events.get(a);
        const batch = batches.get(b) ?? { at, events: [] };
        batches.set(b, batch);
        if (event) batch.events.push(event);
        break;
      }
      case kinds.eventSettled: {
        const event = events.get(a);
        eventsWaiting -= 1;
        if (event) onSettled(event, batches.get(b)?.at ?? at, at);
        break;
      }
      default:
    }
  });

  if (eventsWaiting > 0) violate('an event of an unregistered device still waits at the end');
  const registered = [...mirror.all()].filter((pair) => stateOf(pair).kind === 'device');
  const dead = registered.filter(({ device }) => diedAt.has(device));
  const accounts = new Set(registered.map(({ account }) => account));
  return {
    ...counts,
    registered: registered.length,
    deadLeft: dead.length,
    deadForLong: dead.filter(({ device }) => (refused.get(device)?.size ?? 0) >= enoughRefusals).length,
    accountsOverfull: [...accounts].filter((account) => mirror.registered(account) > devicesPerAccount).length,
    violations,
  };
}
