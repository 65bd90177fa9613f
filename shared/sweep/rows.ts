import type { ListedDevice } from './device.ts';
import { readCsvRows } from './csv-rows.ts';
import { readJsonRows } from './json-rows.ts';
import { inLines } from './lines.ts';
import { lookAt, plainText } from './plain-text.ts';

/** A row of a list: a device, or why it can't be read. */
export type Row = { readonly line: number } & ({ readonly device: ListedDevice } | { readonly fault: string });

/** Rows in the order of their lines. */
export interface Rows {
  readonly rows: readonly Row[];
  /** The last line that has been read. */
  readonly throughLine: number;
}

/** The list as a whole can't be read. */
export class ListError extends Error {
  override readonly name = 'ListError';
}

/**
 * Reads a list as it streams by: CSV with a header or JSON Lines, plain or gzipped, told apart by what is in it.
 * A row is a line, so that one that is broken (a quote that is never closed) takes no other with it; neither a token
 * nor a selector has a line break in it.
 * @throws ListError
 */
export async function* readRows(bytes: AsyncIterable<Uint8Array>): AsyncGenerator<Rows> {
  const { beginning, all } = await lookAt(asListError(plainText(bytes)), 4096);
  const text = withoutMark(beginning).toString('latin1').trimStart();
  if (text === '') throw new ListError('The list is empty.');
  const lines = inLines(fromMark(all));
  yield* text.startsWith('{') ? readJsonRows(lines) : readCsvRows(lines);
}

const byteOrderMark = Buffer.from([0xef, 0xbb, 0xbf]);

function withoutMark(bytes: Buffer): Buffer {
  return bytes.subarray(0, byteOrderMark.length).equals(byteOrderMark) ? bytes.subarray(byteOrderMark.length) : bytes;
}

/** The first piece is long enough to have all of a byte order mark. */
async function* fromMark(chunks: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  let isFirst = true;
  for await (const chunk of chunks) {
    yield isFirst ? withoutMark(chunk) : chunk;
    isFirst = false;
  }
}

/** What is not gzip although it begins so, or ends too early, is told as a fault of the list. */
async function* asListError(chunks: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  try {
    yield* chunks;
  } catch (error) {
    const isOfZlib = error instanceof Error && 'code' in error && String(error.code).startsWith('Z_');
    if (!isOfZlib) throw error;
    throw new ListError(`The list can't be decompressed: ${error.message}.`, { cause: error });
  }
}
