import { pipeline, Readable, type Transform } from 'node:stream';
import { createGunzip, type ZlibOptions } from 'node:zlib';

/** Lines of a list, without their line ends. */
export interface Lines {
  /** `undefined` for a line that is too long. */
  readonly lines: readonly (string | undefined)[];
  readonly firstLine: number;
}

/** Creates a stream that decompresses. */
export type CreateGunzip = (options: ZlibOptions) => Transform;

/** The list as a whole can't be read. */
export class ListError extends Error {
  override readonly name = 'ListError';
}

/** Far more than a row takes. A line without an end must not fill the memory. */
const maxLineCharacters = 65_536;

/**
 * Cuts a list, plain or gzip, into lines while it is read. Bytes that are not UTF-8 become U+FFFD; a byte order mark is
 * left out.
 * @param gunzip that of Node, unless the time when threads have finished matters.
 * @throws ListError if the list can't be decompressed.
 */
export async function* readLines(
  bytes: AsyncIterable<Uint8Array>,
  gunzip: CreateGunzip = createGunzip,
): AsyncGenerator<Lines> {
  const decoder = new TextDecoder();
  let firstLine = 1;
  /** The beginning of a line whose end has not been read yet; `undefined` if it is too long. */
  let begun: string | undefined = '';
  const cut = (text: string): Lines => {
    const lines: (string | undefined)[] = `${begun ?? ''}${text}`.split('\n');
    if (begun === undefined) lines[0] = undefined;
    begun = limited(lines.pop());
    const piece = { lines: lines.map(withoutReturn), firstLine };
    firstLine += lines.length;
    return piece;
  };
  for await (const chunk of decompressed(bytes, gunzip)) yield cut(decoder.decode(chunk, { stream: true }));
  // The last line need not have an end. If it has one, this adds an empty line, which no format reads.
  yield cut(`${decoder.decode()}\n`);
}

function limited(line: string | undefined): string | undefined {
  return line !== undefined && line.length <= maxLineCharacters ? line : undefined;
}

function withoutReturn(line: string | undefined): string | undefined {
  const whole = limited(line);
  return whole?.endsWith('\r') === true ? whole.slice(0, -1) : whole;
}

const gzipMagic = [0x1f, 0x8b] as const;

/** With the default of 16 KB, every hundred rows would cost a turn of the event loop. */
const gunzipChunkBytes = 65_536;

/** Detects gzip by the first bytes: names and content types may be wrong. */
async function* decompressed(bytes: AsyncIterable<Uint8Array>, gunzip: CreateGunzip): AsyncGenerator<Uint8Array> {
  const source: Readable & AsyncIterable<Uint8Array> = Readable.from(bytes);
  let beginning: Uint8Array = Buffer.alloc(0);
  for await (const chunk of source.iterator({ destroyOnReturn: false }) as AsyncIterable<Uint8Array>) {
    beginning = Buffer.concat([beginning, chunk]);
    if (beginning.length >= gzipMagic.length) break;
  }
  if (gzipMagic.some((byte, index) => beginning[index] !== byte)) {
    yield beginning;
    yield* source;
    return;
  }
  source.unshift(beginning);
  try {
    // The pipeline also ends the source when the reader of the lines stops early.
    const plain = pipeline(source, gunzip({ chunkSize: gunzipChunkBytes }), () => undefined);
    yield* plain as AsyncIterable<Uint8Array>;
  } catch (error) {
    const isFromZlib = error instanceof Error && 'code' in error && String(error.code).startsWith('Z_');
    if (!isFromZlib) throw error;
    throw new ListError(`The list can't be decompressed: ${error.message}.`, { cause: error });
  }
}
