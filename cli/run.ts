import { inspect } from 'node:util';
import { ConfigurationError } from '../shared/environment.ts';
import { exitCodes, UsageError, type CliContext, type ExitCode } from './cli-context.ts';

/** The work of one command. Modules that only it needs are imported inside, so that `--help` does not load them. */
export type Work = (context: CliContext) => Promise<ExitCode>;

/** Runs the work of a command and keeps its exit code for the program. */
export type Run = (work: Work) => Promise<void>;

/** Runs the work of a command and reports what it throws: in one line if the user can solve it, not at all if the user interrupted it. */
export async function runReporting(work: Work, context: CliContext): Promise<ExitCode> {
  try {
    return await work(context);
  } catch (error) {
    const isInterruption = error instanceof Error && error.name === 'AbortError';
    if (isInterruption && context.interrupted.aborted) return exitCodes.interrupted;
    context.stderr.write(`${messageOf(error)}\n`);
    return exitCodes.failed;
  }
}

function messageOf(error: unknown): string {
  if (error instanceof UsageError) return error.message;
  if (error instanceof ConfigurationError) return error.message.replaceAll('\n', '; ');
  // A bug in the CLI: the stack is needed to find it.
  return inspect(error);
}

/** The examples in the help of a command. */
export function examplesText(command: string, examples: readonly string[]): string {
  return ['\nExamples:', ...examples.map((example) => `  npx pnm2-relay ${command} ${example}`)].join('\n');
}
