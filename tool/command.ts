import type { Command } from 'commander';
import { inspect } from 'node:util';
import { ConfigurationError } from '../shared/configuration/environment.ts';
import { connect, explain, placeOf } from './connection.ts';
import { exitCodes, type Desk, type ExitCode } from './dead-letters/desk.ts';
import { readConnectionOptions } from './dead-letters/options.ts';
import { Mistake } from './mistake.ts';
import type { Surroundings } from './surroundings.ts';

/** What a command needs of its program. */
export interface CommandContext {
  readonly surroundings: Surroundings;
  readonly readingOptions?: Desk['readingOptions'] | undefined;
  /** Is told the exit code of the command that has run. */
  readonly end: (exitCode: ExitCode) => void;
}

/**
 * Prepares a command, connects, and runs it. What the person can put right is told in a line.
 * @param prepare reads the options before anything is connected to.
 */
export async function runAtDesk(
  command: Command,
  { surroundings, readingOptions, end }: CommandContext,
  prepare: () => Promise<(desk: Desk) => Promise<ExitCode>>,
): Promise<void> {
  const { environment, stderr } = surroundings;
  const fail = (line: string) => {
    stderr.write(`${line}\n`);
    end(exitCodes.failed);
  };
  try {
    const work = await prepare();
    const options = readConnectionOptions(command);
    const place = placeOf(options, environment);
    try {
      const connection = await connect(place, options);
      const desk: Desk = {
        ...connection,
        surroundings,
        explain: ({ scope, error }) =>
          (scope === 'call' ? explain(error, place) : undefined) ?? `${error.name}: ${error.message}`,
        ...(readingOptions && { readingOptions }),
      };
      try {
        end(await work(desk));
      } finally {
        connection.sqs.destroy();
      }
    } catch (error) {
      // What nobody can explain is our own fault, and needs its stack.
      fail(explain(error, place) ?? inspect(error));
    }
  } catch (error) {
    if (error instanceof Mistake) fail(error.message);
    else if (error instanceof ConfigurationError) fail(error.message.replaceAll('\n', '; '));
    else throw error;
  }
}
