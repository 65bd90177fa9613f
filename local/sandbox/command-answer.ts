import type { Context } from 'hono';
import type { CommandFailure, CommandResult } from './api.ts';

/** Answers with what a command did: 422 if it failed, with the reason as the error. */
export function answerWith(c: Context, result: CommandResult): Response {
  if (result.exitCode === 0) return c.json(result);
  const error = result.stderr || result.stdout || `The command failed with the exit code ${String(result.exitCode)}.`;
  return c.json({ ...result, error } satisfies CommandFailure, 422);
}
