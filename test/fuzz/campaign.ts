import { Worker } from 'node:worker_threads';
import { emptyReport, type FuzzReport, type Violation } from './fuzz.ts';
import type { Unit, WorkerOrder, WorkerReport } from './units.ts';

export interface CampaignOptions {
  /** The first seed; the others follow it. */
  readonly seed: number;
  readonly events: number;
  /** How many seeds run at the same time. */
  readonly workers: number;
  /** The maximum number of events of a seed. */
  readonly seedEvents?: number;
  readonly onFinding: (finding: Finding) => void;
  /** Ends the campaign early. */
  readonly signal?: AbortSignal;
  /** The module of the worker threads. Tests pass one with a faulty intake. */
  readonly worker?: URL;
  /** A worker that reports nothing for so long is ended: an event takes milliseconds. */
  readonly silentMs?: number;
}

/** A violation, or a worker that ended or hung. Only the first of its kind is reported. */
export interface Finding {
  readonly what: string;
  readonly seed: number;
  /** The options that repeat it. */
  readonly options: string;
  readonly dump?: string;
}

/** A report without its violations, which are reported as findings. */
type Sums = Omit<FuzzReport, 'violations'>;

/** The sums over all seeds, so far or at the end. */
export interface CampaignReport extends Sums {
  /** How many seeds were started. */
  readonly seeds: number;
  readonly findings: number;
}

export interface Campaign {
  readonly reportNow: () => CampaignReport;
  readonly ended: Promise<CampaignReport>;
}

/** Sends the events of several seeds to intakes, each seed in a worker thread. */
export function startCampaign(options: CampaignOptions): Campaign {
  const { seed, events, workers, seedEvents = 250_000, onFinding, signal } = options;
  const { worker: url = new URL('worker.ts', import.meta.url), silentMs = 300_000 } = options;
  const units = unitsOf(seed, events, Math.min(seedEvents, Math.ceil(events / workers)));
  const running = new Map<Unit, FuzzReport>();
  const found = new Set<string>();
  let finished: Sums = emptyReport;
  let seeds = 0;

  const reportNow = (): CampaignReport => {
    const sums = [...running.values()].reduce<Sums>(add, finished);
    return { ...sums, seeds, findings: found.size };
  };
  const find = (finding: Finding): void => {
    if (found.has(finding.what)) return;
    found.add(finding.what);
    onFinding(finding);
  };
  // The workers take the units from the same iterator.
  const rest = units.values();
  const runUnits = async (): Promise<void> => {
    let thread: Worker | undefined;
    for (const unit of rest) {
      if (signal?.aborted) break;
      seeds += 1;
      running.set(unit, emptyReport);
      thread ??= new Worker(url, { resourceLimits: { maxOldGenerationSizeMb: 512 } });
      const fault = await runUnit(thread, unit, silentMs, signal, (report) => {
        running.set(unit, report);
        for (const violation of report.violations) find(findingOf(unit, violation));
      });
      if (fault !== undefined) {
        const repeat = `--seed ${String(unit.seed)} --events ${String(unit.events)} --workers 1`;
        find({ what: fault, seed: unit.seed, options: repeat });
        await thread.terminate();
        thread = undefined;
      }
      finished = add(finished, running.get(unit) ?? emptyReport);
      running.delete(unit);
    }
    await thread?.terminate();
  };
  const ended = Promise.all(Array.from({ length: Math.min(workers, units.length) }, runUnits)).then(reportNow);
  return { reportNow, ended };
}

/** Runs a unit in a worker thread. @returns why the thread did not end it, if it did not. */
function runUnit(
  thread: Worker,
  unit: Unit,
  silentMs: number,
  signal: AbortSignal | undefined,
  onReport: (report: FuzzReport) => void,
): Promise<string | undefined> {
  const { promise, resolve } = Promise.withResolvers<string | undefined>();
  const order = (one: WorkerOrder): void => {
    thread.postMessage(one);
  };
  const stop = (): void => {
    order({ kind: 'stop' });
  };
  // Several ticks rather than one time-out, which would have passed after a pause of the whole process.
  const ticks = 10;
  let silentTicks = 0;
  const timer = setInterval(() => {
    silentTicks += 1;
    if (silentTicks >= ticks) resolve(`no event ended within ${String(silentMs / 1000)} s`);
  }, silentMs / ticks);
  thread.on('message', ({ report, isDone }: WorkerReport) => {
    silentTicks = 0;
    onReport(report);
    if (isDone) resolve(undefined);
  });
  thread.on('error', (error: unknown) => {
    resolve(`the worker ended: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`);
  });
  thread.on('exit', (code) => {
    resolve(`the worker ended with the exit code ${String(code)}`);
  });
  signal?.addEventListener('abort', stop);
  order({ kind: 'run', unit });
  return promise.finally(() => {
    clearInterval(timer);
    signal?.removeEventListener('abort', stop);
    for (const name of ['message', 'error', 'exit']) thread.removeAllListeners(name);
  });
}

function unitsOf(firstSeed: number, events: number, seedEvents: number): Unit[] {
  return Array.from({ length: Math.ceil(events / seedEvents) }, (_, at) => ({
    seed: firstSeed + at,
    events: Math.min(seedEvents, events - at * seedEvents),
  }));
}

function findingOf({ seed }: Unit, { what, recipe, dump }: Violation): Finding {
  return { what, seed, options: `--recipe '${recipe}'`, dump };
}

function add(one: Sums, other: Sums): Sums {
  const tally = { ...one.tally };
  for (const [status, count] of Object.entries(other.tally)) tally[status] = (tally[status] ?? 0) + count;
  return {
    tally,
    events: one.events + other.events,
    pushes: one.pushes + other.pushes,
    viaSqs: one.viaSqs + other.viaSqs,
    kinds: Math.max(one.kinds, other.kinds),
    violating: one.violating + other.violating,
  };
}
