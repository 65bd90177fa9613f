import { expect, it } from 'vitest';
import { check, faultsOf } from './checker.ts';
import { healthyGateway, type Scenario } from './scenario.ts';
import { simulate } from './world.ts';

const healthy: Scenario = { summary: 'everything works', pushesPerSecond: 12, createGateway: () => healthyGateway };

async function accountOf(scenario: Scenario, seed: number) {
  const run = await simulate({ seed, pushes: 200, scenario });
  return { hash: run.history.hash(), account: check({ ...run, skewMs: scenario.skewMs ?? 0 }) };
}

it('delivers every push, or gives it up for the reason that the gateway has', async () => {
  const { account } = await accountOf(healthy, 1);
  expect(faultsOf(account)).toEqual([]);
  expect(account).toMatchObject({ sent: 200, accepted: 200, lost: 0, waiting: 0, duplicated: 0 });
  const { unregistered, rejected } = account.givenUp;
  expect(account.delivered + unregistered + rejected).toBe(200);
});

it('repeats a run from its seed, and has another run for another seed', async () => {
  const [first, again, other] = [await accountOf(healthy, 1), await accountOf(healthy, 1), await accountOf(healthy, 2)];
  expect(again).toEqual(first);
  expect(other.hash).not.toBe(first.hash);
});
