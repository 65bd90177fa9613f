import { InvalidArgumentError, Option, type Command } from '@commander-js/extra-typings';
import { deadLetterReasons } from '../../shared/push/dead-letter.ts';
import { examplesText, UsageError, type ExitCode, type RunCommand } from '../cli-context.ts';
import { durationArgument } from '../time.ts';
import { isFiltering, type Filters } from './dead-letter-message.ts';
import { addQueueOptions, onQueue, type DeadLetterQueue, type QueueOptions } from './dead-letter-queue.ts';

/** Adds `dead-letters` and its subcommands. */
export function addDeadLetterCommands(program: Command, run: RunCommand): void {
  const group = addQueueOptions(program.command('dead-letters'))
    .description('List, show, export, redrive or discard the pushes that were given up.')
    .addHelpText('after', groupHelp);

  /** Runs a command on the queues that its options choose. @param check runs before the connection is made. */
  const runOnQueue = <O extends QueueOptions>(
    command: { readonly optsWithGlobals: () => O },
    work: (queue: DeadLetterQueue, options: O) => Promise<ExitCode>,
    check: (options: O) => void = () => undefined,
  ) =>
    run(async (context) => {
      const options = command.optsWithGlobals();
      check(options);
      return onQueue(options, context, (queue) => work(queue, options));
    });

  const filtering = (name: string) =>
    group
      .command(name)
      .addOption(new Option('--reason <reason...>', 'only those with one of these reasons').choices(deadLetterReasons))
      .option('--app-id <id...>', 'only those for one of these AppIds')
      .option('--client <name...>', 'only those that one of these clients sent')
      .option('--sweep <sweep...>', 'only those of one of these sweeps: PLAN, or PLAN/RUN for one run')
      .option('--older-than <duration>', 'only those accepted longer ago, such as 90s, 2h or 1d12h', durationArgument)
      .option('--newer-than <duration>', 'only those accepted more recently', durationArgument);

  const selecting = (name: string) =>
    filtering(name)
      .option('--id <id...>', 'only those with one of these push or message ids')
      .addOption(
        new Option('--all', 'all dead letters').conflicts([
          'reason',
          'appId',
          'client',
          'sweep',
          'olderThan',
          'newerThan',
          'id',
        ]),
      );

  filtering('list')
    .description('Count the dead letters by reason and age, and show the youngest.')
    .option('--limit <number>', 'the number of rows in the table', parseLimit, 50)
    .option('--json', 'print all dead letters as JSON')
    .addOption(reveal)
    .addHelpText('after', examplesText('dead-letters list', listExamples))
    .action((_options, command) =>
      runOnQueue(command, async (queue, options) => (await import('./list.ts')).list(queue, options)),
    );

  group
    .command('show')
    .description('Show one dead letter in full.')
    .argument('<id>', 'the id that the push was accepted with, or the message id of the dead letter')
    .option('--json', 'print JSON')
    .addOption(reveal)
    .addHelpText('after', examplesText('dead-letters show', showExamples))
    .action((id, _options, command) =>
      runOnQueue(command, async (queue, options) => (await import('./show.ts')).show(queue, id, options)),
    );

  selecting('export')
    .description('Write the devices of dead letters as a list, such as for a sweep to leave them out.')
    .option('--output <file>', 'the file to write, which only you can read (default: stdout)')
    .option('--force', 'replace the file if there is one')
    .addHelpText('after', examplesText('dead-letters export', exportExamples))
    .action((_options, command) =>
      runOnQueue(
        command,
        async (queue, options) => (await import('./export.ts')).exportDevices(queue, options),
        requireSelection,
      ),
    );

  selecting('redrive')
    .description('Send dead letters back to their queue. Each one is deleted only after its queue has it.')
    .addOption(dryRun)
    .addHelpText('after', examplesText('dead-letters redrive', redriveExamples))
    .action((_options, command) =>
      runOnQueue(
        command,
        async (queue, options) => (await import('./redrive.ts')).redrive(queue, options),
        requireSelection,
      ),
    );

  selecting('discard')
    .description('Delete dead letters for good, after a question.')
    .addOption(dryRun)
    .option('--yes', 'do not ask')
    .addHelpText('after', examplesText('dead-letters discard', discardExamples))
    .action((_options, command) =>
      runOnQueue(
        command,
        async (queue, options) => (await import('./discard.ts')).discard(queue, options),
        requireSelection,
      ),
    );
}

const reveal = new Option('--reveal', 'show tokens, selectors, texts and malformed bodies');

const dryRun = new Option('--dry-run', 'only count them');

/** @throws UsageError without any filter: that must not mean all dead letters. */
function requireSelection(options: Filters & { readonly all?: boolean | undefined }): void {
  if (!options.all && !isFiltering(options)) {
    throw new UsageError(
      'Choose the dead letters with --reason, --app-id, --client, --sweep, --older-than, --newer-than or --id, or pass --all.',
    );
  }
}

function parseLimit(text: string): number {
  if (!/^\d+$/.test(text)) throw new InvalidArgumentError('Use a whole number, 0 for no table.');
  return Number(text);
}

const groupHelp = `
A dead letter is a push that was given up, with the reason. While a command runs, it hides the dead letters from other
readers; at its end it makes them visible again. Tokens, selectors and texts are shown as their length only, unless you
pass --reveal.
${examplesText('dead-letters', ['list --local'])}
  npm run cli -- dead-letters list --local`;

const anId = 'd2c93e69-cd9f-404c-b5ae-85ec59916282';
const listExamples = [
  '--local',
  '--stage prod --region eu-central-1 --reason rejected --newer-than 1d',
  "--stage prod --json | jq '.deadLetters[].device'",
];
const showExamples = [`${anId} --local`, `${anId} --stage prod --reveal`];
const exportExamples = [
  '--local --reason unregistered',
  '--stage prod --reason unregistered --newer-than 7d --output dead.csv',
];
const redriveExamples = [
  '--local --all',
  '--stage prod --reason exhausted expired --newer-than 2d --dry-run',
  `--stage prod --id ${anId}`,
];
const discardExamples = [
  '--local --reason unregistered',
  '--stage prod --reason unregistered --older-than 3d --dry-run',
  '--stage prod --all --yes',
];
