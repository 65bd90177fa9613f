import { parseArgs } from 'node:util';
import { startQueues } from '../support/queues.ts';
import { runFuzz } from './fuzz.ts';

const usage = `Sends mutated events to the intake, and checks every answer and every push on the queue.

npm run fuzz -- [--seed NUMBER] [--events 100000] [--from 0]

An event depends on the seed and its index only. Without --seed, a random seed is used and printed.
Repeat one event with --from INDEX --events 1.`;

function refuse(what: string): never {
  console.error(`${what}\n\n${usage}`);
  process.exit(1);
}

function readOptions() {
  try {
    return parseArgs({
      options: {
        seed: { type: 'string', default: String(Math.floor(Math.random() * 1_000_000)) },
        events: { type: 'string', default: '100000' },
        from: { type: 'string', default: '0' },
        help: { type: 'boolean', default: false },
      },
    }).values;
  } catch (error) {
    return refuse(error instanceof Error ? error.message : String(error));
  }
}

function wholeNumber(option: string, text: string): number {
  return /^\d{1,15}$/.test(text) ? Number(text) : refuse(`--${option} must be a whole number.`);
}

const options = readOptions();
if (options.help) {
  console.log(usage);
  process.exit(0);
}
const seed = wholeNumber('seed', options.seed);
const events = wholeNumber('events', options.events);
const from = wholeNumber('from', options.from);

console.log(`seed ${String(seed)}, ${String(events)} events`);
const queues = await startQueues();
const startedAt = Date.now();
const { tally, viaSqs, violation } = await runFuzz({ seed, events, from, sample: { queues, every: 50 } });
const seconds = (Date.now() - startedAt) / 1000;
await queues.stop();
console.log(tally);
console.log(`${String(viaSqs)} accepted pushes were read back from SQS`);
console.log(`${seconds.toFixed(0)} s, ${(events / seconds).toFixed(0)} events/s`);
if (violation !== undefined) {
  const { index, what, dump } = violation;
  console.error(`${what}\n${dump}`);
  console.error(`Repeat the event with --seed ${String(seed)} --from ${String(index)} --events 1.`);
  process.exit(1);
}
console.log('No 5xx, no exception, and no push on the queue that differs from what was sent.');
process.exit(0);
