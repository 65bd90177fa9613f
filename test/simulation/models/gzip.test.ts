import { pipeline, Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { gunzipSync, gzipSync } from 'node:zlib';
import { expect, it } from 'vitest';
import { createGunzip, createGzip } from './gzip.ts';

const text = Array.from({ length: 5000 }, (_, index) => `line ${String(index)}\n`).join('');

/** Ends the stream with the bytes in pieces of a size. */
const through = (stream: ReturnType<typeof createGzip>, bytes: Buffer, size: number) => {
  const pieces = Array.from({ length: Math.ceil(bytes.length / size) }, (_, index) =>
    bytes.subarray(index * size, (index + 1) * size),
  );
  return buffer(pipeline(Readable.from(pieces), stream, () => undefined));
};

it('compresses what Node decompresses', async () => {
  const packed = await through(createGzip({ level: 1 }), Buffer.from(text), 1000);
  expect(packed.length).toBeLessThan(text.length / 2);
  expect(gunzipSync(packed).toString()).toBe(text);
});

it.each([1, 7, 1000, 1_000_000])('decompresses several members in pieces of %i bytes', async (size) => {
  const packed = Buffer.concat([gzipSync(text.slice(0, 30_000)), gzipSync(text.slice(30_000))]);
  expect((await through(createGunzip({ chunkSize: 1024 }), packed, size)).toString()).toBe(text);
});

it.each([
  ['text', Buffer.from('no gzip at all'), 'Z_DATA_ERROR'],
  ['a beginning', gzipSync(text).subarray(0, 1000), 'Z_BUF_ERROR'],
])('fails as the streams of Node do for %s', async (_, bytes, code) => {
  await expect(through(createGunzip({}), bytes, 100)).rejects.toMatchObject({ code });
});

it('gives the plain bytes while the others come', () => {
  const packed = gzipSync(text);
  const gunzip = createGunzip({ chunkSize: 1024 });
  gunzip.write(packed.subarray(0, packed.length / 2));
  const first: unknown = gunzip.read();
  expect(text.startsWith(String(first))).toBe(true);
  expect(String(first).length).toBeGreaterThan(1000);
});
