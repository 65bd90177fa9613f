import { PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { Upload } from '@aws-sdk/lib-storage';
import { createHash, randomBytes } from 'node:crypto';
import { Readable } from 'node:stream';
import { localClient } from '../shared/local-stack.ts';

/** Where a list and its plan are. */
type SweepPlace = Readonly<Record<'bucket' | 'list' | 'plan', string>>;

/** A client for the S3 of a local stack. */
export const localS3 = (endpoint: string) => new S3Client(localClient(endpoint));

/** Uploads a list in the form of a SIPIS export, while generating it. */
export async function placeList(s3: S3Client, { bucket, list }: SweepPlace, devices: number): Promise<void> {
  const Body = Readable.from(linesOf(devices));
  await new Upload({ client: s3, params: { Bucket: bucket, Key: list, Body } }).done();
}

function* linesOf(devices: number): Generator<string> {
  yield 'selector,appid,token,lastseen\n';
  for (let device = 0; device < devices; device += 1) {
    const account = createHash('sha1').update(String(device)).digest('hex').toUpperCase();
    const token = randomBytes(32).toString('base64');
    yield `${account}:${account.slice(0, 8)},com.example.app${String(device % 5)},${token},2026-01-02 03:04:05.678+00\n`;
  }
}

/** Starts a sweep over that list. */
export async function placePlan(s3: S3Client, { bucket, list, plan }: SweepPlace, properties: object): Promise<void> {
  const Body = JSON.stringify({ devices: list, ...properties });
  await s3.send(new PutObjectCommand({ Bucket: bucket, Key: plan, Body }));
}
