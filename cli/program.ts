import { Command, CommanderError } from 'commander';
import type { CommandContext } from './command.ts';
import { addDeadLetterCommands } from './dead-letters/commands.ts';
import type { Desk } from './dead-letters/desk.ts';
import { addSmokeCommand } from './smoke/command.ts';
import { addSweepCommands } from './sweep/commands.ts';
import { widthOf, type Surroundings } from './surroundings.ts';

/**
 * Runs the tool.
 * @param words the command line after the name of the tool.
 * @returns the exit code.
 */
export async function runTool(
  words: readonly string[],
  surroundings: Surroundings,
  readingOptions?: Desk['readingOptions'],
): Promise<number> {
  const { stdout, stderr } = surroundings;
  let exitCode = 0;
  const program = new Command('pnm2-relay')
    .description('Looks after a relay: whether it delivers, what it could not, and its sweeps.')
    .exitOverride()
    .configureOutput({
      writeOut: (text) => stdout.write(text),
      writeErr: (text) => stderr.write(text),
      outputError(text, write) {
        // A suggestion comes on a line of its own.
        write(`${text.trim().replace(/\s*\n\s*/g, ' ')} (--help tells more)\n`);
      },
      getOutHelpWidth: () => widthOf(stdout) ?? 100,
      getErrHelpWidth: () => widthOf(stderr) ?? 100,
    });
  const context: CommandContext = {
    surroundings,
    readingOptions,
    end(code) {
      exitCode = code;
    },
  };
  addDeadLetterCommands(program, context);
  addSweepCommands(program, context);
  addSmokeCommand(program, context);
  try {
    await program.parseAsync(words, { from: 'user' });
  } catch (error) {
    // It has been told already, or is the end of `--help`.
    if (error instanceof CommanderError) return error.exitCode;
    throw error;
  }
  return exitCode;
}
