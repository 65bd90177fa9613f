import { randomUUID } from 'node:crypto';
import { lstat, open, rename, rm } from 'node:fs/promises';
import { UsageError } from './cli-context.ts';

/** A file that is complete or not there. */
export interface NewFile {
  /** Writes behind what was written before, also if that is still being written. */
  readonly write: (text: string) => Promise<void>;
  /** Gives the file its name. */
  readonly keep: () => Promise<void>;
  /** Removes what was written, unless it was kept. */
  readonly close: () => Promise<void>;
}

/**
 * Starts to write a file that only its owner can read. Until it is kept, it has another name, so that a command that
 * fails leaves neither a part of the new file nor spoils the old one.
 * @param replace whether there may be such a file already.
 * @throws UsageError, also later.
 */
export async function createFile(path: string, replace: boolean): Promise<NewFile> {
  const explained = <T>(work: Promise<T>): Promise<T> =>
    work.catch((error: unknown) => {
      const isSystemError = error instanceof Error && 'syscall' in error;
      if (!isSystemError) throw error;
      // What follows the reason is the system call with the name of the part.
      throw new UsageError(`${path} can't be written: ${error.message.replace(/, \w+\b.*$/s, '')}.`);
    });
  const found = await lstat(path).catch(() => undefined);
  if (found?.isFile() === false) throw new UsageError(`${path} exists and is not a file: pass another path.`);
  if (found !== undefined && !replace) throw new UsageError(`${path} exists: pass another path, or --force.`);
  const partPath = `${path}.${randomUUID()}.part`;
  const file = await explained(open(partPath, 'wx', 0o600));
  let writing = Promise.resolve();
  return {
    write(text) {
      writing = writing.then(() => explained(file.appendFile(text)));
      return writing;
    },
    async keep() {
      await writing;
      await explained(file.close());
      await explained(rename(partPath, path));
    },
    async close() {
      await writing.catch(() => undefined);
      await file.close();
      await rm(partPath, { force: true });
    },
  };
}
