import { Command, CommanderError } from '@commander-js/extra-typings';
import { inspect } from 'node:util';
import packageJson from '../package.json' with { type: 'json' };
import { ConfigurationError } from '../shared/environment.ts';
import { exitCodes, UsageError, widthOf, type CliContext, type ExitCode } from './cli-context.ts';
import { addDeadLetterCommands } from './dead-letters/commands.ts';
import { addOutcomeCommands } from './outcomes/commands.ts';
import { addRegistryCommands } from './registry/commands.ts';
import { addSmokeCommand } from './smoke/command.ts';
import { addSweepCommands } from './sweep/commands.ts';

/**
 * Runs the CLI.
 * @param words the command line without the program name.
 * @returns the exit code.
 */
export async function runCli(words: readonly string[], context: CliContext): Promise<number> {
  const { stdout, stderr } = context;
  let exitCode: ExitCode = exitCodes.ok;
  const program = new Command('pnm2-relay')
    .description('Tests a relay, follows its outcomes, manages its dead letters and devices, and runs its sweeps.')
    .version(packageJson.version, '--version', 'print the version')
    .addHelpText(
      'after',
      '\nRun npx pnm2-relay in the checkout. Elsewhere: npm --prefix CHECKOUT run --silent cli -- COMMAND',
    )
    .configureHelp({ showGlobalOptions: true })
    .exitOverride()
    .configureOutput({
      writeOut: (text) => stdout.write(text),
      writeErr: (text) => stderr.write(text),
      outputError(text, write) {
        // Commander puts a suggestion on a line of its own.
        write(`${text.trim().replace(/\s*\n\s*/g, ' ')} (see --help)\n`);
      },
      getOutHelpWidth: () => widthOf(stdout) ?? 100,
      getErrHelpWidth: () => widthOf(stderr) ?? 100,
    });
  const groups = [addDeadLetterCommands, addOutcomeCommands, addRegistryCommands, addSweepCommands, addSmokeCommand];
  for (const addCommands of groups) {
    addCommands(program, async (work) => {
      exitCode = await work(context).catch((error: unknown) => {
        const isInterruption = error instanceof Error && error.name === 'AbortError';
        if (isInterruption && context.interrupted.aborted) return exitCodes.interrupted;
        stderr.write(`${messageOf(error)}\n`);
        return exitCodes.failed;
      });
    });
  }
  try {
    await program.parseAsync(words, { from: 'user' });
  } catch (error) {
    // Commander has printed the error or the help already.
    if (error instanceof CommanderError) return error.exitCode;
    throw error;
  }
  return exitCode;
}

function messageOf(error: unknown): string {
  if (error instanceof UsageError) return error.message;
  if (error instanceof ConfigurationError) return error.message.replaceAll('\n', '; ');
  // A bug in the CLI: the stack is needed to find it.
  return inspect(error);
}
