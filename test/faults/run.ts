import { readOptions } from '../support/options.ts';
import { explainDuplicates, faultsOfAccount } from './account.ts';
import { runSuite } from './suite.ts';

const usage = `Sends pushes through the whole relay while everything around it fails, and draws the account.

npm run faults -- [--seed NUMBER] [--pushes 20000] [--stalled-seconds 60] [--limit-seconds 1800]

It ends when every push is delivered or a dead letter; or when none has become so for --stalled-seconds, or after
--limit-seconds in all. Then what is still on the queue waits, and is not lost.

The seed repeats the faults: what the gateway does with each attempt, how often SQS and SNS fail and instances are killed.
It does not repeat the timing, and with it which pushes are hit. Without a seed one is drawn, and printed.`;

const options = readOptions(usage, ['seed', 'pushes', 'stalled-seconds', 'limit-seconds']);
const seed = options.number('seed') ?? Math.floor(Math.random() * 1_000_000);
const pushes = options.number('pushes', { least: 1 }) ?? 20_000;
const stalledAfterMs = (options.number('stalled-seconds') ?? 60) * 1000;
const limitMs = (options.number('limit-seconds') ?? 1800) * 1000;

console.log(`seed ${String(seed)}, ${String(pushes)} pushes`);
const startedAt = performance.now();
const account = await runSuite({ seed, pushes, stalledAfterMs, limitMs, print: console.log });
console.dir(account, { depth: null });
for (const line of explainDuplicates(account)) console.log(line);
console.log(`${((performance.now() - startedAt) / 1000).toFixed(0)} s`);
const faults = faultsOfAccount(account);
if (faults.length > 0) {
  for (const fault of faults) console.error(fault);
  console.error(`The account does not balance. Repeat its faults with --seed ${String(seed)}.`);
  process.exit(1);
}
console.log(
  'The account balances: every accepted push was delivered or is a dead letter, and every dead letter has its event.',
);
process.exit(0);
