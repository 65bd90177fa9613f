import { expect, it } from 'vitest';
import { healthyGateway, hour, type Scenario } from '../scenario.ts';
import { sweepScenarios } from './sweep-scenarios.ts';
import { tryOut } from '../trial.ts';

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
  const { delivered, givenUp } = account;
  const { unregistered, rejected } = givenUp;
  expect(account.sweeps).toMatchObject([{ slices: 4, ticksFailed: 0, perMinute: { mean: 5 } }]);
  expect(account.sweeps[0]?.counted).toEqual({ delivered, unregistered, rejected });
});

it('repeats a sweep from its seed, also with ticks that die, come twice or are missed', async () => {
  const scenario = { ...healthy, sweep: { windowMs: hour, ticks: { missed: 0.2, twice: 0.5, dies: 0.5 } } };
  const hashOf = async (seed: number) => (await tryOut({ seed, pushes: 100, scenario })).run.history.hash();
  const first = await hashOf(1);
  expect(await hashOf(1)).toBe(first);
  expect(await hashOf(2)).not.toBe(first);
});

it('finds clients whose pushes wait for too long', async () => {
  const { 'sweep-and-clients-slow': scenario = healthy } = sweepScenarios;
  const few = { ...scenario, settings: { DELIVER_INSTANCES: '2' } };
  const faultsOf = async (one: Scenario) => (await tryOut({ seed: 1, pushes: 1500, scenario: one })).faults;
  expect(await faultsOf(scenario)).toEqual([]);
  expect(await faultsOf(few)).toEqual(['The pushes of clients wait because of the sweep.']);
});

it('sweeps again without the devices that the gateway called unregistered', async () => {
  const { 'sweep-again': scenario = healthy } = sweepScenarios;
  const { account, faults } = await tryOut({ seed: 1, pushes: 400, scenario });
  expect(faults).toEqual([]);
  const dead = account.givenUp.unregistered;
  expect(dead).toBeGreaterThan(10);
  expect(account.accepted).toBe(400 - dead);
  expect(account.sweeps.map(({ counted }) => counted['unregistered'] ?? 0)).toEqual([dead, 0]);
});

it('takes one snapshot of a registry that changes, and repeats it from its seed', async () => {
  const { 'sweep-registry-with-crashes': scenario = healthy } = sweepScenarios;
  const runOf = async (seed: number) => {
    const { run, account, faults } = await tryOut({ seed, pushes: 100, scenario });
    expect(faults).toEqual([]);
    expect(account.accepted).toBeGreaterThan(80);
    expect(account.accepted).toBeLessThan(100);
    return run.history.hash();
  };
  const first = await runOf(1);
  expect(await runOf(1)).toBe(first);
  expect(await runOf(2)).not.toBe(first);
});
