import { parseArgs } from 'node:util';
import { startQueues } from '../support/queues.ts';
import { runFuzz } from './fuzz.ts';

const usage = `Sends mutated events to the door, and judges every answer and every push on the queue.

npm run fuzz -- [--seed NUMBER] [--events 100000] [--from 0]

The seed and its index decide what an event is; without a seed one is drawn, and printed.
One event is repeated with --from INDEX --events 1.`;

const { values } = parseArgs({
  options: {
    seed: { type: 'string', default: String(Math.floor(Math.random() * 1_000_000)) },
    events: { type: 'string', default: '100000' },
    from: { type: 'string', default: '0' },
    help: { type: 'boolean', default: false },
  },
});
if (values.help) {
  console.log(usage);
  process.exit(0);
}
const [seed, events, from] = [values.seed, values.events, values.from].map((text) =>
  /^\d+$/.test(text) ? Number(text) : NaN,
);
if (
  seed === undefined ||
  events === undefined ||
  from === undefined ||
  ![seed, events, from].every(Number.isSafeInteger)
) {
  console.error(`--seed, --events and --from take whole numbers.\n\n${usage}`);
  process.exit(1);
}

console.log(`seed ${String(seed)}, ${String(events)} events`);
const queues = await startQueues();
const startedAt = Date.now();
const { tally, viaSqs, violation } = await runFuzz({ seed, events, from, sample: { queues, every: 50 } });
const seconds = (Date.now() - startedAt) / 1000;
await queues.stop();
console.log(tally);
console.log(`${String(viaSqs)} of the accepted by way of SQS`);
console.log(`${seconds.toFixed(0)} s, ${(events / seconds).toFixed(0)} events/s`);
if (violation !== undefined) {
  const { index, what, dump } = violation;
  console.error(`${what}\n${dump}`);
  console.error(`Repeat it with --seed ${String(seed)} --from ${String(index)} --events 1.`);
  process.exit(1);
}
console.log('No 5xx, nothing thrown, no push on the queue that differs from what was sent.');
process.exit(0);
