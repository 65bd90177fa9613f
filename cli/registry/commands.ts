import { InvalidArgumentError, Option, type Command } from '@commander-js/extra-typings';
import { examplesText, type ExitCode, type RunCommand } from '../cli-context.ts';
import { once, repeatable } from '../arguments.ts';
import { durationArgument, timeArgument } from '../time.ts';
import { addRegistryOptions, onRegistry, type RegistryConnection, type RegistryOptions } from './connection.ts';
import { devicesUrlOf, sign, urlOption } from './report-address.ts';

/** Adds `registry` and its subcommands. */
export function addRegistryCommands(program: Command, run: RunCommand): void {
  const group = addRegistryOptions(program.command('registry'))
    .description('Look into the registry of devices that the apps report to, and fill it.')
    .addHelpText('after', groupHelp);

  /** Runs a command on the registry that its options choose. */
  const runOnRegistry = <O extends RegistryOptions>(
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
    .option('--account <account>', 'the account', once)
    .addOption(new Option('--selector <selector>', 'the selector').argParser(once).conflicts('account'))
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
    .description('Show devices, ask, and remove them. One that is in use reports again.')
    .option('--account <account>', 'the devices of this account', once)
    .option('--device <hash>', 'only this one of them, by the hash that "registry show" shows', deviceArgument)
    .addOption(
      new Option(
        '--first-seen-after <time>',
        'the devices of all accounts that first reported after this time; reads the whole table',
      )
        .argParser(timeArgument)
        .conflicts(['account', 'device']),
    )
    .option('--dry-run', 'only show them')
    .option('--yes', 'do not ask')
    .addHelpText(
      'after',
      examplesText('registry remove', [
        '--account alice --local',
        '--account alice --device 2c26b46b68ff --stage prod --yes',
        '--first-seen-after 2026-01-02T03:00Z --stage prod --dry-run',
      ]),
    )
    .action((_options, command) =>
      runOnRegistry(command, async (connection, options) => (await import('./remove.ts')).remove(connection, options)),
    );

  group
    .command('import')
    .description('Register the devices of a list, unless the registry knows better. Run it again to continue.')
    .argument('<devices>', 'the list: CSV or JSON Lines, plain or gzip, as for sweeps, with a column for the account')
    .option('--account-column <name>', 'the column with the account (default: account, or username)')
    .option('--rate <number>', 'rows a second; a table takes about 4,000 at once, and more later', rateArgument, 1000)
    .option('--dry-run', 'only read the list; no connection is made')
    .addHelpText(
      'after',
      examplesText('registry import', [
        'devices.csv --local --dry-run',
        'devices.csv --stage prod --region eu-central-1 --account-column sip_user',
      ]),
    )
    .action((devices, _options, command) =>
      run(async (context) => {
        const options = command.optsWithGlobals();
        const { importDevices } = await import('./import.ts');
        if (options.dryRun) return importDevices(devices, options, context, undefined);
        return onRegistry(options, context, (connection) => importDevices(devices, options, context, connection));
      }),
    );

  group
    .command('export')
    .description('Write the devices as a list, for "sweep start" and "registry import". Reads the whole table.')
    .argument('[file]', 'the file to write, which only you can read (default: stdout)')
    .option('--app <id>', 'only devices of this AppId; repeat for more', repeatable)
    .option(
      '--seen-within <duration>',
      'only devices that were heard of within this time, such as 90d',
      durationArgument,
    )
    .option('--force', 'replace the file if there is one')
    .addHelpText(
      'after',
      examplesText('registry export', [
        'all.csv --local',
        '--stage prod --seen-within 90d --app com.example.softphone recent.csv',
      ]),
    )
    .action((file, _options, command) =>
      runOnRegistry(command, async (connection, options) =>
        (await import('./export.ts')).exportRegistry(connection, file, options),
      ),
    );

  group
    .command('account-xml')
    .description('Print the keys of Account XML that make an app report, for your provisioning server to fill in.')
    .addOption(urlOption)
    .option(
      '--account-template <text>',
      'what your provisioning server replaces by the account',
      templateArgument,
      'ACCOUNT',
    )
    .option('--signature-template <text>', 'what it replaces by the signature of the account', templateArgument, 'SIG')
    .option('--single-pair', 'for apps older than iOS 13, which have one pair of token and AppId for everything')
    .addHelpText(
      'after',
      examplesText('registry account-xml', [
        '--url https://push.example.com',
        "--stage prod --account-template '{{ account }}' --signature-template '{{ sig }}'",
      ]),
    )
    .action((_options, command) =>
      run(async (context) => {
        const options = command.optsWithGlobals();
        const { accountXml } = await import('./account-xml.ts');
        return accountXml(await devicesUrlOf(options, context), options, context);
      }),
    );

  group
    .command('sign')
    .description('Print the address that an account reports to, signed with the secret in REPORT_SECRET.')
    .addOption(urlOption)
    .requiredOption('--account <account>', 'the account', once)
    .option('--removal', 'the address for its removal instead')
    .addHelpText('after', signHelp)
    .action((_options, command) =>
      run(async (context) => {
        const options = command.optsWithGlobals();
        return sign(await devicesUrlOf(options, context), options, context);
      }),
    );
}

function rateArgument(text: string): number {
  if (/^[1-9]\d*$/.test(text)) return Number(text);
  throw new InvalidArgumentError('Use a whole number of at least 1.');
}

function templateArgument(text: string): string {
  if (text.trim() !== '') return text;
  throw new InvalidArgumentError('Use what your provisioning server replaces, such as ACCOUNT.');
}

function deviceArgument(text: string): string {
  if (/^[\da-f]{12,64}$/.test(text)) return text;
  throw new InvalidArgumentError('Use the 12 digits and letters that "registry show" prints.');
}

const signHelp = `
The secret is the parameter reportSecret of the deployment. It is read from the environment, because other users of the
machine can see a command line.
${examplesText('registry sign', ['--account alice --url https://push.example.com', '--account alice --stage prod'])}`;

const groupHelp = `
Tokens and selectors are shown only with --reveal: a device is identified by the same hash as in logs and dead letters.
${examplesText('registry', ['list --local', 'show --account alice --stage prod --region eu-central-1'])}`;
