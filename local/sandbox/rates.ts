import type { ShownPush, SweepRate } from './api.ts';
import type { Change } from './pushes.ts';

/** A run that takes longer than this many seconds is counted in longer spans. */
const mostSpans = 240;
/** How many runs are counted: the newest. */
const keptRuns = 10;

interface Counted {
  readonly startMs: number;
  spanSeconds: number;
  attempted: number[];
  delivered: number[];
  totals: { delivered: number; givenUp: number };
}

export type Rates = ReturnType<typeof createRates>;

/** Counts the pushes of each run over time. Its memory does not grow with the length of a run. */
export function createRates(now: () => number) {
  const runs = new Map<string, Counted>();
  const runOf = (key: string): Counted => {
    const known = runs.get(key);
    if (known !== undefined) return known;
    const startMs = Math.floor(now() / 1000) * 1000;
    const run = { startMs, spanSeconds: 1, attempted: [], delivered: [], totals: { delivered: 0, givenUp: 0 } };
    runs.set(key, run);
    for (const oldest of runs.keys()) if (runs.size > keptRuns) runs.delete(oldest);
    return run;
  };
  const add = (run: Counted, counts: 'attempted' | 'delivered', atMs: number) => {
    const spanOf = () => Math.max(0, Math.floor((atMs - run.startMs) / 1000 / run.spanSeconds));
    while (spanOf() >= mostSpans) {
      run.spanSeconds *= 2;
      run.attempted = inPairs(run.attempted);
      run.delivered = inPairs(run.delivered);
    }
    const span = spanOf();
    for (const each of [run.attempted, run.delivered]) while (each.length <= span) each.push(0);
    run[counts][span] = (run[counts][span] ?? 0) + 1;
  };
  return {
    /** Counts a change of a push, if it belongs to a sweep. */
    count({ sweep, attempts }: ShownPush, change: Change) {
      if (sweep === undefined) return;
      if (change !== 'attempted' && change !== 'delivered' && change !== 'given-up') return;
      const run = runOf(keyOf(sweep.plan, sweep.run));
      // A delivery counts when its attempt began, so that what is only attempted has failed.
      const atMs = Date.parse(attempts.at(-1)?.startedAt ?? new Date(now()).toISOString());
      if (change === 'attempted') add(run, 'attempted', atMs);
      else if (change === 'given-up') run.totals.givenUp += 1;
      else {
        run.totals.delivered += 1;
        add(run, 'delivered', atMs);
        // Nothing saw the attempt if the gateway is not that of the sandbox.
        if (attempts.length === 0) add(run, 'attempted', atMs);
      }
    },
    /** What was counted of a run; `undefined` if it has no attempt yet, or newer runs have taken its place. */
    of(plan: string, runId: string): { readonly rate: SweepRate; readonly totals: Counted['totals'] } | undefined {
      const run = runs.get(keyOf(plan, runId));
      if (run === undefined) return undefined;
      const { startMs, spanSeconds, attempted, delivered, totals } = run;
      const from = new Date(startMs).toISOString();
      return {
        rate: { from, spanSeconds, attempted: [...attempted], delivered: [...delivered] },
        totals: { ...totals },
      };
    },
  };
}

const keyOf = (plan: string, run: string) => `${plan}/${run}`;

function inPairs(counts: readonly number[]): number[] {
  return Array.from({ length: Math.ceil(counts.length / 2) }, (_, index) => {
    return (counts[index * 2] ?? 0) + (counts[index * 2 + 1] ?? 0);
  });
}
