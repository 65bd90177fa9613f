import { tryOut, type Trial } from '../trial.ts';
import type { RunOptions } from '../world.ts';

export interface Shrunk {
  readonly pushes: number;
  readonly trial: Trial;
}

/** Runs together have at most this many events, or as many as the run that failed. */
const leastBudget = 5_000_000;

/**
 * Finds a run of the same scenario and seed with fewer pushes that has one of the same faults. It tries 1, 2, 4, … pushes,
 * and then halves the distance to the last run without the fault, until no run is left or their events are too many.
 */
export async function shrink(options: RunOptions, failed: Trial): Promise<Shrunk> {
  const wanted = new Set(failed.faults.map(kindOf));
  let budget = Math.max(leastBudget, failed.run.events);
  let shortest: Shrunk = { pushes: options.pushes, trial: failed };
  let sound = 0;
  const attempt = async (pushes: number) => {
    const trial = await tryOut({ ...options, pushes });
    budget -= trial.run.events;
    if (trial.faults.some((fault) => wanted.has(kindOf(fault)))) shortest = { pushes, trial };
    else sound = pushes;
  };
  for (let pushes = 1; pushes < shortest.pushes && budget > 0; pushes *= 2) await attempt(pushes);
  while (shortest.pushes - sound > 1 && budget > 0) await attempt(Math.floor((shortest.pushes + sound) / 2));
  return shortest;
}

/** The words of a fault without its figures. */
function kindOf(fault: string): string {
  return fault.replace(/^\d+ times?/, '').replace(/\d+/g, '#');
}
