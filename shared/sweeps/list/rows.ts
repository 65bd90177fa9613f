import type { ListedDevice } from './device.ts';
import { createCsvReader } from './csv-rows.ts';
import { readJsonRows } from './json-rows.ts';
import { inLines, type Lines } from './lines.ts';
import { plainText } from './plain-text.ts';

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
  let read: ((piece: Lines) => Row[]) | undefined;
  for await (const piece of inLines(asListError(plainText(bytes)))) {
    read ??= readerFor(piece);
    if (read === undefined) continue;
    yield { rows: read(piece), throughLine: piece.firstLine + piece.lines.length - 1 };
  }
  if (read === undefined) throw new ListError('The list is empty.');
}

/** How to read a list that begins so; `undefined` where there is nothing yet. */
function readerFor({ lines }: Lines): ((piece: Lines) => Row[]) | undefined {
  const isNothing = lines.every((line) => line?.trim() === '');
  if (isNothing) return undefined;
  const first = lines.find((line) => line?.trim() !== '') ?? '';
  return first.trimStart().startsWith('{') ? readJsonRows : createCsvReader();
}

/** What is not gzip although it begins so, or ends too early, is told as a fault of the list. */
async function* asListError(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  try {
    yield* chunks;
  } catch (error) {
    const isOfZlib = error instanceof Error && 'code' in error && String(error.code).startsWith('Z_');
    if (!isOfZlib) throw error;
    throw new ListError(`The list can't be decompressed: ${error.message}.`, { cause: error });
  }
}
