import { describe, expect, it } from 'vitest';
import { check } from './checker.ts';
import { faultsOfRun } from './scenario.ts';
import { scenarios } from './scenarios.ts';
import { simulate } from './world.ts';

const seeds = [1, 2, 3];
const pushes = 150;

describe.each(Object.entries(scenarios))('%s', (_name, scenario) => {
  it.each(seeds)('loses nothing and breaks no rule with seed %i', async (seed) => {
    const run = await simulate({ seed, pushes, scenario });
    const account = check({ ...run, skewMs: scenario.skewMs ?? 0 });
    expect(account.sent).toBe(pushes);
    expect(faultsOfRun(account, scenario)).toEqual([]);
  });
});
