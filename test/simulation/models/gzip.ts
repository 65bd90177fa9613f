import { Transform, type TransformCallback } from 'node:stream';
import { constants, gunzipSync, gzipSync, type ZlibOptions } from 'node:zlib';

/**
 * Creates a stream that compresses each chunk at once, and not in a thread, whose results would come at times that the
 * scheduler does not control. Each chunk becomes a member of its own, as the format allows.
 */
export function createGzip(options: ZlibOptions): Transform {
  return new Transform({
    transform: (chunk: Buffer, _encoding, done) => {
      done(null, gzipSync(chunk, options));
    },
  });
}

/** Node has no synchronous stream: what has come is decompressed from its beginning, each time that it has grown by this. */
const growth = 1.25;

/** Creates a stream that decompresses what has come at once, and not in a thread. */
export function createGunzip({ chunkSize = 16_384 }: ZlibOptions): Transform {
  const chunks: Buffer[] = [];
  let bytes = 0;
  let bytesBefore = 0;
  let plainBytes = 0;
  const decompress = (to: Transform, finishFlush: number, done: TransformCallback) => {
    bytesBefore = bytes;
    try {
      const plain = gunzipSync(Buffer.concat(chunks), { finishFlush });
      for (; plainBytes < plain.length; plainBytes = Math.min(plain.length, plainBytes + chunkSize)) {
        to.push(plain.subarray(plainBytes, plainBytes + chunkSize));
      }
      done();
    } catch (error) {
      done(error instanceof Error ? error : new Error(String(error)));
    }
  };
  return new Transform({
    transform(chunk: Buffer, _encoding, done) {
      chunks.push(chunk);
      bytes += chunk.length;
      if (bytes < growth * bytesBefore) done();
      else decompress(this, constants.Z_SYNC_FLUSH, done);
    },
    flush(done) {
      decompress(this, constants.Z_FINISH, done);
    },
  });
}
