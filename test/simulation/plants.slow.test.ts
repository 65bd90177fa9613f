import { expect, it } from 'vitest';
import { plants } from './plants.ts';
import { scenarios } from './scenarios.ts';
import { tryOut } from './trial.ts';

it.each(Object.entries(plants))('finds %s', async (_name, plant) => {
  const { pushes, fault } = plant;
  const scenario = scenarios[plant.scenario];
  if (scenario === undefined) throw new Error(`there is no scenario ${plant.scenario}`);
  const { faults } = await tryOut({ seed: 1, pushes, scenario, plant });
  expect(faults).toContainEqual(expect.stringContaining(fault));
});
