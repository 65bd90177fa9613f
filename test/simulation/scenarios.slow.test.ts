import { describe, expect, it } from 'vitest';
import { check } from './checker.ts';
import { outages, refusals } from './pushes/outage-scenarios.ts';
import { faultsOfRun } from './scenario.ts';
import { scenarios } from './scenarios.ts';
import { simulate } from './world.ts';

const seeds = [1, 2, 3];
const pushes = 150;

// Another test runs those of the tables in docs/delivery.md.
const others = Object.entries(scenarios).filter(([name]) => !(name in outages) && !(name in refusals));

describe.each(others)('%s', (_name, scenario) => {
  it.each(seeds)('loses nothing and breaks no rule with seed %i', async (seed) => {
    const run = await simulate({ seed, pushes, scenario });
    const account = check({ ...run, skewMs: scenario.skewMs ?? 0 });
    expect(account.sent).toBe(pushes);
    expect(faultsOfRun(account, scenario)).toEqual([]);
  });
});
