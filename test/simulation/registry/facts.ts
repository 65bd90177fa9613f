import type { HistoryRecord } from '../history.ts';
import { kinds } from '../history.ts';
import type { Facts } from '../rules/facts.ts';
import { decodeRequest, type AppRequest } from './app-request.ts';
import { createMirror, type Pair } from './mirror.ts';

export interface Request extends Omit<AppRequest, 'number'> {
  /** When the API got it. */
  readonly at: number;
  hasWritten: boolean;
  /** Whether another request of its account was under way meanwhile. */
  isShared: boolean;
}

/** An event of a push that is given up, on the queue `prunes`. */
export interface Event {
  readonly device: number;
  readonly isConfirmed: boolean;
  /** The push was accepted between these two moments. */
  readonly sentAt: number;
  readonly storedAt: number;
}

/** The events that one invocation of the pruner got. */
export interface Batch {
  readonly at: number;
  readonly events: Event[];
}

/** What the history has told of apps, the registry and its events, without a judgement. */
export type RegistryFacts = ReturnType<typeof createRegistryFacts>;

export function createRegistryFacts({ pushes, messages }: Facts, deviceOfPush: (push: number) => number) {
  const mirror = createMirror();
  const requests = new Map<number, Request>();
  const underWay = new Map<number, Set<Request>>();
  const events = new Map<number, Event>();
  const batches = new Map<number, Batch>();
  /** When a device died that is still dead. */
  const diedAt = new Map<number, number>();
  /** The pushes of such a device that were sent since, and refused. */
  const refused = new Map<number, Set<number>>();
  const facts = {
    ...{ mirror, requests, events, batches, diedAt, refused },
    eventsWaiting: 0,
    pairOf: ({ device, account }: Request): Pair => mirror.pairOf(device, account),

    /** Takes in a record, after the rules have judged it. */
    learn({ kind, at, a, b, c, d }: HistoryRecord) {
      switch (kind) {
        case kinds.requested: {
          const request = { ...decodeRequest(d), device: b, account: c, at, hasWritten: false, isShared: false };
          requests.set(a, request);
          if (request.kind === 'forged report') break;
          const others = underWay.get(c) ?? new Set();
          for (const one of [...others, request]) one.isShared ||= others.size > 0;
          underWay.set(c, others.add(request));
          break;
        }
        case kinds.replied: {
          const request = requests.get(a);
          if (request) underWay.get(request.account)?.delete(request);
          break;
        }
        case kinds.registered:
        case kinds.marked: {
          const request = requests.get(c);
          if (request) request.hasWritten = true;
          const state = kind === kinds.registered ? 'device' : 'removed';
          mirror.write(mirror.pairOf(a, b), { kind: state, since: at, ms: d, by: c });
          break;
        }
        case kinds.erased:
          mirror.write(mirror.pairOf(a, b), { kind: 'none', since: at, ms: -1, by: c });
          break;
        case kinds.eventQueued: {
          facts.eventsWaiting += 1;
          const push = messages.push.get(b);
          const accepted = { sentAt: pushes.sentAt.get(push), storedAt: messages.storedAt.get(b) };
          events.set(a, { device: deviceOfPush(push), isConfirmed: c === 1, ...accepted });
          break;
        }
        case kinds.eventReceived: {
          const event = events.get(a);
          const batch = batches.get(b) ?? { at, events: [] };
          batches.set(b, batch);
          if (event) batch.events.push(event);
          break;
        }
        case kinds.eventSettled:
          facts.eventsWaiting -= 1;
          break;
        case kinds.answered: {
          const device = deviceOfPush(a);
          if (c !== 404 || (diedAt.get(device) ?? Infinity) >= pushes.sentAt.get(a)) break;
          refused.set(device, (refused.get(device) ?? new Set()).add(a));
          break;
        }
        case kinds.deviceDied:
          diedAt.set(a, at);
          break;
        case kinds.deviceCameBack:
          diedAt.delete(a);
          refused.delete(a);
          break;
        default:
      }
    },
  };
  return facts;
}
