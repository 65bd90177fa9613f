import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import type { Environment } from '../shared/environment.ts';

/** Where text goes to. */
export interface Output {
  readonly write: (text: string) => unknown;
  readonly isTTY?: boolean;
  /** The width of the terminal. */
  readonly columns?: number;
}

/** The width of lines for an output, or `undefined` where it has none: a pipe, or a terminal that does not know. */
export function widthOf({ columns }: Output): number | undefined {
  return columns === 0 ? undefined : columns;
}

/** What a command is given of the process that it runs in. */
export interface Surroundings {
  readonly environment: Environment;
  readonly stdin: Readable & { readonly isTTY?: boolean };
  /** For what was asked for. */
  readonly stdout: Output;
  /** For progress, remarks and mistakes. */
  readonly stderr: Output;
  /** Aborted when the person wants the command to end. */
  readonly interrupted: AbortSignal;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
}

/** Asks a question that is answered by `y` or by anything else; no answer is a no. */
export async function askYesOrNo(question: string, { stdin, stderr, interrupted }: Surroundings): Promise<boolean> {
  stderr.write(`${question} [y/N] `);
  // Not as a terminal, where the interface would take Ctrl-C for itself.
  const lines = createInterface({ input: stdin, terminal: false });
  const answered = Promise.withResolvers<string>();
  const giveUp = () => {
    answered.resolve('');
  };
  lines.once('line', answered.resolve).once('close', giveUp);
  interrupted.addEventListener('abort', giveUp);
  if (interrupted.aborted) giveUp();
  const answer = await answered.promise;
  interrupted.removeEventListener('abort', giveUp);
  lines.close();
  // The answer that was not given has left the line open.
  if (interrupted.aborted) stderr.write('\n');
  return /^y(es)?$/i.test(answer.trim());
}
