import { createReadStream } from 'node:fs';
import { readFile, stat } from 'node:fs/promises';
import { basename, isAbsolute } from 'node:path';
import { registryWord } from '../../shared/sweeps/plan.ts';
import { registeredDevices, snapshotHeader, snapshotRows } from '../../shared/sweeps/snapshot.ts';
import { UsageError } from '../cli-context.ts';
import { createProgress } from '../progress.ts';
import type { RegistryConnection } from '../registry/connection.ts';
import type { SweepConnection } from './connection.ts';

/** Where a list is: on this machine or in the bucket; or the registry, of which each run makes one. */
export type Source =
  | { readonly kind: 'file'; readonly path: string; readonly bytes: number; readonly changedMs: number }
  | { readonly kind: 'object'; readonly key: string; readonly bucket?: string }
  | { readonly kind: 'registry'; readonly accounts?: readonly string[]; readonly connection: RegistryConnection };
type SourceOf<Kind> = Extract<Source, { readonly kind: Kind }>;

/** Where the lists of a sweep are. */
export interface Sources {
  readonly devices: Source;
  /** Devices that get no push. */
  readonly except?: Source;
}

export interface ReadableLists {
  readonly devices: ReadableList;
  readonly except?: ReadableList;
}

export interface ReadableList {
  /** The path or key that the user passed. */
  readonly title: string;
  /** Of the registry, an estimate. */
  readonly bytes: number;
  readonly open: () => AsyncIterable<Uint8Array>;
}

/** The name of a plan over the registry. */
const registryName = { name: registryWord, ending: '' };

/**
 * Resolves the argument of `sweep start`: `s3://BUCKET/KEY`, a file, or, if there is no such file, the key of an object.
 * @throws UsageError
 */
