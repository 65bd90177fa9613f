import {
  DeleteObjectCommand,
  GetObjectCommand,
  HeadObjectCommand,
  paginateListObjectsV2,
  PutObjectCommand,
  S3ServiceException,
  type S3Client,
} from '@aws-sdk/client-s3';
import type { Options as UploadOptions, Upload } from '@aws-sdk/lib-storage';
import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';

/** The bucket of the sweeps. Its functions reject with the errors of the service. */
export type Store = ReturnType<typeof createStore>;

/** Write only if there is no such object, or only if it still has this version. */
export type WriteCondition = { readonly IfNoneMatch: '*' } | { readonly IfMatch: string };

export interface StoredObject {
  readonly key: string;
  readonly etag: string;
  readonly bytes: number;
  readonly placedMs: number;
}

export interface Listing {
  readonly objects: readonly StoredObject[];
  /** Each ends in a slash. */
  readonly folders: readonly string[];
}

/** The smallest part. An object has at most 10,000: https://docs.aws.amazon.com/AmazonS3/latest/userguide/qfacts.html */
const createdPartBytes = 5 * 1024 * 1024;

type LoadUpload = () => Promise<{ readonly Upload: new (options: UploadOptions) => Pick<Upload, 'done'> }>;

/** @param loadUpload loads what only `create` needs. */
export function createStore(
  s3: S3Client,
  bucket: string,
  loadUpload: LoadUpload = () => import('@aws-sdk/lib-storage'),
) {
  const Bucket = bucket;

  /** @param etag the version to open; the answer is `undefined` if the object has another one, or does not exist. */
  const open = async (Key: string, etag?: string) => {
    const command = new GetObjectCommand({ Bucket, Key, IfMatch: etag });
    const answer = await absentWhere([404, 412], s3.send(command));
    if (answer === undefined) return undefined;
    const { Body, ETag = '' } = answer;
    // Stryker disable next-line ConditionalExpression,CallExpression: only narrows the type. In Node it is a Readable.
    if (!(Body instanceof Readable)) throw new Error(`S3 answered without a body for ${Key}`);
    const bytes: AsyncIterable<Uint8Array> = Body;
    return { bytes, etag: ETag };
  };

  /** `undefined` if there is no such object. */
  const readText = async (key: string) => {
    const opened = await open(key);
    return opened && { text: (await buffer(opened.bytes)).toString(), etag: opened.etag };
  };

  return {
    open,
    readText,

    /** The objects and folders directly in a folder. */
    async list(folder: string): Promise<Listing> {
      const objects: StoredObject[] = [];
      const folders: string[] = [];
      for await (const page of paginateListObjectsV2({ client: s3 }, { Bucket, Prefix: folder, Delimiter: '/' })) {
        for (const { Key: key = '', ETag: etag = '', Size: bytes = 0, LastModified = new Date(0) } of page.Contents ??
          []) {
          objects.push({ key, etag, bytes, placedMs: LastModified.getTime() });
        }
        for (const { Prefix = '' } of page.CommonPrefixes ?? []) folders.push(Prefix);
      }
      return { objects, folders };
    },

    async head(Key: string) {
      const answer = await absentWhere([404], s3.send(new HeadObjectCommand({ Bucket, Key })));
      return answer && { etag: answer.ETag ?? '', bytes: answer.ContentLength ?? 0 };
    },

    /**
     * @returns the new ETag, or `undefined` if the condition did not hold and the object has another text. So the texts
     * of two writers must differ.
     */
    async write(Key: string, Body: string, condition?: WriteCondition): Promise<string | undefined> {
      const command = new PutObjectCommand({ Bucket, Key, Body, ContentType: 'application/json', ...condition });
      // 409: another conditional write at the same time. 404: the object has been deleted.
      // https://docs.aws.amazon.com/AmazonS3/latest/userguide/conditional-writes.html
      const writing = s3.send(command);
      const answer = await (condition === undefined ? writing : absentWhere([404, 409, 412], writing));
      if (answer !== undefined) return answer.ETag;
      // If the answer to a write is lost, the SDK repeats the write, whose condition its first one no longer meets.
      const present = await readText(Key);
      return present?.text === Body ? present.etag : undefined;
    },

    /**
     * Writes an object of any size while its bytes come, unless there is one. It appears with its last byte: if the bytes
     * end with an error, nothing is written. One part at a time is in the memory.
     */
    async create(Key: string, Body: Readable): Promise<void> {
      const { Upload } = await loadUpload();
      const params = { Bucket, Key, Body, IfNoneMatch: '*' };
      const upload = new Upload({ client: s3, params, partSize: createdPartBytes, queueSize: 1 });
      // 404: an upload whose answer was lost and that the SDK repeats is complete already.
      await absentWhere([404, 409, 412], upload.done());
    },

    async remove(Key: string): Promise<void> {
      await s3.send(new DeleteObjectCommand({ Bucket, Key }));
    },
  };
}

/** @returns the answer of a call, or `undefined` if S3 answered with one of these statuses. */
async function absentWhere<T>(statuses: readonly (number | undefined)[], call: Promise<T>): Promise<T | undefined> {
  try {
    return await call;
  } catch (error) {
    const status = error instanceof S3ServiceException ? error.$metadata.httpStatusCode : undefined;
    if (statuses.includes(status)) return undefined;
    throw error;
  }
}
