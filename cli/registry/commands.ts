import { InvalidArgumentError, Option, type Command } from '@commander-js/extra-typings';
import { examplesText, type ExitCode, type RunCommand } from '../cli-context.ts';
import { addTableOptions, onRegistry, type RegistryConnection, type TableOptions } from './connection.ts';

/** Adds `registry` and its subcommands. */
export function addRegistryCommands(program: Command, run: RunCommand): void {
  const group = addTableOptions(program.command('registry'))
    .description('Look into the registry of devices that the apps report to, and fill it.')
    .addHelpText('after', groupHelp);

  /** Runs a command on the registry that its options choose. */
  const runOnRegistry = <O extends TableOptions>(
    command: { readonly optsWithGlobals: () => O },
    work: (connection: RegistryConnection, options: O) => Promise<ExitCode>,
  ) =>
    run((context) => {
      const options = command.optsWithGlobals();
      return onRegistry(options, context, (connection) => work(connection, options));
    });

  group
    .command('list')
    .description('Count the devices by AppId, platform and age. Reads the whole table.')
    .option('--json', 'print JSON')
    .addHelpText('after', examplesText('registry list', ['--local', "--stage prod --json | jq '.apps[]'"]))
    .action((_options, command) =>
      runOnRegistry(command, async (connection, options) => (await import('./list.ts')).list(connection, options)),
    );

  group
    .command('show')
    .description('Show the devices of an account, or those with a selector.')
    .option('--account <account>', 'the account')
    .addOption(new Option('--selector <selector>', 'the selector').conflicts('account'))
    .option('--json', 'print JSON')
    .option('--reveal', 'show tokens and selectors')
    .addHelpText(
      'after',
      examplesText('registry show', ['--account alice --local', '--selector S --stage prod --json']),
    )
    .action((_options, command) =>
      runOnRegistry(command, async (connection, options) => (await import('./show.ts')).show(connection, options)),
    );

  group
    .command('remove')
    .description('Show the devices of an account, ask, and remove them. One that is in use reports again.')
    .requiredOption('--account <account>', 'the account')
    .option('--device <hash>', 'only this one, by the hash that "registry show" shows', deviceArgument)
    .option('--dry-run', 'only show them')
    .option('--yes', 'do not ask')
    .addHelpText(
      'after',
      examplesText('registry remove', [
        '--account alice --local',
        '--account alice --device 2c26b46b68ff --stage prod --yes',
      ]),
    )
    .action((_options, command) =>
      runOnRegistry(command, async (connection, options) => (await import('./remove.ts')).remove(connection, options)),
    );
}

function deviceArgument(text: string): string {
  if (/^[\da-f]{12,64}$/.test(text)) return text;
  throw new InvalidArgumentError('Use the 12 digits and letters that "registry show" prints.');
}

const groupHelp = `
Tokens and selectors are shown only with --reveal: a device is identified by the same hash as in logs and dead letters.
${examplesText('registry', ['list --local', 'show --account alice --stage prod --region eu-central-1'])}`;