export async function sourceOf(devices: string): Promise<Source> {
  if (devices.startsWith('s3:')) {
    const [, bucket, key] = /^s3:\/\/([^/]+)\/(.+)$/.exec(devices) ?? [];
    if (bucket === undefined || key === undefined) {
      throw new UsageError('Use s3://BUCKET/KEY, such as s3://BUCKET/devices/list.csv.');
    }
    return { kind: 'object', bucket, key };
  }
  const found = await stat(devices).catch((error: unknown) => {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
    throw new UsageError(`${devices} can't be read: ${error instanceof Error ? error.message : String(error)}.`);
  });
  if (found === undefined) {
    // No key of a list begins like this.
    if (isAbsolute(devices) || /^(?:\.\.?|~)\//.test(devices)) throw new UsageError(`There is no file ${devices}.`);
    return { kind: 'object', key: devices };
  }
  if (!found.isFile()) throw new UsageError(`${devices} is not a file: pass the path of a list.`);
  return { kind: 'file', path: devices, bytes: found.size, changedMs: found.mtimeMs };
}

/** The extensions of lists. */
const extensions = /(?:\.(?:csv|txt|jsonl|ndjson|json))?(?:\.gz)?$/i;

/** The name of a list without its folder, and its extensions. */
export function nameOfSource(source: Source): { readonly name: string; readonly ending: string } {
  if (source.kind === 'registry') return registryName;
  const whole = basename(source.kind === 'file' ? source.path : source.key);
  const ending = extensions.exec(whole)?.[0] ?? '';
  return { name: whole.slice(0, whole.length - ending.length), ending: ending.toLowerCase() };
}

/** A list on this machine. Reading it throws UsageError if the file can't be read. */
export function listOfFile({ path, bytes }: SourceOf<'file'>): ReadableList {
  return {
    title: path,
    bytes,
    async *open() {
      try {
        const chunks: AsyncIterable<Uint8Array> = createReadStream(path, { highWaterMark: 262_144 });
        yield* chunks;
      } catch (error) {
        const isSystemError = error instanceof Error && 'syscall' in error;
        throw isSystemError ? new UsageError(`${path} can't be read: ${error.message}.`) : error;
      }
    },
  };
}

/** The lists, if all of them are on this machine. */
export function listsOfFiles({ devices, except }: Sources): ReadableLists | undefined {
  if (devices.kind !== 'file' || (except !== undefined && except.kind !== 'file')) return undefined;
  return { devices: listOfFile(devices), ...(except && { except: listOfFile(except) }) };
}

/** The lists, wherever they are. @throws UsageError if one is missing. */
export async function listsOf(connection: SweepConnection, { devices, except }: Sources): Promise<ReadableLists> {
  const listOf = (source: Source) => {
    switch (source.kind) {
      case 'file':
        return listOfFile(source);
      case 'object':
        return listOfObject(connection, source);
      case 'registry':
        return listOfRegistry(source);
      default:
        return source satisfies never;
    }
  };
  return { devices: await listOf(devices), ...(except && { except: await listOf(except) }) };
}

/** A list in the bucket of the sweeps. @throws UsageError if there is none. */
async function listOfObject(
  { store, bucket }: SweepConnection,
  { key, bucket: given }: SourceOf<'object'>,
): Promise<ReadableList> {
  if (given !== undefined && given !== bucket) {
    throw new UsageError(
      `The list must be in the bucket of the sweeps, ${bucket}: copy it there with aws s3 cp, or pass a file.`,
    );
  }
  const found = await store.head(key);
  if (found === undefined) {
    const noFile = given === undefined ? `file ${key} on this machine, and no ` : '';
    throw new UsageError(`There is no ${noFile}object ${key} in the bucket ${bucket}.`);
  }
  return {
    title: key,
    bytes: found.bytes,
    async *open() {
      const opened = await store.open(key, found.etag);
      if (opened === undefined) throw new UsageError(`${key} has changed while it was read: run the command again.`);
      yield* opened.bytes;
    },
  };
}

/** Of a row of a snapshot, about. */
const rowBytes = 200;

/** The list that a run would make of the registry now. */
async function listOfRegistry({ accounts, connection }: SourceOf<'registry'>): Promise<ReadableList> {
  const { registry, countItems } = connection;
  const rows = accounts?.length ?? (await countItems());
  return {
    title: 'The registry',
    bytes: rows * rowBytes,
    async *open() {
      yield Buffer.from(snapshotHeader);
      for await (const devices of registeredDevices(registry, accounts)) yield Buffer.from(snapshotRows(devices));
    },
  };
}

/** An object has at most 10,000 parts: https://docs.aws.amazon.com/AmazonS3/latest/userguide/qfacts.html */
const partBytes = 8 * 1024 * 1024;
const concurrentParts = 4;

/** Uploads a list. @throws UsageError, the reason of the interruption, and the errors of the SDK. */
export async function upload(
  { s3, bucket, context }: SweepConnection,
  { path, bytes, changedMs }: SourceOf<'file'>,
  key: string,
): Promise<void> {
  const { stderr, now, interrupted } = context;
  const found = await stat(path);
  if (found.size !== bytes || found.mtimeMs !== changedMs) {
    throw new UsageError(`${path} has changed since the preview: run the command again.`);
  }
  const params = { Bucket: bucket, Key: key };
  if (bytes <= partBytes) {
    const { PutObjectCommand } = await import('@aws-sdk/client-s3');
    const command = new PutObjectCommand({ ...params, Body: await readFile(path) });
    // Upload cannot interrupt a list of one part.
    await s3.send(command, { abortSignal: interrupted });
    return;
  }
  const [{ Upload }, { default: prettyBytes }] = await Promise.all([
    import('@aws-sdk/lib-storage'),
    import('pretty-bytes'),
  ]);
  const uploading = new Upload({
    client: s3,
    params: { ...params, Body: createReadStream(path) },
    partSize: partBytes,
    queueSize: concurrentParts,
  });
  const progress = createProgress(stderr, now);
  uploading.on('httpUploadProgress', ({ loaded = 0 }) => {
    progress.show(loaded, bytes, `${prettyBytes(loaded)} of ${prettyBytes(bytes)} uploaded`);
  });
  const abort = () => void uploading.abort();
  interrupted.addEventListener('abort', abort);
  try {
    interrupted.throwIfAborted();
    await uploading.done();
  } finally {
    interrupted.removeEventListener('abort', abort);
    progress.end();
  }
}
