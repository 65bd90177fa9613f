import type { Account } from '../checker.ts';
import type { Distribution } from '../rules/columns.ts';
import type { Example } from '../rules/findings.ts';
import { storyOfDevice } from '../registry/device-story.ts';
import { shrink } from './shrink.ts';
import type { SweepAccount } from '../sweeps/sweep-checker.ts';
import { storyOf } from './story.ts';
import type { Trial } from '../trial.ts';
import type { RunOptions } from '../world.ts';

/** The account, as the names and values that the command prints. */
export function linesOf(account: Account): [name: string, value: string][] {
  const { attempts, receives, delaySeconds, delaySecondsAfterTrouble, givenUp } = account;
  const counts = (
    ['sent', 'accepted', 'delivered', 'waiting', 'lost', 'unexpected', 'duplicated', 'recovered'] as const
  ).map((name): [string, string] => [name, String(account[name])]);
  return [
    ...counts,
    ...Object.entries(givenUp).map(([reason, count]): [string, string] => [`given-up-${reason}`, String(count)]),
    ['given-up-at-once', String(account.givenUpAtOnce)],
    ['retention-ended', String(account.retentionEnded)],
    ['deceived', String(account.deceived)],
    ['confirmed', String(account.confirmed)],
    ['deaths', String(account.deaths)],
    ['attempts', textOf(attempts)],
    ['receives', textOf(receives)],
    ['delay-seconds', textOf(delaySeconds)],
    ['delay-seconds-after-the-trouble', textOf(delaySecondsAfterTrouble)],
    ['delay-seconds-of-later-pushes', textOf(account.delaySecondsOfLater)],
    ...slowestTenants(account),
    ...account.sweeps.flatMap(linesOfSweep),
    ...linesOfRegistry(account),
    ...linesOfRequests(account),
  ];
}

function linesOfRequests({ requests }: Account): [name: string, value: string][] {
  if (requests === undefined) return [];
  const { queuedAgain, ...counts } = requests;
  const again = Object.entries(queuedAgain).map(([why, count]): [string, number] => [`queued-again-${why}`, count]);
  return [...Object.entries(counts), ...again].map(([name, count]) => [
    name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`),
    String(count),
  ]);
}

function linesOfSweep(sweep: SweepAccount): [name: string, value: string][] {
  const { perSecond, perMinute, minutesLate } = sweep;
  const rateOf = ({ mean, most }: typeof perSecond) => `mean ${mean.toFixed(2)}, most ${String(most)}`;
  return [
    ['ticks', `${String(sweep.ticks)}, died ${String(sweep.ticksDied)}, failed ${String(sweep.ticksFailed)}`],
    ['slices', String(sweep.slices)],
    ['pushes-per-second', rateOf(perSecond)],
    ['pushes-per-minute', rateOf(perMinute)],
    ['minutes-after-the-window', minutesLate.toFixed(1)],
    ...Object.entries(sweep.counted).map(([outcome, count]): [string, string] => [`counted-${outcome}`, String(count)]),
    ['most-pushes-at-once', String(sweep.mostAtOnce)],
  ];
}

function linesOfRegistry({ registry }: Account): [name: string, value: string][] {
  if (registry === undefined) return [];
  const names = [
    ...(['reports', 'removals', 'written', 'unchanged', 'outdated', 'displaced', 'pruned', 'kept'] as const),
    ...(['registered'] as const),
  ];
  return [
    ...names.map((name): [string, string] => [name, String(registry[name])]),
    ['requests-failed', String(registry.requestsFailed)],
    ['pruned-in-its-minute', String(registry.prunedInItsMinute)],
    ['dead-left', String(registry.deadLeft)],
    ['accounts-overfull', String(registry.accountsOverfull)],
  ];
}

/** The delays of the two tenants that waited for longest. */
function slowestTenants({ delaySecondsOfTenants }: Account): [name: string, value: string][] {
  return [...delaySecondsOfTenants.entries()]
    .sort(([, a], [, b]) => b.p99 - a.p99)
    .slice(0, 2)
    .map(([tenant, delays]) => [`delay-seconds-of-tenant-${String(tenant)}`, textOf(delays)]);
}

function textOf({ median, p99, max }: Distribution): string {
  return `median ${String(median)}, p99 ${String(p99)}, max ${String(max)}`;
}

/** What is wrong with a run, the shortest one that fails in the same way, what happened there, and how to repeat it. */
export async function describeFailure(
  options: RunOptions,
  trial: Trial,
  commandOf: (pushes: number) => string,
): Promise<string[]> {
  const shortest = await shrink(options, trial);
  const lines = [...trial.faults];
  if (shortest.pushes < options.pushes) {
    lines.push('', `${String(shortest.pushes)} pushes are enough:`, ...shortest.trial.faults);
  }
  for (const [what, { push, at }] of examplesOf(shortest.trial.account)) {
    lines.push('', `Push ${String(push)}: ${what}`);
    lines.push(...storyOf(shortest.trial.run.history, push, at).map((line) => `  ${line}`));
  }
  const { run, account } = shortest.trial;
  const { deviceOfPush } = run.registry ?? {};
  for (const [what, { device, at }] of Object.entries(account.deviceExamples).slice(0, mostExamples)) {
    if (deviceOfPush === undefined) break;
    lines.push('', `Device ${String(device)}: ${what}`);
    lines.push(...storyOfDevice(run.history, device, deviceOfPush, at).map((line) => `  ${line}`));
  }
  return [...lines, '', `Repeat it with: ${commandOf(shortest.pushes)}`];
}

const mostExamples = 3;

/** Pushes that show what is wrong, each with the words for it. */
function examplesOf({ examples, violations }: Account): [what: string, example: Example][] {
  const found = Object.entries(examples);
  const wrong = found.filter(([what]) => what === 'lost' || what in violations);
  return (wrong.length > 0 ? wrong : found)
    .filter(([, { push }], index, all) => all.findIndex(([, other]) => other.push === push) === index)
    .slice(0, mostExamples);
}
