import { Upload } from '@aws-sdk/lib-storage';
import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import prettyBytes from 'pretty-bytes';
import { UsageError } from '../cli-context.ts';
import { createProgress } from '../progress.ts';
import type { SweepConnection } from './connection.ts';
import type { FileSource } from './source.ts';

/** At most 10,000 parts make an object: https://docs.aws.amazon.com/AmazonS3/latest/userguide/qfacts.html */
const partBytes = 8 * 1024 * 1024;
const partsAtOnce = 4;

/**
 * Puts a list into the bucket.
 * @returns false where the person has broken it off; then nothing is there.
 * @throws UsageError, and whatever the SDK throws.
 */
export async function upload(
  { s3, bucket, context }: SweepConnection,
  { path, bytes, changedMs }: FileSource,
  key: string,
): Promise<boolean> {
  const { stderr, now, interrupted } = context;
  const found = await stat(path);
  if (found.size !== bytes || found.mtimeMs !== changedMs) {
    throw new UsageError(`${path} has changed since it was read: say it again.`);
  }
  const sending = new Upload({
    client: s3,
    params: { Bucket: bucket, Key: key, Body: createReadStream(path) },
    partSize: partBytes,
    queueSize: partsAtOnce,
  });
  const progress = createProgress(stderr, now);
  sending.on('httpUploadProgress', ({ loaded = 0 }) => {
    progress.show(loaded, bytes, `${prettyBytes(loaded)} of ${prettyBytes(bytes)} uploaded`);
  });
  const breakOff = () => void sending.abort();
  interrupted.addEventListener('abort', breakOff);
  try {
    if (interrupted.aborted) return false;
    await sending.done();
    return true;
  } catch (error) {
    if (interrupted.aborted) return false;
    throw error;
  } finally {
    interrupted.removeEventListener('abort', breakOff);
    progress.end();
  }
}
