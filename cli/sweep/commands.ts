import type { Command } from 'commander';
import * as v from 'valibot';
import { runAtPlace, withDesk, type CommandContext } from '../command.ts';
import type { Place } from '../connection.ts';
import { readFlags } from '../dead-letters/options.ts';
import type { ExitCode } from '../exit-codes.ts';
import type { SweepDesk, SweepPlaceOptions } from './desk.ts';
import { addOrderOptions, addSweepPlaceOptions, readOrderOptions, readSweepPlaceOptions } from './options.ts';

/** Adds `sweep` and the commands under it. */
export function addSweepCommands(program: Command, context: CommandContext): void {
  const group = program
    .command('sweep')
    .description('A push to every device of a list, spread over a window: start it, follow it, stop it.')
    .addHelpText('after', groupHelp);

  const start = group
    .command('start')
    .description('Show what a sweep would do, and start it after a question.')
    .argument('<devices>', 'the list: a file (CSV or JSON Lines, plain or gzip), or the key of one in the bucket')
    .option('--dry-run', 'only show it: of a file, without connecting to anything')
    .option('--yes', 'do not ask')
    .action((devices: string) =>
      runAtPlace(
        context,
        () => readSweepPlaceOptions(start),
        async () => {
          // The commands are loaded when they run, and the SDK with them: `--help` does not wait for it.
          const { sourceOf } = await import('./source.ts');
          const order = readOrderOptions(start);
          const source = await sourceOf(devices);
          const flags = readFlags(start);
          if (flags.dryRun && source.kind === 'file') {
            const [{ previewFile }, { previewDesk }] = await Promise.all([import('./preview.ts'), import('./desk.ts')]);
            return (place) => previewFile(previewDesk(place, context.surroundings), order, source);
          }
          const command = await import('./start.ts');
          return (place, placeOptions) =>
            withDesk(connect(place, placeOptions, context), (desk) => command.start(desk, { order, source, ...flags }));
        },
      ),
    );
  addOrderOptions(start);

  const status = group
    .command('status')
    .description('Show how far a sweep is; on a terminal, follow it until its run has ended.')
    .argument('[name]', 'the plan (default: all)')
    .option('--json', 'print it as JSON instead')
    .action((name?: string) =>
      runAtBucket(status, context, async () => {
        const command = await import('./status.ts');
        return (desk) => command.status(desk, { name, ...readFlags(status) });
      }),
    );

  const list = group
    .command('list')
    .description('Show all sweeps, a line each.')
    .option('--json', 'print them as JSON instead')
    .action(() =>
      runAtBucket(list, context, async () => {
        const command = await import('./list.ts');
        return (desk) => command.list(desk, readFlags(list));
      }),
    );

  const report = group
    .command('report')
    .description('Show what a run has done, with the rows that were refused.')
    .argument('<name>', 'the plan, also one that was removed')
    .option('--run <id>', 'which run (default: the last)')
    .option('--json', 'print it as JSON instead')
    .action((name: string) =>
      runAtBucket(report, context, async () => {
        const { run: runId } = v.parse(v.object({ run: v.optional(v.string()) }), report.opts());
        const command = await import('./report.ts');
        return (desk) => command.report(desk, { name, runId, ...readFlags(report) });
      }),
    );

  const stop = group
    .command('stop')
    .description('Delete the plan of a sweep, after a question. What is enqueued already is delivered.')
    .argument('<name>', 'the plan')
    .option('--dry-run', 'only tell what of it is done')
    .option('--yes', 'do not ask')
    .action((name: string) =>
      runAtBucket(stop, context, async () => {
        const command = await import('./stop.ts');
        return (desk) => command.stop(desk, { name, ...readFlags(stop) });
      }),
    );

  for (const [command, examples] of [
    [start, startExamples],
    [status, statusExamples],
    [list, listExamples],
    [report, reportExamples],
    [stop, stopExamples],
  ] as const) {
    addSweepPlaceOptions(command);
    const lines = examples.map((example) => `  npx pnm2-relay sweep ${example}`);
    command.addHelpText('after', `\nExamples:\n${lines.join('\n')}`);
  }
}

async function runAtBucket(
  command: Command,
  context: CommandContext,
  prepare: () => Promise<(desk: SweepDesk) => Promise<ExitCode>>,
): Promise<void> {
  await runAtPlace(
    context,
    () => readSweepPlaceOptions(command),
    async () => {
      const work = await prepare();
      return (place, options) => withDesk(connect(place, options, context), work);
    },
  );
}

async function connect(place: Place, options: SweepPlaceOptions, { surroundings }: CommandContext) {
  const { connectToBucket } = await import('./desk.ts');
  return connectToBucket(place, options, surroundings);
}

const groupHelp = `
A plan in the bucket of the sweeps orders a sweep, and is all that it takes; these commands put it there, read what comes
of it, and take it away. Tokens and selectors are never shown: a row is known by its line.

Examples:
  npx pnm2-relay sweep start devices.csv --local --dry-run
  npm run cli -- sweep list --local`;

const startExamples = [
  'start devices.csv --local --window 1d',
  'start devices.csv.gz --stage prod --region eu-central-1 --app com.example.softphone --seen-within 90d --dry-run',
  'start devices.csv --stage prod --name nightly --start 2026-01-02T03:00 --window 2h --every 1d',
  'start devices.csv --stage prod --verb NotifyGenericTextMessage --message "Back at 6." --window now',
];
const statusExamples = ['status --local', 'status nightly --stage prod --region eu-central-1'];
const listExamples = ['list --local', "list --stage prod --json | jq '.plans[].name'"];
const reportExamples = [
  'report nightly --local',
  "report nightly --stage prod --json | jq '.refusedRows[]'",
  'report nightly --stage prod --run 20260102T030000Z-1a2b3c4d',
];
const stopExamples = ['stop nightly --local', 'stop nightly --stage prod --yes'];
