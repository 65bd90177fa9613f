import { readOptions, refuse } from '../support/options.ts';
import { mostHistoryMs } from './history.ts';
import { withoutRealTime } from './kernel/real-time.ts';
import { plants } from './plants.ts';
import { accountHelp, linesOf } from './report/account-lines.ts';
import { describeFailure } from './report/report.ts';
import { day, second, type Scenario } from './scenario.ts';
import { scenarios } from './scenarios.ts';
import { rowOfRun } from './report/tables.ts';
import { tryOut, type Trial } from './trial.ts';
import type { RunOptions } from './world.ts';

const columnsOf = (rows: readonly (readonly string[])[]) =>
  rows.map((cells) => `  ${cells.map((cell) => cell.padEnd(30)).join('')}`.trimEnd()).join('\n');

const usage = `Runs the real functions on a virtual clock, in a world of models whose faults and order a seed determines, and draws the
account of all pushes.

npm run simulate -- [--scenario healthy] [--pushes 10000] [--seed NUMBER] [--plant NAME]
npm run simulate -- --minutes NUMBER [--pushes 1000] [--seed NUMBER]

The same options give the same hash, and the same account. Without --seed, a random seed is used and printed. A run that
fails is repeated with fewer pushes, and what happened to the pushes that are wrong is printed.

--minutes runs all scenarios in turn, each time with the next seed, until the time is over or a run fails.

--plant plants a fault into a function. The default of --scenario and --pushes is where a run finds it.

The exit code is 0 if nothing is wrong, and 1 if the run fails, also because of a plant. It is 2 if a run does not find its
plant.

Scenarios:
${columnsOf(Object.entries(scenarios).map(([name, { summary }]) => [name, summary]))}

Plants, each with the scenario that finds it:
${columnsOf(Object.entries(plants).map(([name, { scenario, summary }]) => [name, scenario, summary]))}

${accountHelp}`;

const options = readRunOptions();
const isSound = options.minutes === undefined ? await runOnce() : await runAll(options.minutes);
const { plantName } = options;
if (isSound && plantName !== undefined) {
  const { scenario, pushes } = plants[plantName] ?? {};
  console.log(
    `verdict: failed, because the run did not find the plant: ${plantName} needs --scenario ${String(scenario)} and about ${String(pushes)} pushes`,
  );
  process.exitCode = 2;
} else {
  console.log(`verdict: ${isSound ? 'passed' : plantName === undefined ? 'failed' : 'failed, as the plant must'}`);
  process.exitCode = isSound ? 0 : 1;
}

async function runOnce(): Promise<boolean> {
  const { plantName } = options;
  const plant = plantName === undefined ? undefined : plants[plantName];
  const scenarioName = options.scenarioName ?? plant?.scenario ?? 'healthy';
  const { seed } = options;
  const startedAt = performance.now();
  console.log(`seed: ${String(seed)}`);
  const onHour = (hours: number) => {
    if (process.stderr.isTTY) process.stderr.write(`\r${String(hours)} virtual hours `);
  };
  const scenario = scenarioOf(scenarioName);
  const mostPushes = mostPushesOf(scenario);
  const pushes = options.pushes ?? plant?.pushes ?? Math.min(10_000, mostPushes);
  if (pushes > mostPushes) {
    refuse(
      `--pushes must be at most ${String(mostPushes)}: the scenario sends few a day, and a run has 49 days at most.`,
    );
  }
  const runOptions = { seed, pushes, plant, scenario };
  const trial = await withoutRealTime(() => tryOut({ ...runOptions, onHour }));
  const { run, faults } = trial;
  console.log(`hash: ${run.history.hash()}`);
  for (const [name, value] of linesOf(trial)) console.log(`${name}: ${value}`);
  const row = rowOfRun(scenarioName, trial);
  if (row !== undefined) console.log(`row of docs/delivery.md: ${row}`);
  console.error(`events: ${String(run.events)}, records: ${String(run.history.size())}`);
  console.error(`seconds: ${secondsSince(startedAt)}`);
  if (faults.length > 0) await explain(runOptions, scenarioName, trial);
  return faults.length === 0;
}

/** Runs all scenarios in turn with fresh seeds, a line for each run. */
async function runAll(minutes: number): Promise<boolean> {
  const { pushes: usualPushes = 1000 } = options;
  let { seed } = options;
  const endsAt = performance.now() + minutes * 60_000;
  for (;;) {
    for (const [scenarioName, scenario] of Object.entries(scenarios)) {
      const startedAt = performance.now();
      const pushes = Math.min(usualPushes, mostPushesOf(scenario));
      const runOptions = { seed, pushes, scenario };
      const trial = await withoutRealTime(() => tryOut(runOptions));
      const { run, faults } = trial;
      const state = faults.length === 0 ? 'passed' : 'failed';
      const hash = run.history.hash().slice(0, 12);
      console.log(
        `${state} ${scenarioName.padEnd(30)} seed ${String(seed)}, hash ${hash}, ${secondsSince(startedAt)} s`,
      );
      if (faults.length > 0) {
        await explain(runOptions, scenarioName, trial);
        return false;
      }
      if (performance.now() > endsAt) return true;
      seed = (seed + 1) % 2 ** 31;
    }
  }
}

async function explain(runOptions: RunOptions, scenarioName: string, trial: Trial): Promise<void> {
  const { seed } = runOptions;
  const { plantName } = options;
  const commandOf = (pushes: number) =>
    [
      `npm run simulate -- --scenario ${scenarioName} --pushes ${String(pushes)} --seed ${String(seed)}`,
      ...(plantName === undefined ? [] : [`--plant ${plantName}`]),
    ].join(' ');
  const lines = await withoutRealTime(() => describeFailure(runOptions, trial, commandOf));
  for (const line of lines) console.error(line);
}

/** The number of pushes whose run the history can hold, also if the run ends days after the last push. */
function mostPushesOf({ pushesPerSecond }: Scenario): number {
  return Math.floor(((mostHistoryMs - 6 * day) / second) * pushesPerSecond);
}

function secondsSince(startedAt: number): string {
  return ((performance.now() - startedAt) / 1000).toFixed(1);
}

function scenarioOf(name: string) {
  const scenario = scenarios[name];
  if (scenario === undefined || !Object.hasOwn(scenarios, name)) {
    refuse(`There is no scenario ${name}: --help lists them.`);
  }
  return scenario;
}

function readRunOptions() {
  const options = readOptions(usage, ['scenario', 'pushes', 'seed', 'plant', 'minutes']);
  const scenarioName = options.text('scenario');
  const plantName = options.text('plant');
  const minutes = options.number('minutes', { least: 1, most: 100_000 });
  if (scenarioName !== undefined) scenarioOf(scenarioName);
  if (plantName !== undefined && !Object.hasOwn(plants, plantName)) {
    refuse(`There is no plant ${plantName}: --help lists them.`);
  }
  if (minutes !== undefined && (scenarioName ?? plantName) !== undefined) {
    refuse('--minutes runs all scenarios: leave out --scenario and --plant.');
  }
  return {
    scenarioName,
    plantName,
    minutes,
    pushes: options.number('pushes', { least: 1, most: 10_000_000 }),
    seed: options.number('seed', { most: 2 ** 31 - 1 }) ?? Math.floor(Math.random() * 1_000_000),
  };
}
