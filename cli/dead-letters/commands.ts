import type { Command } from 'commander';
import { runAtDesk, type CommandContext } from '../command.ts';
import { Mistake } from '../mistake.ts';
import {
  addConnectionOptions,
  addFilterOptions,
  addSelectionOptions,
  limitOption,
  readConnectionOptions,
  readFilters,
  readFlags,
  readLimit,
  readSelection,
} from './options.ts';

const reveal = ['--reveal', 'show tokens, selectors, texts and malformed bodies as they are'] as const;
const dryRun = ['--dry-run', 'only tell how many letters it would be'] as const;

/** Adds `dead-letters` and the commands under it. */
export function addDeadLetterCommands(program: Command, context: CommandContext): void {
  const group = program
    .command('dead-letters')
    .description('What was given up and waits in the queue "undeliverable": look at it, redrive it, discard it.')
    .addHelpText('after', groupHelp);

  const list = group
    .command('list')
    .description('Count the letters by reason and by age, and show the youngest of them.')
    .addOption(limitOption)
    .option('--json', 'print everything as JSON instead')
    .option(...reveal)
    .action(() =>
      // The commands are loaded when they run, and the SDK with them: `--help` does not wait for it.
      runAtDesk(list, context, async () => {
        const options = { filters: readFilters(list), limit: readLimit(list), ...readFlags(list) };
        const command = await import('./list.ts');
        return (desk) => command.list(desk, options);
      }),
    );
  addFilterOptions(list);

  const show = group
    .command('show')
    .description('Show everything of one letter.')
    .argument('<id>', 'the id that the push has had since it was accepted, or that of the message')
    .option('--json', 'print it as JSON instead')
    .option(...reveal)
    .action((id: string) =>
      runAtDesk(show, context, async () => {
        const command = await import('./show.ts');
        return (desk) => command.show(desk, { id, ...readFlags(show) });
      }),
    );

  const redrive = group
    .command('redrive')
    .description('Put letters back on their queue. Each is deleted here only after its queue has it.')
    .option(...dryRun)
    .action(() =>
      runAtDesk(redrive, context, async () => {
        const options = { filters: readSelection(redrive), ...readFlags(redrive) };
        const { undeliverableUrl, queueUrls } = readConnectionOptions(redrive);
        if (undeliverableUrl !== undefined && queueUrls.size === 0) {
          throw new Mistake('With --undeliverable-url the queue has to be given as well: --queue-url pushes=URL.');
        }
        const command = await import('./redrive.ts');
        return (desk) => command.redrive(desk, options);
      }),
    );
  addSelectionOptions(redrive);

  const discard = group
    .command('discard')
    .description('Delete letters for ever, after a question.')
    .option(...dryRun)
    .option('--yes', 'do not ask')
    .action(() =>
      runAtDesk(discard, context, async () => {
        const options = { filters: readSelection(discard), ...readFlags(discard) };
        const command = await import('./discard.ts');
        return (desk) => command.discard(desk, options);
      }),
    );
  addSelectionOptions(discard);

  for (const [command, examples] of [
    [list, listExamples],
    [show, showExamples],
    [redrive, redriveExamples],
    [discard, discardExamples],
  ] as const) {
    addConnectionOptions(command);
    const lines = examples.map((example) => `  npx pnm2-relay dead-letters ${example}`);
    command.addHelpText('after', `\nExamples:\n${lines.join('\n')}`);
  }
}

const groupHelp = `
A letter is one push that was given up, with the reason. While a command reads, letters are hidden from other readers;
they are shown again at its end. Tokens, selectors and texts are told by their length only, unless --reveal is said.

Examples:
  npx pnm2-relay dead-letters list --local
  npm run cli -- dead-letters list --local`;

const anId = 'd2c93e69-cd9f-404c-b5ae-85ec59916282';
const listExamples = [
  'list --local',
  'list --stage prod --region eu-central-1 --reason rejected --newer-than 1d',
  "list --stage prod --json | jq '.deadLetters[].device'",
];
const showExamples = [`show ${anId} --local`, `show ${anId} --stage prod --reveal`];
const redriveExamples = [
  'redrive --local --all',
  'redrive --stage prod --reason exhausted expired --newer-than 2d --dry-run',
  `redrive --stage prod --id ${anId}`,
];
const discardExamples = [
  'discard --local --reason unregistered',
  'discard --stage prod --reason unregistered --older-than 3d --dry-run',
  'discard --stage prod --all --yes',
];
