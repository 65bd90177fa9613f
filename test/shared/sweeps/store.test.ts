import { S3Client } from '@aws-sdk/client-s3';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createStore } from '../../../shared/sweeps/store.ts';
import { startSweep } from '../../support/sweep.ts';

let sweep: Awaited<ReturnType<typeof startSweep>>;
beforeEach(async () => {
  sweep = await startSweep();
});
afterEach(() => sweep.stop());

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

  it('lists what is directly in a folder', async () => {
    await sweep.put('plans/nightly/summary.json', '{}');
    expect(await sweep.store.list('plans/nightly/')).toMatchObject({ objects: [{ bytes: 2 }], folders: [] });
    expect(await sweep.store.list('plans/')).toEqual({ objects: [], folders: ['plans/nightly/'] });
  });
});
