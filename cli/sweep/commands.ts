import { Option, type Command } from '@commander-js/extra-typings';
import { formatDuration } from '../../shared/duration.ts';
import { defaultVerb, defaultWindowMs } from '../../shared/sweeps/plan.ts';
import { examplesText, UsageError, type ExitCode, type RunCommand } from '../cli-context.ts';
import { onRegistry, tableOption } from '../registry/connection.ts';
import { repeatable } from '../arguments.ts';
import { durationArgument, timeArgument } from '../time.ts';
import { addBucketOptions, onBucket, previewSettings, type BucketOptions, type SweepConnection } from './connection.ts';
import { orderOf, parameterArgument } from './order.ts';
import type { Source } from './source.ts';

export function addSweepCommands(program: Command, run: RunCommand): void {
  const group = addBucketOptions(program.command('sweep'))
    .description('Send a push to every device of a list, spread over a window: start, follow and stop sweeps.')
    .addHelpText('after', groupHelp);

  /** Runs a command on the bucket that its options choose. */
  const runOnBucket = <O extends BucketOptions>(
    command: { readonly optsWithGlobals: () => O },
    work: (connection: SweepConnection, options: O) => Promise<ExitCode>,
  ) =>
    run((context) => {
      const options = command.optsWithGlobals();
      return onBucket(options, context, (connection) => work(connection, options));
    });

  group
    .command('start')
    .description('Show what a sweep would do, ask, and start it.')
    .argument('[devices]', 'the list: a file (CSV or JSON Lines, plain or gzip), or the key of an object in the bucket')
    .option('--registry', 'without a list: push to the devices that the registry has when a run begins')
    .addOption(
      new Option('--account <account>', 'with --registry: only devices of this account; repeat for more')
        .argParser(repeatable)
        .implies({ registry: true as const }),
    )
    .addOption(tableOption())
    .option('--dry-run', 'only show what the sweep would do; for a file, no connection is made')
    .option('--yes', 'do not ask')
    .option('--name <name>', 'the name of the plan (default: that of the list)')
    .option('--verb <verb>', 'the verb', defaultVerb)
    .option('--extra-verb', 'accept a verb that is not documented but that the deployment allows')
    .option('--message <text>', 'the Message, for NotifyGenericTextMessage')
    .option('--parameter <name=value>', 'another parameter of each push; repeat for more', parameterArgument)
    .addOption(
      new Option('--window <duration>', 'spread the pushes over this time, such as 90m, 2h or 1d12h; now: no spread')
        .argParser((text) => (text === '0' || text === 'now' ? 0 : durationArgument(text)))
        .default(defaultWindowMs, formatDuration(defaultWindowMs)),
    )
    .option(
      '--start <time>',
      'when the sweep begins, in the time zone of this machine or with an offset (default: at the next tick)',
      timeArgument,
    )
    .option('--every <duration>', 'repeat the sweep at this interval', durationArgument)
    .option('--app <id>', 'only devices of this AppId; repeat for more', repeatable)
    .option(
      '--seen-within <duration>',
      'only devices whose lastseen is within this time, such as 90d',
      durationArgument,
    )
    .option(
      '--except <list>',
      'leave out the devices of this list, a file or a key, such as one of "dead-letters export"',
    )
    .addHelpText(
      'after',
      examplesText('sweep start', [
        'devices.csv --local --window 1d',
        'devices.csv.gz --stage prod --region eu-central-1 --app com.example.softphone --seen-within 90d --dry-run',
        'devices.csv --stage prod --except dead.csv',
        'devices.csv --stage prod --name nightly --start 2026-01-02T03:00 --window 2h --every 1d',
        'devices.csv --stage prod --verb NotifyGenericTextMessage --message "Back at 6." --window now',
        '--registry --stage prod --app com.example.softphone --window 8h',
      ]),
    )
    .action((devices, _options, command) =>
      run(async (context) => {
        const options = command.optsWithGlobals();
        const { listsOfFiles, sourceOf } = await import('./source.ts');
        const startOver = async (source: Source) => {
          const except = options.except === undefined ? undefined : await sourceOf(options.except);
          const sources = { devices: source, ...(except && { except }) };
          const lists = options.dryRun ? listsOfFiles(sources) : undefined;
          if (lists !== undefined) {
            const { preview } = await import('./preview.ts');
            const settings = previewSettings(options, context);
            return preview(settings, orderOf(options, sources, settings), lists);
          }
          const { start } = await import('./start.ts');
          return onBucket(options, context, (connection) => start(connection, sources, options));
        };
        const { registry, account: accounts } = options;
        if ((devices === undefined) !== (registry === true)) {
          throw new UsageError('Pass either a list or --registry, which --account is for.');
        }
        if (devices !== undefined) return startOver(await sourceOf(devices));
        return onRegistry(options, context, (connection) =>
          startOver({ kind: 'registry', ...(accounts !== undefined && { accounts }), connection }),
        );
      }),
    );

  group
    .command('status')
    .description('Show how far a sweep is. On a terminal, follow it until its run has ended.')
    .argument('[name]', 'the plan (default: all)')
    .option('--json', 'print JSON')
    .addHelpText('after', examplesText('sweep status', ['--local', 'nightly --stage prod --region eu-central-1']))
    .action((name, _options, command) =>
      runOnBucket(command, async (connection, options) =>
        (await import('./status.ts')).status(connection, name, options),
      ),
    );

  group
    .command('list')
    .description('Show all sweeps, one line each.')
    .option('--json', 'print JSON')
    .addHelpText('after', examplesText('sweep list', ['--local', "--stage prod --json | jq '.plans[].name'"]))
    .action((_options, command) =>
      runOnBucket(command, async (connection, options) => (await import('./status.ts')).list(connection, options)),
    );

  group
    .command('report')
    .description('Show what a run has done, with the rows that were refused.')
    .argument('<name>', 'the plan, which may have been removed')
    .option('--run <id>', 'the run (default: the last)')
    .option('--json', 'print JSON')
    .addHelpText(
      'after',
      examplesText('sweep report', [
        'nightly --local',
        "nightly --stage prod --json | jq '.refusedRows[]'",
        'nightly --stage prod --run 20260102T030000Z-1a2b3c4d',
      ]),
    )
    .action((name, _options, command) =>
      runOnBucket(command, async (connection, options) =>
        (await import('./report.ts')).report(connection, name, options),
      ),
    );

  group
    .command('stop')
    .description('Ask, and delete the plan of a sweep. Pushes that are queued already are still delivered.')
    .argument('<name>', 'the plan')
    .option('--dry-run', 'only show how far the sweep is')
    .option('--yes', 'do not ask')
    .addHelpText('after', examplesText('sweep stop', ['nightly --local', 'nightly --stage prod --yes']))
    .action((name, _options, command) =>
      runOnBucket(command, async (connection, options) => (await import('./stop.ts')).stop(connection, name, options)),
    );
}

const groupHelp = `
A sweep is a plan in the bucket. These commands write the plan, read the reports of its runs, and delete it. They never
show tokens or selectors: a row is identified by its line number.
${examplesText('sweep', ['start devices.csv --local --dry-run', 'list --local'])}`;
