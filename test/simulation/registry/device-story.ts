import { kinds, timeOf, type History, type HistoryRecord } from '../history.ts';
import { shorten } from '../report/story.ts';
import { decodeRequest, firstPrune, firstRequest, results } from './app-request.ts';

/**
 * What happened to one device and the registry, in words, a line for each event with its virtual time.
 * @param until the moment that matters, in milliseconds: nothing follows it.
 */
export function storyOfDevice(
  history: History,
  device: number,
  deviceOfPush: (push: number) => number,
  until = Infinity,
): string[] {
  const lines: string[] = [];
  const requests = new Set<number>();
  const pushes = new Map<number, number>();
  const events = new Set<number>();
  history.each((record) => {
    const { kind, a, b, at } = record;
    if (at > until) return;
    if (kind === kinds.stored && b >= 0 && deviceOfPush(b) === device) pushes.set(a, b);
    if (kind === kinds.requested && b === device) requests.add(a);
    if (kind === kinds.eventQueued && pushes.has(b)) events.add(a);
    const isIts =
      (deviceKinds.has(kind) && a === device) ||
      (requestKindsOfHistory.has(kind) && requests.has(a)) ||
      (eventKinds.has(kind) && events.has(a)) ||
      (kind === kinds.stored && pushes.has(a));
    if (isIts) lines.push(`${timeOf(at)}  ${wordsOf(record)}`);
  });
  return shorten(lines);
}

const deviceKinds: ReadonlySet<number> = new Set([
  ...[kinds.registered, kinds.marked, kinds.erased, kinds.deviceDied, kinds.deviceCameBack],
]);
const requestKindsOfHistory: ReadonlySet<number> = new Set([kinds.requested, kinds.replied]);
const eventKinds: ReadonlySet<number> = new Set([kinds.eventQueued, kinds.eventReceived, kinds.eventSettled]);

function wordsOf({ kind, a, b, c, d }: HistoryRecord): string {
  const [first = '', second = '', third = ''] = [a, b, c].map(shownNumber);
  switch (kind) {
    case kinds.requested: {
      const { kind: kindOfRequest, version } = decodeRequest(d);
      return `request ${first} for account ${third}: ${kindOfRequest} of version ${String(version)}`;
    }
    case kinds.replied:
      return `request ${first} gets ${c === 0 ? 'no answer' : `a ${third}`}${b < 0 ? '' : `: ${results[b] ?? ''}`}`;
    case kinds.registered:
      return `request ${third} registers it for account ${second}, last seen at ${timeOf(d)}`;
    case kinds.marked:
      return `request ${third} marks it as removed from account ${second} at ${timeOf(d)}`;
    case kinds.erased:
      return `${c >= firstPrune ? 'invocation' : 'request'} ${third} deletes it from account ${second}`;
    case kinds.stored:
      return `SQS stores push ${second} as message ${first}`;
    case kinds.eventQueued:
      return `event ${first} says that it refused message ${second}${c === 1 ? ', confirmed' : ''}`;
    case kinds.eventReceived:
      return `invocation ${second} gets event ${first}`;
    case kinds.eventSettled:
      return `event ${first} is deleted after invocation ${second}`;
    case kinds.deviceDied:
      return 'the gateway no longer knows it';
    case kinds.deviceCameBack:
      return 'the gateway knows it again';
    default:
      return '';
  }
}

/** Requests, and invocations that prune, are counted from 0 here. */
function shownNumber(number: number): string {
  if (number < firstRequest) return String(number);
  return String(number - (number < firstPrune ? firstRequest : firstPrune));
}
