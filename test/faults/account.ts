import type { FailedCall, Target } from './faulty-aws.ts';
import type { Received } from './faulty-gateway.ts';
import type { WaitEnd } from './until-settled.ts';

/** What is known at the end of a run. Pushes are identified by their numbers. */
export interface Evidence {
  readonly sent: number;
  /** Answered with 202. */
  readonly accepted: ReadonlySet<number>;
  readonly received: ReadonlyMap<number, Received>;
  /** The reasons of the dead letters of each push. */
  readonly deadLetters: ReadonlyMap<number, readonly string[]>;
  readonly subscribers: readonly Subscriber[];
  /** Still on the queue. */
  readonly onQueue: ReadonlySet<number>;
  readonly waitEnd: WaitEnd;
  readonly failedCalls: readonly FailedCall[];
  readonly faults: Faults;
}

/** A queue on the topic. The first one gets all events. */
export interface Subscriber {
  readonly name: string;
  /** Whether its filter lets the events with this reason pass. */
  readonly isFor: (reason: string) => boolean;
  /** The reasons of the events of each push. */
  readonly events: ReadonlyMap<number, readonly string[]>;
}

/** How often each kind of fault hit the relay. */
export interface Faults {
  /** Attempts by the behaviour of the gateway, good answers included, and how often it was away. */
  readonly gateway: Readonly<Record<string, number>>;
  /** Calls to the queues and the topic that failed. */
  readonly aws: Readonly<Record<Target, Readonly<Record<string, number>>>>;
  readonly instances: { readonly killed: number; readonly thrown: number };
}

/** What became of the pushes. */
export interface Account {
  readonly sent: number;
  readonly accepted: number;
  /** Accepted pushes that the gateway took and confirmed. */
  readonly delivered: number;
  /** Accepted pushes that are dead letters, by reason. */
  readonly deadLettered: Readonly<Record<string, number>>;
  /** Accepted pushes that were delivered, and became dead letters because another attempt was refused. */
  readonly both: number;
  /** Dead letters with a reason that the gateway never gave. */
  readonly wronglyGivenUp: number;
  /** Accepted pushes that are neither, and still on the queue. */
  readonly waiting: number;
  /** Accepted pushes that are neither, and not on the queue. */
  readonly lost: number;
  /** Attempts beyond the first that the gateway took: a device may have received the push twice. */
  readonly duplicates: Duplicates;
  /** The pushes with an event, by subscriber. */
  readonly told: Readonly<Record<string, number>>;
  /** Dead letters whose event did not reach a subscriber whose filter it passes. */
  readonly eventsMissing: number;
  /** Events that reached a subscriber whose filter they do not pass. */
  readonly eventsMisdirected: number;
  /** Pushes with an event whose reason the gateway never gave: a delivered push among them would have an event. */
  readonly wronglyTold: number;
  /** Pushes that have an event and no dead letter, because a later attempt delivered them. */
  readonly toldThenDelivered: number;
  /** Events beyond one for each push that is a dead letter. */
  readonly eventDuplicates: EventDuplicates;
  /** Dead letters beyond the first of a push. */
  readonly deadLetterDuplicates: Omit<EventDuplicates, 'afterFailedDeadLetter'>;
  /** Pushes answered with 503 that were delivered: SQS had stored them, and its answer was lost. */
  readonly deliveredThoughRefused: number;
  readonly waitEnd: WaitEnd;
  readonly faults: Faults;
}

/** Duplicates by cause. */
export interface Duplicates {
  /** The gateway took the push, but its answer was cut off or incomplete. */
  readonly afterNoAnswer: number;
  /** The gateway confirmed the push, or its answer came too late. */
  readonly others: number;
}

/** Duplicates of what was told of a push, by cause. One with several possible causes counts with the first. */
export interface EventDuplicates {
  /** The service took it, and the answer was lost or came too late. */
  readonly afterNoAnswer: number;
  /** The event was published, and the dead letter could not be sent. */
  readonly afterFailedDeadLetter: number;
  /** An instance was killed in between. */
  readonly others: number;
}

