import { parseArgs } from 'node:util';
import { runSuite } from './suite.ts';

const usage = `Sends pushes through the whole relay while everything around it fails, and draws the account.

npm run faults -- [--seed NUMBER] [--pushes 20000] [--limit-seconds 240]

The seed decides what the gateway does with each attempt, and how often SQS fails and instances are killed; which
pushes these hit depends on the timing as well. Without a seed one is drawn, and printed.`;

const { values } = parseArgs({
  options: {
    seed: { type: 'string', default: String(Math.floor(Math.random() * 1_000_000)) },
    pushes: { type: 'string', default: '20000' },
    'limit-seconds': { type: 'string', default: '240' },
    help: { type: 'boolean', default: false },
  },
});
if (values.help) {
  console.log(usage);
  process.exit(0);
}
const [seed, pushes, limitSeconds] = [values.seed, values.pushes, values['limit-seconds']].map(Number);
if (
  seed === undefined ||
  pushes === undefined ||
  limitSeconds === undefined ||
  ![seed, pushes, limitSeconds].every(Number.isSafeInteger)
) {
  console.error(`--seed, --pushes and --limit-seconds take whole numbers.\n\n${usage}`);
  process.exit(1);
}

console.log(`seed ${String(seed)}, ${String(pushes)} pushes`);
const startedAt = Date.now();
const account = await runSuite({ seed, pushes, limitMs: limitSeconds * 1000, print: console.log });
console.log(account);
console.log(`${((Date.now() - startedAt) / 1000).toFixed(0)} s`);
const { lost, waiting, wronglyGivenUp, faults } = account;
if (lost > 0 || waiting > 0 || wronglyGivenUp > 0 || (faults['instances thrown'] ?? 0) > 0) {
  console.error(`The account does not balance. Repeat it with --seed ${String(seed)}.`);
  process.exit(1);
}
console.log('The account balances: every accepted push was delivered or is a dead letter.');
process.exit(0);
