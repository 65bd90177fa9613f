import { parseArgs } from 'node:util';
import { check, type Account } from './checker.ts';
import type { Distribution } from './columns.ts';
import { withoutRealTime } from './kernel/real-time.ts';
import { faultsOfRun } from './scenario.ts';
import { scenarios } from './scenarios.ts';
import { simulate } from './world.ts';

const usage = `Runs the real functions on a virtual clock, in a world of models whose faults and order a seed determines, and draws the
account of all pushes.

npm run simulate -- [--scenario healthy] [--pushes 10000] [--seed NUMBER]

The same options give the same hash, and the same account. Without --seed, a random seed is used and printed.

Scenarios:
${Object.entries(scenarios)
  .map(([name, { summary }]) => `  ${name.padEnd(26)}${summary}`)
  .join('\n')}`;

const { scenarioName, pushes, seed } = readOptions();
const scenario = scenarios[scenarioName];
if (scenario === undefined) throw new Error('readOptions checks the scenario');
const startedAt = performance.now();
console.log(`seed: ${String(seed)}`);
const run = await withoutRealTime(() =>
  simulate({
    seed,
    pushes,
    scenario,
    onHour(hours) {
      if (process.stderr.isTTY) process.stderr.write(`\r${String(hours)} virtual hours `);
    },
  }),
);
const account = check({ ...run, skewMs: scenario.skewMs ?? 0 });
console.log(`hash: ${run.history.hash()}`);
for (const [name, value] of linesOf(account)) console.log(`${name}: ${value}`);
console.log(`most-in-flight: ${String(run.mostInFlight)}`);
console.log(`virtual-hours: ${(run.endedAt / 3_600_000).toFixed(1)}`);
console.error(`events: ${String(run.events)}, records: ${String(run.history.size())}`);
console.error(`seconds: ${((performance.now() - startedAt) / 1000).toFixed(1)}`);
const faults = faultsOfRun(account, scenario);
if (faults.length > 0) {
  for (const fault of faults) console.error(fault);
  const options = `--scenario ${scenarioName} --pushes ${String(pushes)} --seed ${String(seed)}`;
  console.error(`Repeat it with: npm run simulate -- ${options}`);
  process.exitCode = 1;
}

function readOptions() {
  try {
    const text = { type: 'string' } as const;
    const { values } = parseArgs({
      options: { scenario: text, pushes: text, seed: text, help: { type: 'boolean' } },
    });
    if (values.help === true) {
      console.log(usage);
      process.exit(0);
    }
    const wholeNumber = (name: 'pushes' | 'seed', most: number, fallback: number) => {
      const value = values[name] ?? String(fallback);
      if (/^\d{1,10}$/.test(value) && Number(value) <= most) return Number(value);
      throw new Error(`--${name} must be a whole number up to ${String(most)}.`);
    };
    const scenarioName = values.scenario ?? 'healthy';
    if (!Object.hasOwn(scenarios, scenarioName)) {
      throw new Error(`There is no scenario ${scenarioName}: --help lists them.`);
    }
    return {
      scenarioName,
      pushes: wholeNumber('pushes', 10_000_000, 10_000),
      seed: wholeNumber('seed', 2 ** 31 - 1, Math.floor(Math.random() * 1_000_000)),
    };
  } catch (error) {
    console.error(error instanceof Error ? error.message : String(error));
    process.exit(1);
  }
}

function linesOf(account: Account): [name: string, value: string][] {
  const { attempts, receives, delaySeconds, givenUp } = account;
  const counts = (
    ['sent', 'accepted', 'delivered', 'waiting', 'lost', 'unexpected', 'duplicated', 'recovered'] as const
  ).map((name): [string, string] => [name, String(account[name])]);
  return [
    ...counts,
    ...Object.entries(givenUp).map(([reason, count]): [string, string] => [`given-up-${reason}`, String(count)]),
    ['retention-ended', String(account.retentionEnded)],
    ['deceived', String(account.deceived)],
    ['confirmed', String(account.confirmed)],
    ['deaths', String(account.deaths)],
    ['attempts', textOf(attempts)],
    ['receives', textOf(receives)],
    ['delay-seconds', textOf(delaySeconds)],
    ...slowestTenants(account),
  ];
}

/** The delays of the two tenants that waited for longest. */
function slowestTenants({ delaySecondsOfTenants }: Account): [name: string, value: string][] {
  return [...delaySecondsOfTenants.entries()]
    .sort(([, a], [, b]) => b.p99 - a.p99)
    .slice(0, 2)
    .map(([tenant, delays]) => [`delay-seconds-of-tenant-${String(tenant)}`, textOf(delays)]);
}

function textOf({ median, p99, max }: Distribution): string {
  return `median ${String(median)}, p99 ${String(p99)}, max ${String(max)}`;
}