export function accountOf(evidence: Evidence): Account {
  const { sent, accepted, received, deadLetters, subscribers, onQueue, waitEnd, faults } = evidence;
  const numbers = [...accepted];
  const isDelivered = (number: number) => (received.get(number)?.accepted ?? 0) > 0;
  const isSettled = (number: number) => isDelivered(number) || deadLetters.has(number);
  const isWrong = ([number, reasons]: [number, readonly string[]]) =>
    reasons.some((reason) => received.get(number)?.refused.has(reason) !== true);
  const told = subscribers[0]?.events ?? new Map<number, readonly string[]>();
  const unsettled = numbers.filter((number) => !isSettled(number));
  return {
    sent,
    accepted: accepted.size,
    delivered: numbers.filter(isDelivered).length,
    deadLettered: countBy(numbers.flatMap((number) => deadLetters.get(number)?.at(-1) ?? [])),
    both: numbers.filter((number) => isDelivered(number) && deadLetters.has(number)).length,
    wronglyGivenUp: [...deadLetters].filter(isWrong).length,
    waiting: unsettled.filter((number) => onQueue.has(number)).length,
    lost: unsettled.filter((number) => !onQueue.has(number)).length,
    duplicates: duplicatesOf([...received.values()]),
    told: Object.fromEntries(subscribers.map(({ name, events }) => [name, events.size])),
    eventsMissing: sumOf(subscribers, ({ isFor, events }) =>
      sumOf([...deadLetters], ([number, reasons]) => {
        const due = new Set(reasons.filter(isFor));
        return due.difference(new Set(events.get(number))).size;
      }),
    ),
    eventsMisdirected: sumOf(subscribers, ({ isFor, events }) =>
      sumOf([...events.values()], (reasons) => reasons.filter((reason) => !isFor(reason)).length),
    ),
    wronglyTold: [...told].filter(isWrong).length,
    toldThenDelivered: [...told.keys()].filter((number) => !deadLetters.has(number) && isDelivered(number)).length,
    eventDuplicates: eventDuplicatesOf(evidence),
    deadLetterDuplicates: deadLetterDuplicatesOf(evidence),
    deliveredThoughRefused: [...received.keys()].filter((number) => !accepted.has(number) && isDelivered(number))
      .length,
    waitEnd,
    faults,
  };
}

function duplicatesOf(received: readonly Received[]): Duplicates {
  const tooMany = ({ taken }: Received) => Math.max(0, taken - 1);
  // The last attempt that was taken is expected. An earlier one has a cause if it had no complete answer.
  const afterNoAnswer = sumOf(received, (one) => Math.min(tooMany(one), one.taken - one.accepted));
  return { afterNoAnswer, others: sumOf(received, tooMany) - afterNoAnswer };
}

function eventDuplicatesOf({ deadLetters, subscribers, failedCalls }: Evidence): EventDuplicates {
  const lostAnswers = callsByPush(failedCalls, ({ target, isTaken }) => target === 'outcomes' && isTaken);
  const failedDeadLetters = callsByPush(failedCalls, ({ target }) => target === 'undeliverable');
  const causes = { afterNoAnswer: 0, afterFailedDeadLetter: 0, others: 0 };
  for (const [number, reasons] of subscribers[0]?.events ?? []) {
    const tooMany = reasons.length - (deadLetters.has(number) ? 1 : 0);
    const afterNoAnswer = Math.min(tooMany, lostAnswers.get(number) ?? 0);
    const afterFailedDeadLetter = Math.min(tooMany - afterNoAnswer, failedDeadLetters.get(number) ?? 0);
    causes.afterNoAnswer += afterNoAnswer;
    causes.afterFailedDeadLetter += afterFailedDeadLetter;
    causes.others += tooMany - afterNoAnswer - afterFailedDeadLetter;
  }
  return causes;
}

