import type { Command } from '@commander-js/extra-typings';
import { examplesText, type Run } from '../run.ts';
import { addBucketOptions, onBucket, previewSettings } from './connection.ts';
import { orderOptions } from './order.ts';

/** Adds `sweep` and its subcommands. */
export function addSweepCommands(program: Command, run: Run): void {
  const group = addBucketOptions(program.command('sweep'))
    .description('Send a push to every device of a list, spread over a window: start, follow and stop sweeps.')
    .addHelpText('after', groupHelp);

  group
    .command('start')
    .description('Show what a sweep would do, ask, and start it.')
    .argument('<devices>', 'the list: a file (CSV or JSON Lines, plain or gzip), or the key of an object in the bucket')
    .option('--dry-run', 'only show what the sweep would do; for a file, no connection is made')
    .option('--yes', 'do not ask')
    .addOption(orderOptions.name)
    .addOption(orderOptions.verb)
    .addOption(orderOptions.extraVerb)
    .addOption(orderOptions.message)
    .addOption(orderOptions.parameter)
    .addOption(orderOptions.window)
    .addOption(orderOptions.start)
    .addOption(orderOptions.every)
    .addOption(orderOptions.app)
    .addOption(orderOptions.seenWithin)
    .addHelpText('after', examplesText('sweep start', startExamples))
    .action((devices, _options, command) =>
      run(async (context) => {
        const options = command.optsWithGlobals();
        const { sourceOf } = await import('./source.ts');
        const source = await sourceOf(devices);
        if (options.dryRun && source.kind === 'file') {
          const { previewFile } = await import('./start.ts');
          return previewFile(previewSettings(options, context), source, options);
        }
        const { start } = await import('./start.ts');
        return onBucket(options, context, (connection) => start(connection, source, options));
      }),
    );

  group
    .command('status')
    .description('Show how far a sweep is. On a terminal, follow it until its run has ended.')
    .argument('[name]', 'the plan (default: all)')
    .option('--json', 'print JSON')
    .addHelpText('after', examplesText('sweep status', statusExamples))
    .action((name, _options, command) =>
      run(async (context) => {
        const options = command.optsWithGlobals();
        const { status } = await import('./status.ts');
        return onBucket(options, context, (connection) => status(connection, { name, ...options }));
      }),
    );

  group
    .command('list')
    .description('Show all sweeps, one line each.')
    .option('--json', 'print JSON')
    .addHelpText('after', examplesText('sweep list', listExamples))
    .action((_options, command) =>
      run(async (context) => {
        const options = command.optsWithGlobals();
        const { list } = await import('./status.ts');
        return onBucket(options, context, (connection) => list(connection, options));
      }),
    );

  group
    .command('report')
    .description('Show what a run has done, with the rows that were refused.')
    .argument('<name>', 'the plan, which may have been removed')
    .option('--run <id>', 'the run (default: the last)')
    .option('--json', 'print JSON')
    .addHelpText('after', examplesText('sweep report', reportExamples))
    .action((name, _options, command) =>
      run(async (context) => {
        const options = command.optsWithGlobals();
        const { report } = await import('./report.ts');
        return onBucket(options, context, (connection) => report(connection, { name, runId: options.run, ...options }));
      }),
    );

  group
    .command('stop')
    .description('Ask, and delete the plan of a sweep. Pushes that are queued already are still delivered.')
    .argument('<name>', 'the plan')
    .option('--dry-run', 'only show how far the sweep is')
    .option('--yes', 'do not ask')
    .addHelpText('after', examplesText('sweep stop', stopExamples))
    .action((name, _options, command) =>
      run(async (context) => {
        const options = command.optsWithGlobals();
        const { stop } = await import('./stop.ts');
        return onBucket(options, context, (connection) => stop(connection, { name, ...options }));
      }),
    );
}

const groupHelp = `
A sweep is a plan in the bucket. These commands write the plan, read the reports of its runs, and delete it. They never
show tokens or selectors: a row is identified by its line number.
${examplesText('sweep', ['start devices.csv --local --dry-run', 'list --local'])}`;

const startExamples = [
  'devices.csv --local --window 1d',
  'devices.csv.gz --stage prod --region eu-central-1 --app com.example.softphone --seen-within 90d --dry-run',
  'devices.csv --stage prod --name nightly --start 2026-01-02T03:00 --window 2h --every 1d',
  'devices.csv --stage prod --verb NotifyGenericTextMessage --message "Back at 6." --window now',
];
const statusExamples = ['--local', 'nightly --stage prod --region eu-central-1'];
const listExamples = ['--local', "--stage prod --json | jq '.plans[].name'"];
const reportExamples = [
  'nightly --local',
  "nightly --stage prod --json | jq '.refusedRows[]'",
  'nightly --stage prod --run 20260102T030000Z-1a2b3c4d',
];
const stopExamples = ['nightly --local', 'nightly --stage prod --yes'];
