import type { OutcomesRecord } from '../../../shared/sweeps/outcome-counts.ts';
import type { RunSummary } from '../../../shared/sweeps/report.ts';
import type { Counts } from '../../../shared/sweeps/tally.ts';
import { createColumn } from '../rules/columns.ts';
import { kinds, timeOf, type History } from '../history.ts';
import type { PushAccount, Range } from '../rules/account.ts';
import type { Findings } from '../rules/findings.ts';
import { nameOfTick } from './slice-story.ts';
import { createSnapshotRules } from './sweep-snapshots.ts';

/** What the checker gets of a sweep besides the history. Moments are milliseconds since the start of the run. */
export interface SweepEvidence {
  /** Those of its devices, and the numbers of its slices. */
  readonly pushes: Range;
  readonly slices: Range;
  readonly startMs: number;
  readonly windowMs: number;
  readonly tickMs: number;
  /** When the operator withdrew its plan. Absent: never. */
  readonly withdrawnAtMs?: number | undefined;
  /** Whether the list takes so long that pushes are due before they are read, and then come at once. */
  readonly isListSlow?: boolean;
  /** Whether it is one over the registry. */
  readonly hasSnapshot: boolean;
  /** What the report must say. */
  readonly counts: Counts;
  readonly summary: RunSummary | undefined;
  readonly outcomes: OutcomesRecord | undefined;
  /** The most pushes that an instance of `sweep` sent at once. */
  readonly mostAtOnce: number;
  /** Whether each tick comes once, lives, and has a bucket that works. */
  readonly areTicksSound: boolean;
  /** Whether the gateway always works. */
  readonly isGatewaySound: boolean;
  /** Whether each call to a service has its effect, once, and its answer. */
  readonly isSound: boolean;
}

/** What became of a sweep. */
export interface SweepAccount {
  readonly ticks: number;
  readonly ticksFailed: number;
  readonly ticksDied: number;
  readonly slices: number;
  /** First attempts: those of the window's mean, and the most, in a second and in a minute. */
  readonly perSecond: { readonly mean: number; readonly most: number };
  readonly perMinute: { readonly mean: number; readonly most: number };
  /** When the last device had its first attempt, in minutes after the end of the window. */
  readonly minutesLate: number;
  /** The outcomes of the run, as ticks counted them: delivered, and given up by reason. */
  readonly counted: Readonly<Record<string, number>>;
  readonly mostAtOnce: number;
}

/** Each tick reserves its first minute of fifteen. */
const lead = 15 / 14;
const second = 1000;
const minute = 60 * second;
/** How long a tick can work on a plan that was withdrawn: it looks after each piece of a slow list. */
const withdrawingMs = minute;
/** Two blocks of pushes, and what a piece of the list adds. */
const memoryPushes = 5000;

type PushCounts = Pick<PushAccount, 'delivered' | 'givenUp' | 'duplicated' | 'deaths'>;

