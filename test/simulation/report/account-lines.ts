import { deadLetterReasons, type DeadLetterReason } from '../../../shared/push/dead-letter.ts';
import type { RegistryAccount } from '../registry/registry-checker.ts';
import type { RequestAccount } from '../requests/request-checker.ts';
import type { Distribution } from '../rules/columns.ts';
import type { SweepAccount } from '../sweeps/sweep-checker.ts';
import type { Trial } from '../trial.ts';

/** A line of an account: its name, what it means, and its value, or `undefined` if there is nothing to say. */
type Line<T> = readonly [name: string, meaning: string, valueOf: (of: T) => string | number | undefined];

/** The account of a run, as the names and values that the command prints. */
export function linesOf(trial: Trial): [name: string, value: string][] {
  const { sweeps, registry, requests } = trial.account;
  return [
    ...valuesOf(pushLines, trial),
    ...sweeps.flatMap((sweep) => valuesOf(sweepLines, sweep)),
    ...(registry === undefined ? [] : valuesOf(registryLines, registry)),
    ...(requests === undefined ? [] : valuesOf(requestLines, requests)),
  ];
}

function valuesOf<T>(lines: readonly Line<T>[], of: T): [name: string, value: string][] {
  return lines.flatMap(([name, , valueOf]) => {
    const value = valueOf(of);
    return value === undefined ? [] : [[name, String(value)]];
  });
}

const meaningsOfReasons: Readonly<Record<DeadLetterReason, string>> = {
  unregistered: 'because the gateway does not know the device',
  rejected: 'because the gateway refuses the push',
  expired: 'because of its age',
  malformed: 'because it cannot be read',
  exhausted: 'because it was received too often',
};

const pushLines: readonly Line<Trial>[] = [
  ['sent', 'pushes that clients send, and devices of sweeps', ({ account }) => account.sent],
  ['accepted', 'pushes with a 202, and pushes of sweeps', ({ account }) => account.accepted],
  ['refusals', 'other answers to clients, and requests without one, by push', ({ account }) => account.refusals],
  ['delivered', 'accepted, and a 2xx of the gateway confirms it', ({ account }) => account.delivered],
  ['waiting', 'accepted, and still on the queue at the end', ({ account }) => account.waiting],
  ['lost', 'accepted, and neither delivered nor given up nor waiting', ({ account }) => account.lost],
  ['unexpected', 'attempts with a push that nobody sent, or a changed one', ({ account }) => account.unexpected],
  ['duplicated', 'how often the gateway took a push again', ({ account }) => account.duplicated],
  ['recovered', 'the client got no 202, but the gateway took the push', ({ account }) => account.recovered],
  ...deadLetterReasons.map((reason): Line<Trial> => [
    `given-up-${reason}`,
    `accepted, and given up ${meaningsOfReasons[reason]}`,
    ({ account }) => account.givenUp[reason],
  ]),
  ['given-up-at-once', 'of all given up: at their first receive', ({ account }) => account.givenUpAtOnce],
  ['retention-ended', 'accepted, and deleted by SQS because of its age', ({ account }) => account.retentionEnded],
  ['deceived', 'of all delivered: the gateway answered 2xx, but took nothing', ({ account }) => account.deceived],
  ['confirmed', 'of all unregistered: the event says that it is certain', ({ account }) => account.confirmed],
  ['deaths', 'instances of functions that died', ({ account }) => account.deaths],
  ['attempts', 'requests to the gateway for a push', ({ account }) => textOf(account.attempts)],
  ['receives', 'how often SQS hands out a push', ({ account }) => textOf(account.receives)],
  [
    'delay-seconds',
    'from the request of a client until the gateway took it',
    ({ account }) => textOf(account.delaySeconds),
  ],
  [
    'delay-seconds-after-the-trouble',
    'the same from the end of the trouble, for pushes sent before',
    ({ account }) => textOf(account.delaySecondsAfterTrouble),
  ],
  [
    'delay-seconds-of-later-pushes',
    'the same of pushes that were sent after the trouble',
    ({ account }) => textOf(account.delaySecondsOfLater),
  ],
  ['slowest-app', 'the AppId with the longest delays, in seconds', (trial) => delaysOfApp(trial, 0)],
  ['second-slowest-app', 'the AppId with the next longest', (trial) => delaysOfApp(trial, 1)],
  ['most-in-flight', 'messages that were in flight at the same time', ({ run }) => run.mostInFlight],
  ['virtual-hours', 'how long the run took on its own clock', ({ run }) => (run.endedAt / 3_600_000).toFixed(1)],
];