function deadLetterDuplicatesOf({ deadLetters, failedCalls }: Evidence): Account['deadLetterDuplicates'] {
  const lostAnswers = callsByPush(failedCalls, ({ target, isTaken }) => target === 'undeliverable' && isTaken);
  const tooMany = sumOf([...deadLetters.values()], ({ length }) => length - 1);
  const afterNoAnswer = sumOf([...deadLetters], ([number, { length }]) =>
    Math.min(length - 1, lostAnswers.get(number) ?? 0),
  );
  return { afterNoAnswer, others: tooMany - afterNoAnswer };
}

/** How many of the calls were about each push. */
function callsByPush(calls: readonly FailedCall[], isCounted: (call: FailedCall) => boolean): Map<number, number> {
  const counts = new Map<number, number>();
  for (const { pushes } of calls.filter(isCounted)) {
    for (const number of pushes) counts.set(number, (counts.get(number) ?? 0) + 1);
  }
  return counts;
}

function sumOf<T>(items: readonly T[], countOf: (item: T) => number): number {
  return items.reduce((sum, item) => sum + countOf(item), 0);
}

/** The causes of the duplicates, one line for each kind. */
export function explainDuplicates(account: Account): string[] {
  const { duplicates, eventDuplicates: events, deadLetterDuplicates: deadLetters, faults } = account;
  const lostAnswers = faults.aws.pushes['cut after'] ?? 0;
  const killed = `${String(faults.instances.killed)} instances were killed`;
  const total = (counts: object) =>
    String(Object.values(counts).reduce((sum: number, count: number) => sum + count, 0));
  return [
    [
      `${total(duplicates)} duplicates of pushes:`,
      `${String(duplicates.afterNoAnswer)} because the gateway took a push and its answer was cut off or incomplete,`,
      `${String(duplicates.others)} because ${killed} with up to ten pushes each,`,
      `${String(lostAnswers)} answers of SQS were lost, or an answer of the gateway came too late`,
    ],
    [
      `${total(events)} duplicates of events:`,
      `${String(events.afterNoAnswer)} because the topic took an event and its answer was lost or late,`,
      `${String(events.afterFailedDeadLetter)} because the dead letter could not be sent after the event,`,
      `${String(events.others)} because ${killed}`,
    ],
    [
      `${total(deadLetters)} duplicates of dead letters:`,
      `${String(deadLetters.afterNoAnswer)} because SQS took one and its answer was lost or late,`,
      `${String(deadLetters.others)} because ${killed}`,
    ],
  ].map((parts) => parts.join(' '));
}

/** The faults of an account, one line each; none if it balances. */
export function faultsOfAccount(account: Account): string[] {
  const { lost, waiting, wronglyGivenUp, eventsMissing, eventsMisdirected, wronglyTold, waitEnd, faults } = account;
  const { thrown } = faults.instances;
  const why = waitEnd === 'limit' ? 'the time limit was reached' : 'there was no progress';
  return [
    ...(lost > 0 ? [`${String(lost)} accepted pushes are lost.`] : []),
    ...(waitEnd === 'settled' ? [] : [`${String(waiting)} pushes are still on the queue, not lost: ${why}.`]),
    ...(wronglyGivenUp > 0
      ? [`${String(wronglyGivenUp)} dead letters have a reason that the gateway never gave.`]
      : []),
    ...(eventsMissing > 0 ? [`${String(eventsMissing)} dead letters have no event at a subscriber.`] : []),
    ...(eventsMisdirected > 0 ? [`${String(eventsMisdirected)} events passed a filter that they do not match.`] : []),
    ...(wronglyTold > 0
      ? [`${String(wronglyTold)} pushes have an event with a reason that the gateway never gave.`]
      : []),
    ...(thrown > 0 ? [`${String(thrown)} instances crashed.`] : []),
  ];
}

function countBy(values: readonly string[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const value of values) counts[value] = (counts[value] ?? 0) + 1;
  return counts;
}
