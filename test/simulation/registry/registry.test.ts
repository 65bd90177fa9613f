import { expect, it } from 'vitest';
import { tryOut } from '../trial.ts';
import { registryScenarios } from './registry-scenarios.ts';

it.each(Object.entries(registryScenarios))('repeats %s from its seed, without a fault', async (_name, scenario) => {
  const runs = await Promise.all([1, 1, 2].map((seed) => tryOut({ seed, pushes: 40, scenario })));
  expect(runs.flatMap(({ faults }) => faults)).toEqual([]);
  const [first, again, other] = runs.map(({ run }) => run.history.hash());
  expect(again).toBe(first);
  expect(other).not.toBe(first);
});

it('registers devices, and prunes those that the gateway does not know', async () => {
  const { registry: scenario } = registryScenarios;
  if (scenario === undefined) throw new Error('there is no scenario registry');
  const { account } = await tryOut({ seed: 1, pushes: 200, scenario });
  const { registry } = account;
  expect(registry).toMatchObject({ requestsFailed: 0, deadLeft: 0, accountsOverfull: 0 });
  expect(registry?.pruned).toBeGreaterThan(3);
  expect(registry?.displaced).toBeGreaterThan(3);
  expect(registry?.unchanged).toBeGreaterThan(registry?.written ?? Infinity);
});
