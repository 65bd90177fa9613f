import { parseArgs } from 'node:util';
import { buildContenders } from './build.ts';
import { machineOf } from './machine.ts';
import { isHeld, type PartResult } from './part.ts';
import { parts } from './parts.ts';
import { printPart } from './print.ts';

const names = parts.map(({ name }) => name).join(', ');
const usage = `Measures the relay against its floors and against what is written instead.

npm run bench -- [PART…] [--json] [--effort N]

  PART       ${names}; all of them without any
  --json     one JSON document in place of tables
  --effort   1 for figures to be told, less for a quick look`;

function readOptions() {
  try {
    const options = parseArgs({
      allowPositionals: true,
      options: { json: { type: 'boolean' }, effort: { type: 'string', default: '1' }, help: { type: 'boolean' } },
    });
    const unknown = options.positionals.find((name) => !parts.some((part) => part.name === name));
    if (unknown !== undefined) throw new Error(`There is no part ${unknown}.`);
    const effort = Number(options.values.effort);
    if (!(effort > 0 && effort <= 10)) throw new Error('--effort must be a number above 0 and up to 10.');
    return { ...options, effort };
  } catch (error) {
    console.error(`${error instanceof Error ? error.message : String(error)}\n\n${usage}`);
    process.exit(2);
  }
}

const { values, positionals, effort } = readOptions();
if (values.help) {
  console.log(usage);
  process.exit(0);
}
const chosen = positionals.length === 0 ? parts : parts.filter(({ name }) => positionals.includes(name));

await buildContenders();
const measured = new Map<string, PartResult>();
for (const part of chosen) {
  const result = await part.run({ effort, measured, environment: process.env });
  measured.set(part.name, result);
  if (!values.json) printPart(part, result);
}
if (values.json) {
  const told = [...measured].map(([name, { goals, ...more }]) => ({
    name,
    goals: goals.map((goal) => ({ ...goal, held: isHeld(goal) })),
    ...more,
  }));
  console.log(JSON.stringify({ machine: machineOf(), effort, parts: told }, undefined, 2));
} else {
  const { date, cpu, cores, memoryGb, node } = machineOf();
  console.log(`\n${date}, Node ${node}, ${String(cores)} × ${cpu}, ${String(memoryGb)} GB`);
}
