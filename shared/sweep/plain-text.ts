import { Readable } from 'node:stream';
import { createGunzip } from 'node:zlib';

const gzipMagic = Buffer.from([0x1f, 0x8b]);

/** How much a step of decompression gives: the default of 16 KB would cost a turn of the event loop for every hundred rows. */
const chunkBytes = 262_144;

/** The bytes of a list, decompressed where they are gzip: told by their beginning, for names and types may lie. */
export async function* plainText(bytes: AsyncIterable<Uint8Array>): AsyncGenerator<Buffer> {
  const { beginning, all } = await lookAt(bytes, gzipMagic.length);
  if (!beginning.subarray(0, gzipMagic.length).equals(gzipMagic)) {
    yield* all;
    return;
  }
  const gunzip = createGunzip({ chunkSize: chunkBytes });
  const source = Readable.from(all);
  source.on('error', (error) => gunzip.destroy(error));
  // Whoever stops reading early ends the source as well.
  gunzip.on('close', () => source.destroy());
  yield* source.pipe(gunzip) as AsyncIterable<Buffer>;
}

/** The beginning of a stream, of so many bytes where it has them, and the whole stream. */
export async function lookAt(
  bytes: AsyncIterable<Uint8Array>,
  count: number,
): Promise<{ readonly beginning: Buffer; readonly all: AsyncGenerator<Buffer> }> {
  const iterator = bytes[Symbol.asyncIterator]();
  let beginning: Buffer = Buffer.alloc(0);
  while (beginning.length < count) {
    const next = await iterator.next();
    if (next.done === true) break;
    beginning = Buffer.concat([beginning, next.value]);
  }
  const all = async function* (): AsyncGenerator<Buffer> {
    try {
      if (beginning.length > 0) yield beginning;
      for (;;) {
        const next = await iterator.next();
        if (next.done === true) return;
        const { buffer, byteOffset, byteLength } = next.value;
        yield Buffer.from(buffer, byteOffset, byteLength);
      }
    } finally {
      await iterator.return?.();
    }
  };
  return { beginning, all: all() };
}