const sweepLines: readonly Line<SweepAccount>[] = [
  [
    'ticks',
    'invocations of sweep',
    ({ ticks, ticksDied, ticksFailed }) => `${String(ticks)}, died ${String(ticksDied)}, failed ${String(ticksFailed)}`,
  ],
  ['slices', 'slices with a report', ({ slices }) => slices],
  ['pushes-per-second', 'first attempts', ({ perSecond }) => rateOf(perSecond)],
  ['pushes-per-minute', 'first attempts', ({ perMinute }) => rateOf(perMinute)],
  [
    'minutes-after-the-window',
    'when the last device had its first attempt',
    ({ minutesLate }) => minutesLate.toFixed(1),
  ],
  ...(['delivered', ...deadLetterReasons] as const).map((outcome): Line<SweepAccount> => [
    `counted-${outcome}`,
    `the count of ${outcome} pushes in the report`,
    ({ counted }) => counted[outcome],
  ]),
  ['most-pushes-at-once', 'pushes that an instance of sweep held at once', ({ mostAtOnce }) => mostAtOnce],
];

const registryLines: readonly Line<RegistryAccount>[] = [
  ['reports', 'reports of apps', ({ reports }) => reports],
  ['removals', 'removals of apps', ({ removals }) => removals],
  ['written', 'reports that were written to the registry', ({ written }) => written],
  ['unchanged', 'reports that changed nothing', ({ unchanged }) => unchanged],
  ['outdated', 'reports that were older than what the registry has', ({ outdated }) => outdated],
  ['displaced', 'devices deleted because their account was full', ({ displaced }) => displaced],
  ['pruned', 'devices deleted because the gateway does not know them', ({ pruned }) => pruned],
  ['kept', 'events after which the device stayed', ({ kept }) => kept],
  ['registered', 'devices in the registry at the end', ({ registered }) => registered],
  ['requests-failed', 'reports and removals without a 200', ({ requestsFailed }) => requestsFailed],
  [
    'pruned-in-its-minute',
    'devices pruned although they reported within a minute of the push',
    ({ prunedInItsMinute }) => prunedInItsMinute,
  ],
  ['dead-left', 'of all registered: the gateway does not know them', ({ deadLeft }) => deadLeft],
  ['accounts-overfull', 'accounts with more devices than their limit', ({ accountsOverfull }) => accountsOverfull],
];

const requestLines: readonly Line<RequestAccount>[] = [
  ['requests', 'requests of clients', ({ requests }) => requests],
  ['calls', 'calls of the API: a client repeats some requests', ({ calls }) => calls],
  ['repeated', 'answers that were kept and given again', ({ repeated }) => repeated],
  ['in-use', 'answers 409: another call has the key', ({ inUse }) => inUse],
  ['reused', 'answers 422: another request has the key', ({ reused }) => reused],
  ['to-accounts', 'accepted pushes to accounts', ({ toAccounts }) => toAccounts],
  ['queued-again-refused', 'pushes queued twice: the first call was refused', ({ queuedAgain }) => queuedAgain.refused],
  ['queued-again-unanswered', 'the same: the first call had no answer', ({ queuedAgain }) => queuedAgain.unanswered],
  ['queued-again-not-kept', 'the same: its answer was not kept', ({ queuedAgain }) => queuedAgain.notKept],
  ['queued-again-without-key', 'the same: the request has no key', ({ queuedAgain }) => queuedAgain.withoutKey],
  ['queued-again-day-later', 'the same: the time of its answer was over', ({ queuedAgain }) => queuedAgain.dayLater],
  [
    'queued-again-same-call',
    'the same: SQS stored the push of one call twice',
    ({ queuedAgain }) => queuedAgain.sameCall,
  ],
];

/** What the lines mean, for `--help`. */
export const accountHelp = [
  helpOf('Account:', pushLines),
  helpOf('Account of a sweep:', sweepLines),
  helpOf('Account of the registry:', registryLines),
  helpOf('Account of requests with a key and pushes to accounts:', requestLines),
].join('\n\n');

function helpOf<T>(title: string, lines: readonly Line<T>[]): string {
  return [title, ...lines.map(([name, meaning]) => `  ${name.padEnd(33)}${meaning}`)].join('\n');
}

function delaysOfApp({ account }: Trial, place: number): string | undefined {
  const slowest = [...account.delaySecondsOfApps.entries()].sort(([, a], [, b]) => b.p99 - a.p99)[place];
  const delays = slowest && textOf(slowest[1]);
  return delays === undefined ? undefined : `AppId ${String(slowest?.[0])}, ${delays}`;
}

/** Nothing if there is nothing to measure. */
function textOf({ median, p99, max }: Distribution): string | undefined {
  return max === 0 ? undefined : `median ${String(median)}, p99 ${String(p99)}, max ${String(max)}`;
}

function rateOf({ mean, most }: SweepAccount['perSecond']): string {
  return `mean ${mean.toFixed(2)}, most ${String(most)}`;
}
