import type { Context } from 'hono';
import type { CommandFailure, CommandResult } from '../api.ts';

/**
 * Answers with what a command did: 422 if it failed, with the reason as the error.
 * @param inWordsOfApi what the CLI says, as the API has to say it.
 */
export function answerWith(c: Context, result: CommandResult, inWordsOfApi = (words: string) => words): Response {
  if (result.exitCode === 0) return c.json(result);
  const words = inWordsOfApi(result.stderr || result.stdout);
  const error = words || `The command failed with the exit code ${String(result.exitCode)}.`;
  return c.json({ ...result, error } satisfies CommandFailure, 422);
}
