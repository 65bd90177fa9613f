import { availableParallelism, cpus, totalmem } from 'node:os';
import { parseArgs } from 'node:util';
import { buildContenders } from './build.ts';
import { isHeld, type Figure, type Goal, type PartResult } from './part.ts';
import { parts } from './parts.ts';

const usage = `Measures the relay against its floors and its alternatives.

npm run bench -- [PART…] [--json] [--effort N]

  PART       ${parts.map(({ name }) => name).join(', ')}; without any, all of them
  --json     one JSON document instead of tables
  --effort   1 for figures worth publishing, less for a quick look`;

function readOptions() {
  try {
    const options = parseArgs({
      allowPositionals: true,
      options: { json: { type: 'boolean' }, effort: { type: 'string', default: '1' }, help: { type: 'boolean' } },
    });
    const unknown = options.positionals.find((name) => !parts.some((part) => part.name === name));
    if (unknown !== undefined) throw new Error(`There is no part "${unknown}".`);
    const effort = Number(options.values.effort);
    if (!(effort > 0 && effort <= 10)) throw new Error('--effort must be a number above 0 and at most 10.');
    return { ...options, effort };
  } catch (error) {
    console.error(`${error instanceof Error ? error.message : String(error)}\n\n${usage}`);
    process.exit(2);
  }
}

function printResult(title: string, { figures, goals, notes }: PartResult): void {
  console.log(`\n## ${title}\n`);
  for (const [measure, ofMeasure] of Map.groupBy(figures, (figure) => `${figure.measure}, ${figure.unit}`)) {
    console.log(`| ${measure} | median | quartiles |\n| --- | ---: | ---: |\n${ofMeasure.map(rowOf).join('\n')}\n`);
  }
  if (goals.length > 0) console.log('| goal | is | should be | |\n| --- | ---: | ---: | --- |');
  console.log([...goals.map(goalRowOf), '', ...notes].join('\n'));
}

function rowOf({ contender, median, lowerQuartile, upperQuartile }: Figure): string {
  const quartiles = lowerQuartile === upperQuartile ? '' : `${shown(lowerQuartile)} – ${shown(upperQuartile)}`;
  return `| ${contender} | ${shown(median)} | ${quartiles} |`;
}

function goalRowOf(goal: Goal): string {
  const bound = goal.atMost === undefined ? `≥ ${shown(goal.atLeast ?? NaN)}` : `≤ ${shown(goal.atMost)}`;
  return `| ${goal.goal} | ${shown(goal.value)} | ${bound} | ${isHeld(goal) ? 'held' : 'missed'} |`;
}

/** Three significant digits. */
function shown(value: number): string {
  if (!Number.isFinite(value)) return '–';
  const digits = Math.max(0, 2 - Math.floor(Math.log10(Math.max(Math.abs(value), 0.001))));
  return value.toFixed(Math.min(digits, 3));
}

const { values, positionals, effort } = readOptions();
if (values.help) {
  console.log(usage);
  process.exit(0);
}
await buildContenders();
const measured = new Map<string, PartResult>();
for (const part of parts.filter(({ name }) => positionals.length === 0 || positionals.includes(name))) {
  const result = await part.run({ effort, measured, environment: process.env });
  measured.set(part.name, result);
  if (!values.json) printResult(part.title, result);
}
const machine = {
  date: new Date().toISOString().slice(0, 10),
  node: process.versions.node,
  cpu: cpus()[0]?.model ?? 'unknown',
  cores: availableParallelism(),
  memoryGb: Math.round(totalmem() / 2 ** 30),
};
if (values.json) {
  const results = [...measured].map(([name, { goals, ...more }]) => ({
    name,
    goals: goals.map((goal) => ({ ...goal, held: isHeld(goal) })),
    ...more,
  }));
  console.log(JSON.stringify({ machine, effort, parts: results }, undefined, 2));
} else {
  const { date, node, cores, cpu, memoryGb } = machine;
  console.log(`\n${date}, Node ${node}, ${String(cores)} × ${cpu}, ${String(memoryGb)} GB`);
}
