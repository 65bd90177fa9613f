import { InvalidArgumentError, Option, type Command } from '@commander-js/extra-typings';
import { deadLetterReasons } from '../../shared/push/dead-letter.ts';
import { examplesText, UsageError, type RunCommand } from '../cli-context.ts';
import { durationArgument } from '../time.ts';
import { isFiltering, type Filters } from './filters.ts';
import { addQueueOptions, onQueue } from './dead-letter-queue.ts';

/** Adds `dead-letters` and its subcommands. */
export function addDeadLetterCommands(program: Command, run: RunCommand): void {
  const group = addQueueOptions(program.command('dead-letters'))
    .description('List, show, redrive or discard the pushes that were given up.')
    .addHelpText('after', groupHelp);

  group
    .command('list')
    .description('Count the dead letters by reason and age, and show the youngest.')
    .addOption(filterOptions.reason)
    .addOption(filterOptions.appId)
    .addOption(filterOptions.olderThan)
    .addOption(filterOptions.newerThan)
    .addOption(new Option('--limit <number>', 'the number of rows in the table').default(50).argParser(parseLimit))
    .option('--json', 'print all dead letters as JSON')
    .addOption(reveal)
    .addHelpText('after', examplesText('dead-letters list', listExamples))
    .action((_options, command) =>
      run(async (context) => {
        const options = command.optsWithGlobals();
        const { list } = await import('./list.ts');
        return onQueue(options, context, (queue) => list(queue, options));
      }),
    );

  group
    .command('show')
    .description('Show one dead letter in full.')
    .argument('<id>', 'the id that the push was accepted with, or the message id of the dead letter')
    .option('--json', 'print JSON')
    .addOption(reveal)
    .addHelpText('after', examplesText('dead-letters show', showExamples))
    .action((id, _options, command) =>
      run(async (context) => {
        const options = command.optsWithGlobals();
        const { show } = await import('./show.ts');
        return onQueue(options, context, (queue) => show(queue, { id, ...options }));
      }),
    );

  const selecting = (name: string) =>
    group
      .command(name)
      .addOption(filterOptions.reason)
      .addOption(filterOptions.appId)
      .addOption(filterOptions.olderThan)
      .addOption(filterOptions.newerThan)
      .option('--id <id...>', 'only those with one of these push or message ids')
      .addOption(new Option('--all', 'all dead letters').conflicts(['reason', 'appId', 'olderThan', 'newerThan', 'id']))
      .option('--dry-run', 'only count them');

  selecting('redrive')
    .description('Send dead letters back to their queue. Each one is deleted only after its queue has it.')
    .addHelpText('after', examplesText('dead-letters redrive', redriveExamples))
    .action((_options, command) =>
      run(async (context) => {
        const options = command.optsWithGlobals();
        requireSelection(options);
        if (options.undeliverableUrl !== undefined && options.queueUrl === undefined) {
          throw new UsageError('With --undeliverable-url, pass the URL of the queue as well: --queue-url pushes=URL.');
        }
        const { redrive } = await import('./redrive.ts');
        return onQueue(options, context, (queue) => redrive(queue, options));
      }),
    );

  selecting('discard')
    .description('Delete dead letters for good, after a question.')
    .option('--yes', 'do not ask')
    .addHelpText('after', examplesText('dead-letters discard', discardExamples))
    .action((_options, command) =>
      run(async (context) => {
        const options = command.optsWithGlobals();
        requireSelection(options);
        const { discard } = await import('./discard.ts');
        return onQueue(options, context, (queue) => discard(queue, options));
      }),
    );
}

const reveal = new Option('--reveal', 'show tokens, selectors, texts and malformed bodies');

const filterOptions = {
  reason: new Option('--reason <reason...>', 'only those with one of these reasons').choices(deadLetterReasons),
  appId: new Option('--app-id <id...>', 'only those for one of these AppIds'),
  olderThan: new Option(
    '--older-than <duration>',
    'only those accepted longer ago, such as 90s, 2h or 1d12h',
  ).argParser(durationArgument),
  newerThan: new Option('--newer-than <duration>', 'only those accepted more recently').argParser(durationArgument),
};

/** @throws UsageError without any filter: that must not mean all dead letters. */
function requireSelection(options: Filters & { readonly all?: boolean | undefined }): void {
  if (!options.all && !isFiltering(options)) {
    throw new UsageError(
      'Choose the dead letters with --reason, --app-id, --older-than, --newer-than or --id, or pass --all.',
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
