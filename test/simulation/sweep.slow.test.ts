import { describe, expect, it } from 'vitest';
import { scenarios } from './scenarios.ts';
import { tryOut } from './trial.ts';

const sweeps = Object.entries(scenarios).filter(([, { sweep }]) => sweep !== undefined);

describe.each(sweeps)('%s', (_name, scenario) => {
  it.each([1, 2])('misses no device of a list of thousands with seed %i', async (seed) => {
    const { account, faults } = await tryOut({ seed, pushes: 2000, scenario });
    expect(faults).toEqual([]);
    expect(account).toMatchObject({ sent: 2000, waiting: 0, lost: 0 });
  });
});
