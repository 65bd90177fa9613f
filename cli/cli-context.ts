import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import type { Environment } from '../shared/environment.ts';

/** What a command returns to the shell. `unclear`: neither success nor failure could be shown. */
export const exitCodes = { ok: 0, failed: 1, unclear: 2, interrupted: 130 } as const;
export type ExitCode = (typeof exitCodes)[keyof typeof exitCodes];

/** A problem that the user can solve. The message is one line and says what to do. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}

export interface Output {
  readonly write: (text: string) => unknown;
  readonly isTTY?: boolean;
  /** The width of the terminal. */
  readonly columns?: number;
}

/** The line width of an output, or `undefined` for a pipe or a terminal without a known width. */
export function widthOf({ columns }: Output): number | undefined {
  return columns === 0 ? undefined : columns;
}

/** The parts of the process that a command uses. */
export interface CliContext {
  readonly environment: Environment;
  readonly stdin: Readable & { readonly isTTY?: boolean };
  /** For the result. */
  readonly stdout: Output;
  /** For progress, remarks and errors. */
  readonly stderr: Output;
  /** Aborted when the user interrupts the command. */
  readonly interrupted: AbortSignal;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
}

/** Runs the work of one command. Modules that only it needs are imported inside, so that `--help` does not load them. */
export type RunCommand = (work: (context: CliContext) => Promise<ExitCode>) => Promise<void>;

/** Options that may be left out, as Commander passes them. */
export type Given<T> = { readonly [Name in keyof T]?: T[Name] | undefined };

/** The options of a command that asks before it acts. */
export type ConfirmationOptions = Given<{ dryRun: boolean; yes: boolean }>;

/** The examples in the help of a command. */
export function examplesText(command: string, examples: readonly string[]): string {
  return ['\nExamples:', ...examples.map((example) => `  npx pnm2-relay ${command} ${example}`)].join('\n');
}

/** @throws UsageError if the command has to ask and stdin is not a terminal. */
export function requireTerminal({ dryRun, yes }: ConfirmationOptions, { stdin }: CliContext): void {
  if (!dryRun && !yes && stdin.isTTY !== true) throw new UsageError('Not a terminal: pass --yes to confirm.');
}

/** Asks a question. Any answer but `y` or `yes` means no, and so does an interruption. */
export async function askYesOrNo(question: string, { stdin, stderr, interrupted }: CliContext): Promise<boolean> {
  stderr.write(`${question} [y/N] `);
  // With `terminal: true` readline would handle Ctrl-C itself. The interruption closes it, as the end of the input does.
  const lines = createInterface({ input: stdin, terminal: false, signal: interrupted });
  let answer = '';
  for await (answer of lines) break;
  // The cursor is still on the line of the question.
  if (interrupted.aborted) stderr.write('\n');
  return /^y(es)?$/i.test(answer.trim());
}
