import { S3Client } from '@aws-sdk/client-s3';
import { Readable } from 'node:stream';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createStore } from '../../../shared/sweeps/store.ts';
import { startSweep } from '../../support/sweep.ts';

let sweep: Awaited<ReturnType<typeof startSweep>>;
beforeEach(async () => {
  sweep = await startSweep();
});
afterEach(() => sweep.stop());

/** Enough for several parts, of which all but the last have at least five. */
const mebibytes = 7;

describe('the bucket', () => {
  it('reports a missing permission as an error, not as a missing object', async () => {
    await sweep.put('plans/nightly.json', '{}');
    sweep.refuse(() => true);
    await expect(sweep.store.readText('plans/nightly.json')).rejects.toMatchObject({ name: 'AccessDenied' });
    await expect(sweep.store.write('plans/nightly.json', '{}', { IfNoneMatch: '*' })).rejects.toMatchObject({
      name: 'AccessDenied',
    });
  });

  it('reports a write that had no condition and failed, so that no report of a slice is lost unnoticed', async () => {
    const s3 = new S3Client({
      endpoint: sweep.awsEndpoint,
      region: 'us-east-1',
      credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
      forcePathStyle: true,
    });
    await expect(createStore(s3, 'no-such-bucket').write('plans/nightly/run/00000.json', '{}')).rejects.toThrow();
    s3.destroy();
  });

  it('does not bring back an object that was deleted before a write that expected it', async () => {
    const etag = await sweep.store.write('progress.json', '1');
    await sweep.store.remove('progress.json');
    expect(await sweep.store.write('progress.json', '2', { IfMatch: String(etag) })).toBeUndefined();
    expect(await sweep.store.readText('progress.json')).toBeUndefined();
  });

  it('opens no other version of a list than the one asked for', async () => {
    const etag = await sweep.store.write('devices/list.csv', 'old');
    await sweep.put('devices/list.csv', 'new');
    expect(await sweep.store.open('devices/list.csv', String(etag))).toBeUndefined();
    expect(await sweep.store.open('devices/list.csv')).toBeDefined();
  });

  it('stores an object of several parts with its last byte, unless there is one', async () => {
    const parts = Array.from({ length: mebibytes }, (_, index) => Buffer.alloc(1024 * 1024, index));
    await sweep.store.create('snapshots/a', Readable.from(parts));
    expect(await sweep.store.head('snapshots/a')).toMatchObject({ bytes: mebibytes * 1024 * 1024 });
    const first = await sweep.store.head('snapshots/a');
    await sweep.store.create('snapshots/a', Readable.from(parts.slice(1)));
    await sweep.store.create('snapshots/a', Readable.from(parts.slice(-1)));
    expect(await sweep.store.head('snapshots/a')).toEqual(first);
  });

  it('stores nothing if the bytes of an object end with an error', async () => {
    const failing = async function* () {
      for (let index = 0; index < mebibytes; index += 1) yield await Promise.resolve(Buffer.alloc(1024 * 1024));
      throw new Error('no more');
    };
    await expect(sweep.store.create('snapshots/a', Readable.from(failing()))).rejects.toThrow('no more');
    expect(await sweep.store.head('snapshots/a')).toBeUndefined();
  });

  it('stores an object of several parts although the answer is lost', async () => {
    const parts = Array.from({ length: mebibytes }, (_, index) => Buffer.alloc(1024 * 1024, index));
    sweep.loseAnswers((url) => url.includes('uploadId=') && !url.includes('partNumber='));
    await sweep.store.create('snapshots/a', Readable.from(parts));
    expect(await sweep.store.head('snapshots/a')).toMatchObject({ bytes: mebibytes * 1024 * 1024 });
  });

  it('lists what is directly in a folder', async () => {
    await sweep.put('plans/nightly/summary.json', '{}');
    expect(await sweep.store.list('plans/nightly/')).toMatchObject({ objects: [{ bytes: 2 }], folders: [] });
    expect(await sweep.store.list('plans/')).toEqual({ objects: [], folders: ['plans/nightly/'] });
  });
});
