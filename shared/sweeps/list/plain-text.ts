import { Readable } from 'node:stream';
import { createGunzip } from 'node:zlib';

const gzipMagic = [0x1f, 0x8b] as const;

/** How much a step of decompression gives: at the default of 16 KB each hundred rows would cost a turn of the event loop. */
const chunkBytes = 65_536;

/** The bytes of a list, decompressed where they are gzip: told by their beginning, for names and types may lie. */
export async function* plainText(bytes: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  const iterator = bytes[Symbol.asyncIterator]();
  let beginning: Uint8Array = Buffer.alloc(0);
  while (beginning.length < gzipMagic.length) {
    const next = await iterator.next();
    if (next.done === true) break;
    beginning = Buffer.concat([beginning, next.value]);
  }
  const all = continued(beginning, iterator);
  if (gzipMagic.some((byte, index) => beginning[index] !== byte)) {
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

async function* continued(
  beginning: Uint8Array,
  iterator: AsyncIterator<Uint8Array, unknown>,
): AsyncGenerator<Uint8Array> {
  try {
    if (beginning.length > 0) yield beginning;
    for (;;) {
      const next = await iterator.next();
      if (next.done === true) return;
      yield next.value;
    }
  } finally {
    await iterator.return?.();
  }
}
