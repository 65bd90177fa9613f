import {
  AbortMultipartUploadCommand,
  CompleteMultipartUploadCommand,
  CreateMultipartUploadCommand,
  DeleteObjectCommand,
  GetObjectCommand,
  HeadObjectCommand,
  ListObjectsV2Command,
  PutObjectCommand,
  S3ServiceException,
  UploadPartCommand,
  type CompletedPart,
  type ListObjectsV2CommandInput,
} from '@aws-sdk/client-s3';
import type { Subject } from './subject.ts';

type Condition = { readonly IfNoneMatch: '*' } | { readonly IfMatch: string };

let folders = 0;

/** A folder of the bucket that no other question has. */
export async function openFolder(subject: Subject) {
  const { s3 } = subject;
  const Bucket = await subject.openBucket();
  const folder = `question-${String((folders += 1))}/`;
  const keyOf = (name: string) => `${folder}${name}`;
  return {
    folder,
    /** @returns the ETag. */
    async put(name: string, Body: string, condition?: Condition): Promise<string> {
      const { ETag = '' } = await s3.send(new PutObjectCommand({ Bucket, Key: keyOf(name), Body, ...condition }));
      return ETag;
    },
    get: (name: string, IfMatch?: string) => s3.send(new GetObjectCommand({ Bucket, Key: keyOf(name), IfMatch })),
    head: (name: string) => s3.send(new HeadObjectCommand({ Bucket, Key: keyOf(name) })),
    /** Uploads parts of an object, which is there once the upload is completed. */
    async upload(name: string, ...bodies: readonly string[]) {
      const Key = keyOf(name);
      const { UploadId } = await s3.send(new CreateMultipartUploadCommand({ Bucket, Key }));
      const Parts: CompletedPart[] = [];
      for (const [index, Body] of bodies.entries()) {
        const PartNumber = index + 1;
        const { ETag } = await s3.send(new UploadPartCommand({ Bucket, Key, UploadId, PartNumber, Body }));
        Parts.push({ PartNumber, ETag });
      }
      return {
        complete: (condition?: Condition) =>
          s3.send(
            new CompleteMultipartUploadCommand({ Bucket, Key, UploadId, MultipartUpload: { Parts }, ...condition }),
          ),
        abort: () => s3.send(new AbortMultipartUploadCommand({ Bucket, Key, UploadId })),
      };
    },
    delete: (name: string) => s3.send(new DeleteObjectCommand({ Bucket, Key: keyOf(name) })),
    list: (input: Partial<ListObjectsV2CommandInput> = {}) =>
      s3.send(new ListObjectsV2Command({ Bucket, Prefix: folder, ...input })),
  };
}

/** `accepted`, or the status of the refusal, which is what the store of the sweeps looks at. */
export async function statusOf(call: Promise<unknown>): Promise<string> {
  try {
    await call;
    return 'accepted';
  } catch (error) {
    const status = error instanceof S3ServiceException ? error.$metadata.httpStatusCode : undefined;
    if (status === undefined || !expected.has(status)) throw error;
    return String(status);
  }
}

/** Other ones say nothing about the request. */
const expected: ReadonlySet<number> = new Set([404, 409, 412]);
