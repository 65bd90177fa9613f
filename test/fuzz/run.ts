import { readNumbers } from '../support/options.ts';
import { startQueues } from '../support/queues.ts';
import { runFuzz } from './fuzz.ts';

const usage = `Sends mutated events, with forms, JSON and batches, to the intake, and checks every answer and every push on the queue.

npm run fuzz -- [--seed NUMBER] [--events 100000] [--from 0]

An event depends on the seed and its index only. Without --seed, a random seed is used and printed.
Repeat one event with --from INDEX --events 1.`;

const { seed, events, from } = readNumbers(usage, {
  seed: Math.floor(Math.random() * 1_000_000),
  events: 100_000,
  from: 0,
});

console.log(`seed ${String(seed)}, ${String(events)} events`);
const queues = await startQueues();
const startedAt = Date.now();
const { tally, pushes, viaSqs, violation } = await runFuzz({ seed, events, from, sample: { queues, every: 50 } });
const seconds = (Date.now() - startedAt) / 1000;
await queues.stop();
console.log(tally);
console.log(`${String(pushes)} pushes were accepted, and ${String(viaSqs)} of them were read back from SQS`);
console.log(`${seconds.toFixed(0)} s, ${(events / seconds).toFixed(0)} events/s`);
if (violation !== undefined) {
  const { index, what, dump } = violation;
  console.error(`${what}\n${dump}`);
  console.error(`Repeat the event with --seed ${String(seed)} --from ${String(index)} --events 1.`);
  process.exit(1);
}
console.log('No 5xx, no exception, and no push on the queue that differs from what was sent.');
process.exit(0);
