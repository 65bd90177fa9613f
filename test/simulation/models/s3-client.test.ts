import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { expect, it } from 'vitest';
import { createStore, type Store } from '../../../shared/sweeps/store.ts';
import { createChances } from '../kernel/chance.ts';
import { createProcess, type Fate } from '../kernel/process.ts';
import { createScheduler } from '../kernel/scheduler.ts';
import { createBucket, createS3Client, UploadInSmallParts, type S3Service } from './s3-client.ts';

const epochMs = Date.UTC(2026, 0, 1);

/** Does some work with the store of the sweeps over a model of S3. @param fates those of the first calls. */
async function inBucket<T>(
  work: (store: Store, world: { readonly now: () => number; readonly kill: () => void }) => Promise<T>,
  overrides: Partial<S3Service> = {},
  fates: readonly Fate[] = [],
): Promise<T | 'never ends'> {
  const scheduler = createScheduler();
  const chance = createChances(1)('bucket');
  const left = [...fates];
  const process = createProcess({
    ...{ id: 0, scheduler, epochMs, chance, deathProbability: () => 0, onDeath: () => undefined },
  });
  const s3 = createS3Client(process, {
    bucket: createBucket(scheduler, epochMs),
    route: { requestMs: () => 1, answerMs: () => 1, fate: () => left.shift() ?? 'well', timeoutMs: 10_000 },
    chance,
    ...{ conflict: () => 0, cutBody: () => 0, onPut: () => undefined, onDelete: () => undefined },
    ...overrides,
  });
  const loadUpload = () => Promise.resolve({ Upload: UploadInSmallParts });
  const working = work(createStore(s3, 'sweeps', loadUpload), { now: scheduler.now, kill: process.kill });
  const isOver = scheduler.run(3_600_000).then(() => 'never ends' as const);
  return Promise.race([working, isOver]);
}

it('keeps a text with the digest of its bytes, and forgets it', async () => {
  const seen = await inBucket(async (store) => {
    const etag = await store.write('a', 'text');
    const again = await store.write('b', 'text');
    const read = await store.readText('a');
    await store.remove('a');
    return [read, etag === again, await store.head('b'), await store.head('a'), await store.readText('a')];
  });
  const etag = '"1cb251ec0d568de6a929b520c4aed8d1"';
  expect(seen).toEqual([{ text: 'text', etag }, true, { etag, bytes: 4 }, undefined, undefined]);
});

it('lets one of two writers create an object, and one of two replace it', async () => {
  const seen = await inBucket(async (store) => {
    const created = await Promise.all(['x', 'y'].map((text) => store.write('a', text, { IfNoneMatch: '*' })));
    const etag = created.find((one) => one !== undefined) ?? '';
    const replaced = await Promise.all(['p', 'q'].map((text) => store.write('a', text, { IfMatch: etag })));
    await store.remove('a');
    return [created, replaced, [await store.write('a', 'z', { IfMatch: etag })]].map((all) =>
      all.map((one) => one !== undefined),
    );
  });
  expect(seen).toEqual([[true, false], [true, false], [false]]);
});

it('has stored a text whose answer is lost, so that a repeated write does not meet its own condition', async () => {
  const seen = await inBucket(
    async (store, { now }) => [await store.write('a', 'text', { IfNoneMatch: '*' }), now() > 10_000],
    {},
    ['answer lost'],
  );
  expect(seen).toEqual([expect.stringContaining('"'), true]);
});

it('refuses a write that meets another one', async () => {
  const write = (store: Store) => store.write('a', 'text', { IfNoneMatch: '*' });
  expect(await inBucket(write, { conflict: () => 1 })).toBeUndefined();
});

it('lists objects and folders in pages', async () => {
  const seen = await inBucket(async (store) => {
    for (let number = 0; number < 12; number += 1) await store.write(`plans/${String(number)}.json`, '{}');
    for (const name of ['a', 'b']) await store.write(`plans/${name}/1.json`, '{}');
    await store.write('plant', '');
    const { objects, folders } = await store.list('plans/');
    return { keys: objects.map(({ key }) => key).sort(), folders, placedMs: objects[0]?.placedMs };
  });
  const keys = Array.from({ length: 12 }, (_, number) => `plans/${String(number)}.json`).sort();
  expect(seen).toEqual({ keys, folders: ['plans/a/', 'plans/b/'], placedMs: epochMs });
});

const long = 'x'.repeat(1_000_000);

async function bytesOf(store: Store): Promise<string> {
  const etag = await store.write('list', long);
  const opened = await store.open('list', etag);
  return opened === undefined ? 'none' : (await buffer(opened.bytes)).toString();
}

it('gives a body in pieces that take time', async () => {
  const seen = await inBucket(async (store, { now }) => [(await bytesOf(store)) === long, Math.round(now())]);
  expect(seen).toEqual([true, 35]);
});

it('opens no other version than the one that is asked for', async () => {
  expect(await inBucket((store) => store.write('a', '1').then(() => store.open('a', '"other"')))).toBeUndefined();
});

it('ends a body early when the connection ends', async () => {
  await expect(inBucket(bytesOf, { cutBody: () => 0.1 })).rejects.toThrow('aborted');
});

it('gives no more of a body to a process that has died', async () => {
  const seen = inBucket(async (store, { kill }) => {
    const etag = await store.write('list', long);
    const opened = await store.open('list', etag);
    if (opened === undefined) return 'none';
    kill();
    return buffer(opened.bytes);
  });
  expect(await seen).toBe('never ends');
});

const pieces = Array.from({ length: 20 }, (_, index) => Buffer.alloc(1000, index));
const whole = Buffer.concat(pieces);
const create = (store: Store, from: Iterable<Buffer> = pieces) => store.create('list', Readable.from(from));

it('puts parts together in their order, unless there is an object', async () => {
  const objects: Buffer[] = [];
  const created = inBucket(
    async (store) => {
      await create(store);
      await create(store, [Buffer.from('another')]);
      await create(store);
      return store.head('list');
    },
    { onPut: ({ body }) => objects.push(body) },
  );
  expect(await created).toMatchObject({ bytes: whole.length });
  expect(objects).toEqual([whole]);
});

it('has stored an upload whose last answer is lost', async () => {
  // A call that begins it, one for each of five parts, and the one that ends it.
  const fates: Fate[] = [...Array.from({ length: 6 }, () => 'well' as const), 'answer lost'];
  const seen = await inBucket(
    async (store, { now }) => {
      await create(store);
      return [await store.head('list'), now() > 10_000];
    },
    {},
    fates,
  );
  expect(seen).toEqual([expect.objectContaining({ bytes: whole.length }), true]);
});

it('has nothing of an upload whose source fails', async () => {
  const failing = function* () {
    yield* pieces;
    throw new Error('the table is away');
  };
  const bucket = createBucket(createScheduler(), epochMs);
  const seen = inBucket(
    async (store) => {
      await expect(create(store, failing())).rejects.toThrow('the table is away');
      return store.head('list');
    },
    { bucket },
  );
  expect(await seen).toBeUndefined();
  expect(bucket.uploads.size).toBe(0);
});
