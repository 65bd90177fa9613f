import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { basename } from 'node:path';
import { UsageError } from '../cli-context.ts';

/** Where a list is: on this machine, or in the bucket already. */
export type Source = FileSource | { readonly kind: 'object'; readonly key: string; readonly bucket?: string };

/** A list on this machine, and what tells whether it is still the same. */
export interface FileSource {
  readonly kind: 'file';
  readonly path: string;
  readonly bytes: number;
  readonly changedMs: number;
}

/**
 * Finds out what is meant: `s3://BUCKET/KEY`, a file, or, where there is no such file, the key of an object.
 * @throws UsageError
 */
export async function sourceOf(devices: string): Promise<Source> {
  if (devices.startsWith('s3:')) {
    const [, bucket, key] = /^s3:\/\/([^/]+)\/(.+)$/.exec(devices) ?? [];
    if (bucket === undefined || key === undefined)
      throw new UsageError('Write s3://BUCKET/KEY, such as s3://BUCKET/devices/list.csv.');
    return { kind: 'object', bucket, key };
  }
  const found = await stat(devices).catch((error: unknown) => {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
    throw new UsageError(`${devices} can't be read: ${error instanceof Error ? error.message : String(error)}.`);
  });
  if (found === undefined) return { kind: 'object', key: devices };
  if (!found.isFile()) throw new UsageError(`${devices} is no file: say which list of devices in it.`);
  return { kind: 'file', path: devices, bytes: found.size, changedMs: found.mtimeMs };
}

/** The bytes of a file, whose faults are told in a line. @throws UsageError */
export async function* openFile(path: string): AsyncGenerator<Uint8Array> {
  try {
    for await (const chunk of createReadStream(path, { highWaterMark: 262_144 })) {
      if (chunk instanceof Uint8Array) yield chunk;
    }
  } catch (error) {
    const why = error instanceof Error && 'syscall' in error ? error.message : undefined;
    throw why === undefined ? error : new UsageError(`${path} can't be read: ${why}.`);
  }
}

/** How lists are called, besides their own name. */
const endings = /(?:\.(?:csv|txt|jsonl|ndjson|json))?(?:\.gz)?$/i;

/** The name of a list and how it ends. */
export function nameOfSource(source: Source): { readonly name: string; readonly ending: string } {
  const whole = basename(source.kind === 'file' ? source.path : source.key);
  const ending = endings.exec(whole)?.[0] ?? '';
  return { name: whole.slice(0, whole.length - ending.length), ending: ending.toLowerCase() };
}
