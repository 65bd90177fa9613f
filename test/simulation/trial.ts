import { check, type Account } from './checker.ts';
import { faultsOfRun } from './scenario.ts';
import { simulate, type Run, type RunOptions } from './world.ts';

/** A run with what the checker and its scenario say of it. */
export interface Trial {
  readonly run: Run;
  readonly account: Account;
  /** What is wrong, one line each; none if nothing is. */
  readonly faults: readonly string[];
}

/** Runs a scenario and checks it. */
export async function tryOut(options: RunOptions): Promise<Trial> {
  const { scenario } = options;
  const run = await simulate(options);
  const account = check({ ...run, skewMs: scenario.skewMs ?? 0 });
  return { run, account, faults: faultsOfRun(account, scenario) };
}
