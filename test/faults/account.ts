import type { Received } from './faulty-gateway.ts';
import type { WaitEnd } from './until-settled.ts';

/** What is known when a run has ended, each push by its number. */
export interface Evidence {
  readonly sent: number;
  /** Answered with 202. */
  readonly accepted: ReadonlySet<number>;
  readonly received: ReadonlyMap<number, Received>;
  /** Reasons of the dead deadLetters. */
  readonly deadLetters: ReadonlyMap<number, string>;
  /** Still on the queue. */
  readonly onQueue: ReadonlySet<number>;
  readonly waitEnd: WaitEnd;
  readonly faults: Faults;
}

/** What was done to the relay, each kind by how often. */
export interface Faults {
  /** What the gateway did with attempts, the good answers too, and how often it was away. */
  readonly gateway: Readonly<Record<string, number>>;
  /** Calls to SQS that failed. */
  readonly sqs: Readonly<Record<string, number>>;
  readonly instances: { readonly killed: number; readonly thrown: number };
}

/** What became of every push. */
export interface Account {
  readonly sent: number;
  readonly accepted: number;
  /** Of the accepted: taken by the gateway with an answer that said so. */
  readonly delivered: number;
  /** Of the accepted: on the dead-letter queue, by reason. */
  readonly deadLettered: Readonly<Record<string, number>>;
  /** Of the accepted: delivered and a dead letter too, for a later attempt was refused. */
  readonly both: number;
  /** Of the dead deadLetters: for a reason that the gateway did not give. */
  readonly wronglyGivenUp: number;
  /** Of the accepted: neither yet, and still on the queue. */
  readonly waiting: number;
  /** Of the accepted: neither, and nowhere. */
  readonly lost: number;
  /** Attempts too many that the gateway took: what devices may have seen twice. */
  readonly duplicates: Duplicates;
  /** Answered with 503 and delivered all the same: SQS had them, and the answer of SQS was lost. */
  readonly deliveredThoughRefused: number;
  readonly waitEnd: WaitEnd;
  readonly faults: Faults;
}

/** Duplicates by what they come from. */
export interface Duplicates {
  /** The gateway had taken the push, and its answer was cut off or shorter than it claimed: nobody could know. */
  readonly afterNoAnswer: number;
  /** The gateway had said so, or was too late to. */
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
  // Of the attempts that were taken the last needs no excuse; each before it that had no answer has one.
  const afterNoAnswer = sum((one) => Math.min(tooMany(one), one.taken - one.accepted));
  return { afterNoAnswer, others: sum(tooMany) - afterNoAnswer };
}

/** Where the duplicates come from, in a line. */
export function explainDuplicates({ duplicates, faults }: Account): string {
  const { afterNoAnswer, others } = duplicates;
  const lostAnswers = faults.sqs['cut after'] ?? 0;
  return [
    `${String(afterNoAnswer + others)} duplicates:`,
    `${String(afterNoAnswer)} where the gateway took a push and its answer was cut off or claimed more than came,`,
    `${String(others)} from ${String(faults.instances.killed)} instances killed with up to ten pushes each,`,
    `${String(lostAnswers)} answers of SQS lost, and answers too late to be waited for`,
  ].join(' ');
}

/** What is wrong with an account, a line each; none where it balances. */
export function faultsOfAccount({ lost, waiting, wronglyGivenUp, waitEnd, faults }: Account): string[] {
  const { thrown } = faults.instances;
  const why = waitEnd === 'limit' ? 'the time limit was reached' : 'nothing moved any more';
  return [
    ...(lost > 0 ? [`${String(lost)} accepted pushes are nowhere: they are lost.`] : []),
    ...(waitEnd === 'settled' ? [] : [`${String(waiting)} pushes still wait on the queue, not lost: ${why}.`]),
    ...(wronglyGivenUp > 0
      ? [`${String(wronglyGivenUp)} dead deadLetters have a reason that the gateway never gave.`]
      : []),
    ...(thrown > 0 ? [`${String(thrown)} instances ended by an error of their own.`] : []),
  ];
}

function countBy(values: readonly string[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const value of values) counts[value] = (counts[value] ?? 0) + 1;
  return counts;
}
