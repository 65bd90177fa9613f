import {
  CreateBucketCommand,
  DeleteBucketCommand,
  DeleteObjectCommand,
  NoSuchBucket,
  paginateListObjectsV2,
  S3Client,
  type BucketLocationConstraint,
} from '@aws-sdk/client-s3';
import type { ClientConfig } from './client-config.ts';

/** S3 over the network, with one bucket. */
export function connectToBucket(config: ClientConfig, Bucket: string) {
  const s3 = new S3Client(config);
  let creation: Promise<unknown> | undefined;
  let isClosed = false;

  const create = async () => {
    const region = await s3.config.region();
    // The first region has no name for it.
    const CreateBucketConfiguration = { LocationConstraint: region as BucketLocationConstraint };
    await s3.send(new CreateBucketCommand({ Bucket, ...(region !== 'us-east-1' && { CreateBucketConfiguration }) }));
  };
  const empty = async (abortSignal: AbortSignal) => {
    for await (const { Contents = [] } of paginateListObjectsV2({ client: s3 }, { Bucket }, { abortSignal })) {
      const deletions = Contents.map(({ Key }) => s3.send(new DeleteObjectCommand({ Bucket, Key }), { abortSignal }));
      await Promise.all(deletions);
    }
  };
  return {
    s3,
    async openBucket(): Promise<string> {
      if (isClosed) throw new Error('interrupted');
      creation ??= create();
      await creation;
      return Bucket;
    },
    /** Deletes the bucket and what is in it. @returns its name if that fails. */
    close: async (): Promise<string[]> => {
      isClosed = true;
      if (creation === undefined) return [];
      // It may exist although the answer to its creation was lost.
      await creation.catch(() => undefined);
      const abortSignal = AbortSignal.timeout(20_000);
      try {
        await empty(abortSignal);
        await s3.send(new DeleteBucketCommand({ Bucket }), { abortSignal });
        return [];
      } catch (error) {
        return error instanceof NoSuchBucket ? [] : [Bucket];
      } finally {
        s3.destroy();
      }
    },
  };
}
