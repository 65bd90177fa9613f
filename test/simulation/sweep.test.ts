import { expect, it } from 'vitest';
import { healthyGateway, hour, type Scenario } from './scenario.ts';
import { tryOut } from './trial.ts';

const healthy: Scenario = {
  summary: 'a sweep',
  pushesPerSecond: 1,
  sweep: { windowMs: hour },
  createGateway: () => healthyGateway,
};

it('pushes once to each device of a list, evenly over the window, and reports it', async () => {
  const { account, faults } = await tryOut({ seed: 1, pushes: 300, scenario: healthy });
  expect(faults).toEqual([]);
  expect(account).toMatchObject({ sent: 300, accepted: 300, lost: 0, unexpected: 0, duplicated: 0 });
  expect(account.sweep).toMatchObject({ slices: 4, ticksFailed: 0, perMinute: { mean: 5 } });
  expect(account.sweep?.countedDelivered).toBe(account.delivered);
});

it('repeats a sweep from its seed, also with ticks that die, come twice or are missed', async () => {
  const scenario = { ...healthy, sweep: { windowMs: hour, ticks: { missed: 0.2, twice: 0.5, dies: 0.5 } } };
  const hashOf = async (seed: number) => (await tryOut({ seed, pushes: 100, scenario })).run.history.hash();
  const first = await hashOf(1);
  expect(await hashOf(1)).toBe(first);
  expect(await hashOf(2)).not.toBe(first);
});
