import { expect, it } from 'vitest';
import { scenarios } from '../scenarios.ts';
import { tryOut } from '../trial.ts';

const sweeps = Object.entries(scenarios).filter(([, { sweep }]) => sweep !== undefined);

// Another test runs them with few devices and more seeds.
it.each(sweeps)('%s misses none of two thousand devices', async (_name, scenario) => {
  const { account, faults } = await tryOut({ seed: 4, pushes: 2000, scenario });
  expect(faults).toEqual([]);
  expect(account).toMatchObject({ sent: 2000, waiting: 0, lost: 0 });
});
