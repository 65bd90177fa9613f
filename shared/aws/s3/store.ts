import {
  DeleteObjectCommand,
  GetObjectCommand,
  HeadObjectCommand,
  paginateListObjectsV2,
  PutObjectCommand,
  S3ServiceException,
  type S3Client,
} from '@aws-sdk/client-s3';
import { Readable } from 'node:stream';
import type { Listing, OpenedObject, Store, StoredObject, WriteCondition } from '../../sweeps/store.ts';

/** The store of a bucket. */
export function createStore(s3: S3Client, bucket: string): Store {
  const Bucket = bucket;

  const open = async (key: string, etag?: string): Promise<OpenedObject | undefined> => {
    const answer = await absentWhere(
      [404, 412],
      s3.send(new GetObjectCommand({ Bucket, Key: key, ...(etag !== undefined && { IfMatch: etag }) })),
    );
    if (answer === undefined) return undefined;
    const { Body, ETag = '' } = answer;
    if (!(Body instanceof Readable)) throw new Error(`S3 answered without a body for ${key}`);
    return { bytes: Body, etag: ETag };
  };

  return {
    open,

    async list(folder): Promise<Listing> {
      const objects: StoredObject[] = [];
      const folders: string[] = [];
      for await (const page of paginateListObjectsV2({ client: s3 }, { Bucket, Prefix: folder, Delimiter: '/' })) {
        for (const { Key, ETag = '', Size = 0, LastModified } of page.Contents ?? []) {
          if (Key !== undefined) {
            objects.push({ key: Key, etag: ETag, bytes: Size, placedMs: LastModified?.getTime() ?? 0 });
          }
        }
        for (const { Prefix } of page.CommonPrefixes ?? []) if (Prefix !== undefined) folders.push(Prefix);
      }
      return { objects, folders };
    },

    async readText(key) {
      const opened = await open(key);
      if (opened === undefined) return undefined;
      const chunks: Uint8Array[] = [];
      for await (const chunk of opened.bytes) chunks.push(chunk);
      return { text: Buffer.concat(chunks).toString('utf8'), etag: opened.etag };
    },

    async head(key) {
      const answer = await absentWhere([404], s3.send(new HeadObjectCommand({ Bucket, Key: key })));
      if (answer === undefined) return undefined;
      const { ETag = '', ContentLength = 0, LastModified } = answer;
      return { etag: ETag, bytes: ContentLength, placedMs: LastModified?.getTime() ?? 0 };
    },

    async write(key, text, condition) {
      const command = new PutObjectCommand({
        Bucket,
        Key: key,
        Body: text,
        ContentType: 'application/json',
        ...headersOf(condition),
      });
      // 409: another conditional write at the same time. 404: the object has been deleted.
      // https://docs.aws.amazon.com/AmazonS3/latest/userguide/conditional-writes.html
      const unmet = condition === undefined ? [] : [404, 409, 412];
      return (await absentWhere(unmet, s3.send(command)))?.ETag;
    },

    async remove(key) {
      await s3.send(new DeleteObjectCommand({ Bucket, Key: key }));
    },
  };
}

function headersOf(condition: WriteCondition | undefined) {
  if (condition === undefined) return {};
  switch (condition.kind) {
    case 'absent':
      return { IfNoneMatch: '*' };
    case 'unchanged':
      return { IfMatch: condition.etag };
    default:
      return condition satisfies never;
  }
}

/** @returns the answer of a call, or `undefined` if S3 answered with one of these statuses. */
async function absentWhere<T>(statuses: readonly number[], call: Promise<T>): Promise<T | undefined> {
  try {
    return await call;
  } catch (error) {
    const status = error instanceof S3ServiceException ? error.$metadata.httpStatusCode : undefined;
    if (status !== undefined && statuses.includes(status)) return undefined;
    throw error;
  }
}
