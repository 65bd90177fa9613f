import { availableParallelism } from 'node:os';
import { readOptions, refuse } from '../support/options.ts';
import { startQueues } from '../support/queues.ts';
import { startCampaign, type Finding } from './campaign.ts';
import { repeatEvent } from './fuzz.ts';
import { countOf, durationOf, progressLine } from './progress.ts';
import { readRecipe } from './recipe-text.ts';

const usage = `Sends mutated events, with forms, JSON and batches, to the intake, and checks every answer and every push on the queue.

npm run fuzz -- [--events 100000] [--seed NUMBER] [--workers NUMBER]
npm run fuzz -- --recipe RECIPE

Each seed has up to 250,000 events and runs in a worker thread. --workers is how many run at the same time: one per core, or
at most two.
The first seed is --seed, or a random one. It is printed, and with the same options it repeats the run.
Ctrl+C ends the run with a summary.
A finding is printed with the --recipe that repeats its event.`;

const options = readOptions(usage, ['seed', 'events', 'workers', 'recipe']);
const seed = options.number('seed') ?? Math.floor(Math.random() * 1_000_000);
const events = options.number('events', { least: 1 }) ?? 100_000;
const cores = availableParallelism();
const workers = Math.min(options.number('workers', { least: 1 }) ?? cores, 2 * cores, events);
const recipe = options.text('recipe');
process.exitCode = recipe === undefined ? await runCampaign() : await repeat(recipe);

async function runCampaign(): Promise<number> {
  const startedAt = performance.now();
  const stopping = new AbortController();
  process.once('SIGINT', () => {
    stopping.abort();
  });
  console.log(`seed ${String(seed)}, ${countOf(events)} events, workers: ${String(workers)}`);
  const eraseLine = process.stdout.isTTY ? '\r\x1b[2K' : '';
  const campaign = startCampaign({
    ...{ seed, events, workers, signal: stopping.signal },
    onFinding(finding) {
      process.stdout.write(eraseLine);
      printFinding(finding);
    },
  });
  const line = () => progressLine(campaign.reportNow(), events, performance.now() - startedAt);
  const progress = process.stdout.isTTY
    ? setInterval(() => process.stdout.write(`${eraseLine}${line()}`), 500)
    : setInterval(() => {
        console.log(line());
      }, 60_000);
  const { tally, seeds, pushes, viaSqs, kinds, violating, findings, ...report } = await campaign.ended;
  clearInterval(progress);
  process.stdout.write(eraseLine);

  const seconds = (performance.now() - startedAt) / 1000;
  const rate = Math.round(report.events / seconds);
  const memory = Math.round(process.resourceUsage().maxRSS / 1024);
  console.log(tally);
  console.log(`Accepted pushes: ${countOf(pushes)}, each compared with what was sent.`);
  if (viaSqs > 0) console.log(`Of these, sent through SQS in place of a queue in memory: ${countOf(viaSqs)}.`);
  console.log(`Kinds of answers: ${countOf(kinds)}.`);
  console.log(
    `${countOf(report.events)} events with ${seeds === 1 ? 'one seed' : `${String(seeds)} seeds`} in ${durationOf(seconds)}: ${countOf(rate)} events/s, ${String(memory)} MB`,
  );
  if (findings > 0) {
    console.error(`Findings: ${String(findings)}. Events that violate an invariant: ${countOf(violating)}.`);
    return 1;
  }
  console.log('No 5xx, no exception, and no push on the queue that differs from what was sent.');
  if (!stopping.signal.aborted) return 0;
  console.error('The run was interrupted.');
  return 130;
}

function printFinding({ what, seed: itsSeed, options: itsOptions, dump }: Finding): void {
  console.error(`Finding, with the seed ${String(itsSeed)}: ${what}`);
  if (dump !== undefined) console.error(dump);
  console.error(`Repeat it with: npm run fuzz -- ${itsOptions}`);
}

async function repeat(text: string): Promise<number> {
  const reading = readRecipe(text);
  if (typeof reading === 'string') refuse(`--recipe must be a recipe as a run prints it: ${reading}`);
  const queues = await startQueues();
  const { dump, status, violation } = await repeatEvent(reading, { queues });
  await queues.stop();
  console.log(`${dump}\nThe status is ${String(status)}.`);
  if (violation === undefined) {
    console.log('The event violates no invariant.');
    return 0;
  }
  console.error(violation);
  return 1;
}
