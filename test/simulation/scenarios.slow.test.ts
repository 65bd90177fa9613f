import { describe, expect, it } from 'vitest';
import { check } from './checker.ts';
import { outages, refusals } from './pushes/outage-scenarios.ts';
import { faultsOfRun } from './scenario.ts';
import { scenarios } from './scenarios.ts';
import { simulate } from './world.ts';

const seeds = [1, 2, 3];
const usualPushes = 150;

/** Of scenarios that would do nothing else: with fewer, all is over before an instance dies, or an outage begins. */
const pushesOf: Readonly<Record<string, number>> = { crashes: 720, flapping: 400, 'day-outage-fast-senders': 250 };

/** The gateway is slow, and no more. */
const withoutFailures = ['sweep-and-clients-slow'];

// Another test runs those of the tables in docs/delivery.md.
const others = Object.entries(scenarios).filter(([name]) => !(name in outages) && !(name in refusals));

describe.each(others)('%s', (name, scenario) => {
  const pushes = pushesOf[name] ?? usualPushes;
  it.each(seeds)('loses nothing and breaks no rule with seed %i', async (seed) => {
    const run = await simulate({ seed, pushes, scenario });
    const account = check({ ...run, skewMs: scenario.skewMs ?? 0 });
    expect(account.sent).toBe(pushes);
    expect(faultsOfRun(account, scenario)).toEqual([]);
    // What the scenario promises did happen.
    if (scenario.crashesPerMinute !== undefined) expect(account.deaths).toBeGreaterThan(0);
    const hasFailures = scenario.troubleEndsAtMs !== undefined && !withoutFailures.includes(name);
    if (hasFailures) expect(account.attempts.max).toBeGreaterThan(1);
  });
});
