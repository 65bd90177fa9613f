import { accessSync, constants, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { ConfigurationError } from '../shared/environment.ts';

/** https://www.sqlite.org/rescode.html#busy */
const sqliteBusy = 5;

/**
 * Creates the directory if it is missing, and reserves it for this process. The operating system ends the reservation
 * with the process, however that ends.
 * @returns a function that ends it.
 * @throws ConfigurationError
 */
export function reserveDataDir(path: string) {
  const refusal = (why: string) => new ConfigurationError(`DATA_DIR: ${why}`);
  try {
    mkdirSync(path, { recursive: true });
    accessSync(path, constants.W_OK);
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw refusal(`${path} must be a directory that you can write to (${why})`);
  }
  try {
    const lock = new DatabaseSync(join(path, 'lock.db'));
    lock.exec('BEGIN EXCLUSIVE');
    return () => {
      lock.close();
    };
  } catch (error) {
    const isBusy = error instanceof Error && 'errcode' in error && error.errcode === sqliteBusy;
    const why = error instanceof Error ? error.message : String(error);
    throw refusal(
      isBusy
        ? `another local stack uses ${path}: end it, or choose another directory`
        : `${path} cannot be locked (${why}): choose another directory`,
    );
  }
}

const databaseOf = (path: string) => join(path, 'fauxqs.db');

/** What to say if the embedded SQS and S3 cannot use what is in the directory; any other error as it is. */
export function explainDataDirError(path: string, error: unknown): unknown {
  if (!(error instanceof Error) || !('code' in error) || error.code !== 'ERR_SQLITE_ERROR') return error;
  const why = `${databaseOf(path)} cannot be read, or another version wrote it (${error.message})`;
  return new ConfigurationError(`DATA_DIR: ${why}: choose another directory, or delete the file and what it keeps`);
}

/**
 * fauxqs 2.4.1 cannot store that a message is visible again at once: it writes NULL as the receive count, which its own
 * table refuses, and the message is gone until the next start. The trigger keeps the count.
 */
export function repairVisibility(path: string): void {
  const database = new DatabaseSync(databaseOf(path));
  database.exec(`
    CREATE TRIGGER IF NOT EXISTS visible_again BEFORE UPDATE ON sqs_messages
    WHEN NEW.approximate_receive_count IS NULL
    BEGIN
      UPDATE sqs_messages SET receipt_handle = NULL, visibility_deadline = NULL WHERE message_id = OLD.message_id;
      SELECT RAISE(IGNORE);
    END`);
  database.close();
}
