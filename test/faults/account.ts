import type { Received } from './faulty-gateway.ts';
import type { WaitEnd } from './until-settled.ts';

/** What is known at the end of a run. Pushes are identified by their numbers. */
export interface Evidence {
  readonly sent: number;
  /** Answered with 202. */
  readonly accepted: ReadonlySet<number>;
  readonly received: ReadonlyMap<number, Received>;
  /** The reasons of the dead letters. */
  readonly deadLetters: ReadonlyMap<number, string>;
  /** Still on the queue. */
  readonly onQueue: ReadonlySet<number>;
  readonly waitEnd: WaitEnd;
  readonly faults: Faults;
}

/** How often each kind of fault hit the relay. */
export interface Faults {
  /** Attempts by the behaviour of the gateway, good answers included, and how often it was away. */
  readonly gateway: Readonly<Record<string, number>>;
  /** Calls to SQS that failed. */
  readonly sqs: Readonly<Record<string, number>>;
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

export function accountOf({ sent, accepted, received, deadLetters, onQueue, waitEnd, faults }: Evidence): Account {
  const numbers = [...accepted];
  const isDelivered = (number: number) => (received.get(number)?.accepted ?? 0) > 0;
  const isSettled = (number: number) => isDelivered(number) || deadLetters.has(number);
  const unsettled = numbers.filter((number) => !isSettled(number));
  return {
    sent,
    accepted: accepted.size,
    delivered: numbers.filter(isDelivered).length,
    deadLettered: countBy(numbers.flatMap((number) => deadLetters.get(number) ?? [])),
    both: numbers.filter((number) => isDelivered(number) && deadLetters.has(number)).length,
    wronglyGivenUp: [...deadLetters].filter(([number, reason]) => received.get(number)?.refused.has(reason) !== true)
      .length,
    waiting: unsettled.filter((number) => onQueue.has(number)).length,
    lost: unsettled.filter((number) => !onQueue.has(number)).length,
    duplicates: duplicatesOf([...received.values()]),
    deliveredThoughRefused: [...received.keys()].filter((number) => !accepted.has(number) && isDelivered(number))
      .length,
    waitEnd,
    faults,
  };
}

function duplicatesOf(received: readonly Received[]): Duplicates {
  const tooMany = ({ taken }: Received) => Math.max(0, taken - 1);
  const sum = (countOf: (one: Received) => number) => received.reduce((total, one) => total + countOf(one), 0);
  // The last attempt that was taken is expected. An earlier one has a cause if it had no complete answer.
  const afterNoAnswer = sum((one) => Math.min(tooMany(one), one.taken - one.accepted));
  return { afterNoAnswer, others: sum(tooMany) - afterNoAnswer };
}

/** The causes of the duplicates, in one line. */
export function explainDuplicates({ duplicates, faults }: Account): string {
  const { afterNoAnswer, others } = duplicates;
  const lostAnswers = faults.sqs['cut after'] ?? 0;
  return [
    `${String(afterNoAnswer + others)} duplicates:`,
    `${String(afterNoAnswer)} because the gateway took a push and its answer was cut off or incomplete,`,
    `${String(others)} because ${String(faults.instances.killed)} instances were killed with up to ten pushes each,`,
    `${String(lostAnswers)} answers of SQS were lost, or an answer of the gateway came too late`,
  ].join(' ');
}

/** The faults of an account, one line each; none if it balances. */
export function faultsOfAccount({ lost, waiting, wronglyGivenUp, waitEnd, faults }: Account): string[] {
  const { thrown } = faults.instances;
  const why = waitEnd === 'limit' ? 'the time limit was reached' : 'there was no progress';
  return [
    ...(lost > 0 ? [`${String(lost)} accepted pushes are lost.`] : []),
    ...(waitEnd === 'settled' ? [] : [`${String(waiting)} pushes are still on the queue, not lost: ${why}.`]),
    ...(wronglyGivenUp > 0
      ? [`${String(wronglyGivenUp)} dead letters have a reason that the gateway never gave.`]
      : []),
    ...(thrown > 0 ? [`${String(thrown)} instances crashed.`] : []),
  ];
}

function countBy(values: readonly string[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const value of values) counts[value] = (counts[value] ?? 0) + 1;
  return counts;
}
