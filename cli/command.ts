import type { Command } from 'commander';
import { inspect } from 'node:util';
import { ConfigurationError } from '../shared/environment.ts';
import { connect, explain, placeOf, type ConnectionOptions, type Place, type PlaceOptions } from './connection.ts';
import type { Desk } from './dead-letters/desk.ts';
import { readConnectionOptions } from './dead-letters/options.ts';
import { exitCodes, type ExitCode } from './exit-codes.ts';
import { Mistake } from './mistake.ts';
import type { Surroundings } from './surroundings.ts';

/** What a command needs of its program. */
export interface CommandContext {
  readonly surroundings: Surroundings;
  readonly readingOptions?: Desk['readingOptions'] | undefined;
  /** Is told the exit code of the command that has run. */
  readonly end: (exitCode: ExitCode) => void;
}

/** What a command works with, and how it is let go. */
export interface Connected<D> {
  readonly desk: D;
  readonly close: () => void;
}

/** Connects, works, and lets go. */
export async function withDesk<D>(
  connecting: Promise<Connected<D>>,
  work: (desk: D) => Promise<ExitCode>,
): Promise<ExitCode> {
  const { desk, close } = await connecting;
  try {
    return await work(desk);
  } finally {
    close();
  }
}

/** Runs a command that works on queues. @param prepare reads the options before anything is connected to. */
export async function runAtDesk(
  command: Command,
  context: CommandContext,
  prepare: () => Promise<(desk: Desk) => Promise<ExitCode>>,
): Promise<void> {
  await runAtPlace(
    context,
    () => readConnectionOptions(command),
    async () => {
      const work = await prepare();
      return (place, options) => withDesk(connectToQueues(place, options, context), work);
    },
  );
}

async function connectToQueues(
  place: Place,
  options: ConnectionOptions,
  { surroundings, readingOptions }: CommandContext,
): Promise<Connected<Desk>> {
  const connection = await connect(place, options);
  return {
    desk: {
      ...connection,
      surroundings,
      explain: ({ scope, error }) =>
        (scope === 'call' ? explain(error, place) : undefined) ?? `${error.name}: ${error.message}`,
      ...(readingOptions && { readingOptions }),
    },
    close() {
      connection.sqs.destroy();
    },
  };
}

/**
 * Prepares a command, finds out where it is to work, and runs it. What the person can put right is told in a line.
 * @param prepare reads the options before anything is connected to.
 */
export async function runAtPlace<O extends PlaceOptions>(
  { surroundings, end }: CommandContext,
  readOptions: () => O,
  prepare: () => Promise<(place: Place, options: O) => Promise<ExitCode>>,
): Promise<void> {
  const { environment, stderr } = surroundings;
  const fail = (line: string) => {
    stderr.write(`${line}\n`);
    end(exitCodes.failed);
  };
  try {
    const work = await prepare();
    const options = readOptions();
    const place = placeOf(options, environment);
    try {
      end(await work(place, options));
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
