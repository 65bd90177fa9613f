import { exitCodes, type ExitCode } from '../cli-context.ts';

/** The person has ended what was under way. */
export class Interruption extends Error {
  override readonly name = 'Interruption';
}

/** Ends a command as a shell expects, where an interruption is thrown. */
export async function unlessInterrupted(work: () => Promise<ExitCode>): Promise<ExitCode> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof Interruption) return exitCodes.interrupted;
    throw error;
  }
}
