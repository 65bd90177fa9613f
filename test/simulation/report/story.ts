import { deadLetterReasons } from '../../../shared/push/dead-letter.ts';
import { details, kinds, timeOf, type History, type HistoryRecord } from '../history.ts';
import { keyStates } from '../requests/recorder.ts';

/** Longer stories lose their middle. */
const mostLines = 40;
const mostLinesAfter = 4;

/**
 * What happened to one push, in words, a line for each event with its virtual time.
 * @param until the moment that matters, in milliseconds: only a few lines follow it.
 */
export function storyOf(history: History, push: number, until = Infinity): string[] {
  const lines: string[] = [];
  let linesAfter = 0;
  let content = push;
  let lastKind = -1;
  const messages = new Set<number>();
  /** Invocations with one of its messages. */
  const invocations = new Set<number>();
  /** Requests that ask for it, their keys, and all calls with these. */
  const requests = new Set<number>();
  const keys = new Set<number>();
  const calls = new Set<number>();
  history.each((record) => {
    const { kind, a, b, c, at } = record;
    const isAsked = kind === kinds.asked && a === push;
    if (isAsked) requests.add(b);
    const isCall = kind === kinds.called && (requests.has(b) || keys.has(c));
    if (isCall) calls.add(a);
    if (isCall && c >= 0) keys.add(c);
    const isOfCall = callKinds.has(kind) && calls.has(a);
    const isQueued = kind === kinds.queued && c === push;
    const isOfMessage = messageKinds.has(kind) && messages.has(a);
    const isOfPush = pushKinds.has(kind) && a === push;
    const isOfContent = contentKinds.has(kind) && a === content && invocations.has(b);
    const isOfInvocation = kind === kinds.ended && invocations.has(a);
    const isOfProcess = kind === kinds.died && invocations.has(b);
    const isStored = (kind === kinds.stored && b === push) || (kind === kinds.redriven && messages.has(b));
    if (isOfPush && kind === kinds.sent) content = b;
    if (isStored) messages.add(a);
    if (isOfMessage && kind === kinds.received) invocations.add(b);
    if (
      isOfMessage ||
      isOfPush ||
      isOfContent ||
      isOfInvocation ||
      isOfProcess ||
      isStored ||
      isCall ||
      isOfCall ||
      isQueued
    ) {
      const words = wordsOf(record);
      // No client sends the push of a sweep.
      if (sweepKinds.has(kind) && lastKind === kinds.sent) lines.pop();
      lastKind = kind;
      if (at > until) linesAfter += 1;
      if (words !== undefined && linesAfter <= mostLinesAfter) lines.push(`${timeOf(at)}  ${words}`);
    }
    if (isOfInvocation) invocations.delete(a);
  });
  return shorten(lines);
}

/** Leaves out the middle of a long story. */
export function shorten(lines: readonly string[]): string[] {
  if (lines.length <= mostLines) return [...lines];
  const left = lines.length - mostLines;
  return [...lines.slice(0, mostLines / 2), `… ${String(left)} more …`, ...lines.slice(-mostLines / 2)];
}

const pushKinds: ReadonlySet<number> = new Set([
  ...[kinds.sent, kinds.accepted, kinds.refused],
  ...[kinds.listed, kinds.excluded, kinds.unsettled, kinds.inSnapshot],
]);
const sweepKinds: ReadonlySet<number> = new Set([kinds.listed, kinds.excluded, kinds.unsettled]);
const contentKinds: ReadonlySet<number> = new Set([kinds.attempted, kinds.answered]);
const messageKinds: ReadonlySet<number> = new Set([
  ...[kinds.received, kinds.duplicated, kinds.delayed, kinds.told, kinds.deadLettered],
  ...[kinds.deleted, kinds.notDeleted, kinds.retentionEnded, kinds.moved],
]);

const callKinds: ReadonlySet<number> = new Set([kinds.keyWritten, kinds.callEnded]);

const wordsOfKeyStates: Readonly<Record<number, string>> = {
  [keyStates.deleted]: 'deletes the record of its key',
  [keyStates.underWay]: 'takes its key',
  [keyStates.answered]: 'writes its answer into the record of its key',
};

function wordsOf({ kind, a, b, c, d }: HistoryRecord): string | undefined {
  const [first, second, third] = [String(a), String(b), String(c)];
  const reason = deadLetterReasons[c] ?? third;
  switch (kind) {
    case kinds.sent:
      return `a client sends push ${first} of AppId ${third}${d < 0 ? '' : ` with a time to live of ${String(d)} s`}`;
    case kinds.accepted:
      return `the client gets a 202`;
    case kinds.listed:
      return `the list of a sweep, or the registry, has the device of push ${first}`;
    case kinds.excluded:
      return `a sweep leaves out the device of push ${first}`;
    case kinds.unsettled:
      return `the device of push ${first} comes or goes while a sweep takes its snapshot`;
    case kinds.inSnapshot:
      return 'the snapshot has the device';
    case kinds.refused:
      return `the client gets ${b === 0 ? 'no answer' : `a ${second}`}`;
    case kinds.stored:
      return `SQS stores it as message ${first}`;
    case kinds.redriven:
      return `an operator redrives it as message ${first}`;
    case kinds.received:
      return `SQS hands out message ${first} for time ${third}${b < 0 ? ', and nobody gets it' : `, to invocation ${second}`}`;
    case kinds.duplicated:
      return `SQS hands out message ${first} once more, although it is hidden or deleted`;
    case kinds.attempted:
      return `invocation ${second} makes an attempt, and the gateway ${c === 1 ? 'takes the push' : 'does not take the push'}`;
    case kinds.answered:
      return `invocation ${second} gets ${c === 0 ? 'no answer' : `a ${third}`}${d === details.page ? ' with a page' : d === details.addressFault ? ', because the address is at fault' : d < 0 ? '' : ` with Retry-After: ${String(d)}`}`;
    case kinds.delayed:
      return `invocation ${second} hides message ${first} for ${third} s`;
    case kinds.told:
      return `invocation ${second} publishes the event: ${reason}${d === 1 ? ', confirmed' : ''}`;
    case kinds.deadLettered:
      return `${b < 0 ? 'an invocation that has already ended' : `invocation ${second}`} sends the dead letter: ${reason}`;
    case kinds.deleted:
      return `message ${first} is deleted after invocation ${second}`;
    case kinds.notDeleted:
      return `deleting message ${first} after invocation ${second} has no effect`;
    case kinds.retentionEnded:
      return `SQS deletes message ${first}, because its retention is over`;
    case kinds.moved:
      return `SQS moves message ${first}, because it was received too often`;
    case kinds.ended:
      return b === 1 ? undefined : `invocation ${first} ends without an answer`;
    case kinds.died:
      return `the instance of invocation ${second} dies`;
    case kinds.called:
      return `call ${first} of request ${second} begins${c < 0 ? '' : `, with key ${third}`}`;
    case kinds.queued:
      return `that was call ${second}`;
    case kinds.keyWritten:
      return `call ${first} ${wordsOfKeyStates[b] ?? second}`;
    case kinds.callEnded:
      return `call ${first} ends ${b === 0 ? 'without an answer' : `with a ${second}`}${c === 1 ? ', which is given again' : ''}`;
    default:
      return undefined;
  }
}
