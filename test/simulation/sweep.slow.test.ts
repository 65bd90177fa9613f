import { describe, expect, it } from 'vitest';
import { scenarios } from './scenarios.ts';
import { tryOut } from './trial.ts';

const sweeps = Object.entries(scenarios).filter(([, { sweep }]) => sweep !== undefined);

describe.each(sweeps)('%s', (_name, scenario) => {
  it.each([1, 2])('misses no device of a list of thousands with seed %i', async (seed) => {
    const pushes = 4000;
    const { account, faults } = await tryOut({ seed, pushes, scenario });
    expect(faults).toEqual([]);
    expect(account).toMatchObject({ accepted: pushes, waiting: 0, lost: 0 });
  });
});