/** Says whether a sweep kept its promises. */
export function checkSweep(
  history: History,
  evidence: SweepEvidence,
  pushes: PushCounts,
  skewMs: number,
  { violate, violateIn, setMoment }: Pick<Findings, 'violate' | 'violateIn' | 'setMoment'>,
): SweepAccount {
  const { startMs, windowMs, tickMs, counts, summary, outcomes, mostAtOnce } = evidence;
  const stoppedAt = (evidence.withdrawnAtMs ?? Infinity) + withdrawingMs;
  /** Whether nothing can make the relay repeat something. */
  const isExact = evidence.areTicksSound && evidence.isSound && pushes.deaths === 0;
  const isQuiet = isExact && evidence.isGatewaySound;
  const isOfRun = ({ from, to }: Range, number: number) => number >= from && number < to;
  const ofSecond = createColumn();
  const ofMinute = createColumn();
  const isAttempted = createColumn();
  const isStored = createColumn();
  const snapshotRules = evidence.hasSnapshot ? createSnapshotRules(evidence, violate) : undefined;
  const isExcluded = createColumn();
  const holders = new Map<number, { readonly tick: number; readonly untilMs: number }>();
  const reporters = new Map<number, number>();
  let ticks = 0;
  let ticksFailed = 0;
  let ticksDied = 0;
  let stored = 0;
  let reported = 0;
  let lastAttemptAt = 0;

  /** Only the tick that holds a slice may write what it claims, until its time is over. */
  const checkHolder = (slice: number, tick: number, at: number) => {
    const holder = holders.get(slice);
    if (holder === undefined || holder.tick === tick || at >= holder.untilMs - 2 * skewMs) return;
    violateIn('a tick takes or releases a slice that another one holds', {
      words: `${nameOfTick(tick)} at slice ${String(slice)}, which ${nameOfTick(holder.tick)} holds until ${timeOf(holder.untilMs)}`,
      slice,
    });
  };

  history.each((record) => {
    const { kind, at, a, b, c } = record;
    setMoment(at);
    snapshotRules?.judge(record);
    switch (kind) {
      case kinds.ticked:
        ticks += 1;
        break;
      case kinds.tickEnded:
        if (b === 1) ticksFailed += 1;
        if (b >= 2) ticksDied += 1;
        break;
      case kinds.excluded:
        isExcluded.set(a, 1);
        break;
      case kinds.stored:
        if (!isOfRun(evidence.pushes, b)) break;
        if (isStored.add(b) === 1) stored += 1;
        if (at > stoppedAt) violate('a sweep goes on that was withdrawn', b);
        if (isExcluded.get(b) === 1) violate('a device that is left out gets a push', b);
        break;
      case kinds.claimed:
        if (!isOfRun(evidence.slices, a)) break;
        checkHolder(a, b, at);
        holders.set(a, { tick: b, untilMs: c * 1000 });
        break;
      case kinds.unclaimed:
        if (!isOfRun(evidence.slices, a)) break;
        checkHolder(a, b, at);
        if (!reporters.has(a)) {
          violateIn('the progress of a slice is deleted before it has a report', ofSlice(a, b));
        }
        holders.delete(a);
        break;
      case kinds.reported:
        if (!isOfRun(evidence.slices, a)) break;
        checkHolder(a, b, at);
        if ((reporters.get(a) ?? b) !== b) violateIn('two ticks finish the same slice', ofSlice(a, b));
        if (!reporters.has(a)) reported += c;
        reporters.set(a, b);
        if (at > stoppedAt) violate('a slice of a withdrawn sweep is reported');
        if (stored < reported) violateIn('a slice is reported before the queue has its pushes', ofSlice(a, b));
        break;
      case kinds.attempted:
        if (!isOfRun(evidence.pushes, a) || isAttempted.add(a) > 1) break;
        ofSecond.add(Math.floor(at / second));
        ofMinute.add(Math.floor((at - startMs) / minute));
        lastAttemptAt = Math.max(lastAttemptAt, at);
        break;
      default:
    }
  });

  setMoment(Infinity);
  snapshotRules?.end();

  // The rate

  const mean = counts.enqueued / (windowMs / second);
  const rateOf = (column: typeof ofSecond, means: number, from: number, to: number) => {
    let [most, mostAt] = [0, 0];
    for (let index = from; index <= to; index += 1) {
      if (column.get(index) > most) [most, mostAt] = [column.get(index), index];
    }
    return { mean: means, most, mostAt };
  };
  const perSecond = rateOf(ofSecond, mean, 0, Math.floor(lastAttemptAt / second));
  const perMinute = rateOf(ofMinute, mean * 60, 0, Math.floor((lastAttemptAt - startMs) / minute));
  if (evidence.isGatewaySound && evidence.isListSlow !== true) {
    if (perSecond.most > 1.5 * lead * perSecond.mean + 5) {
      violateIn('a second has too many pushes', { words: wordsOfRate(perSecond, perSecond.mostAt * second) });
    }
    if (perMinute.most > 1.1 * lead * perMinute.mean + 10) {
      violateIn('a minute has too many pushes', { words: wordsOfRate(perMinute, startMs + perMinute.mostAt * minute) });
    }
  }
  const minutesLate = (lastAttemptAt - startMs - windowMs) / minute;
  if (isQuiet) {
    if (minutesLate > 2) {
      const words = `the last one at ${timeOf(lastAttemptAt)}, and the window ends at ${timeOf(startMs + windowMs)}`;
      violateIn('the last pushes come after the window', { words });
    }
    for (let index = 0; index < Math.floor(windowMs / minute); index += 1) {
      // The first minutes of a tick are for enqueueing, and a minute of the start need not be one of the clock.
      const afterTick = (startMs + index * minute) % tickMs;
      if (afterTick < 2 * minute) continue;
      const most = ofMinute.get(index);
      if (most >= 0.8 * perMinute.mean - 10) continue;
      violateIn('a minute has too few pushes', {
        words: wordsOfRate({ ...perMinute, most }, startMs + index * minute),
      });
    }
  }

  // Exactly once, and the report

  if (evidence.isSound && pushes.deaths === 0)
    for (let time = 0; time < pushes.duplicated; time += 1)
      violate('a device gets a second push although nothing died');
  if (summary === undefined) {
    if (evidence.withdrawnAtMs === undefined) violate('the run has no report');
  } else {
    for (const name of ['rows', 'enqueued', 'duplicates', 'filtered', 'excluded', 'refused', 'unchecked'] as const) {
      if (summary[name] === counts[name]) continue;
      const words = `${String(summary[name])} in place of ${String(counts[name])}`;
      violateIn(`the report has a wrong number: ${name}`, { words });
    }
  }
  if (mostAtOnce > memoryPushes) violate('an instance holds too many pushes at once');
  const counted: Readonly<Record<string, number>> = { delivered: outcomes?.delivered ?? 0, ...outcomes?.givenUp };
  for (const [outcome, count] of Object.entries({ delivered: pushes.delivered, ...pushes.givenUp })) {
    const difference = (counted[outcome] ?? 0) - count;
    // After a death, some count twice.
    const words = `${String(counted[outcome] ?? 0)} ${outcome} pushes in place of ${String(count)}`;
    if (evidence.isSound && difference < 0) violateIn('the outcomes of the run miss pushes', { words });
    if (isExact && difference > 0) violateIn('the outcomes of the run count pushes twice', { words });
  }
  return {
    ...{ ticks, ticksFailed, ticksDied, slices: reporters.size, perSecond, perMinute, minutesLate },
    ...{ counted, mostAtOnce },
  };
}

function ofSlice(slice: number, tick: number) {
  return { words: `slice ${String(slice)}, by ${nameOfTick(tick)}`, slice };
}

/** @param at when the second or the minute begins. */
function wordsOfRate({ most, mean }: { readonly most: number; readonly mean: number }, at: number): string {
  return `${String(most)} from ${timeOf(at)} on, with a mean of ${mean.toFixed(1)}`;
}
