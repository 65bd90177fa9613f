import {
  AbortMultipartUploadCommand,
  CompleteMultipartUploadCommand,
  CreateMultipartUploadCommand,
  DeleteObjectCommand,
  GetObjectCommand,
  HeadObjectCommand,
  ListObjectsV2Command,
  PutObjectCommand,
  S3Client,
  S3ServiceException,
  UploadPartCommand,
} from '@aws-sdk/client-s3';
import { Upload, type Options as UploadOptions } from '@aws-sdk/lib-storage';
import { hash } from 'node:crypto';
import { Readable } from 'node:stream';
import type { Chance } from '../kernel/chance.ts';
import type { Process, Route } from '../kernel/process.ts';
import type { Scheduler } from '../kernel/scheduler.ts';
import { withRetries } from './sqs-client.ts';

export interface S3Object {
  readonly key: string;
  readonly body: Buffer;
  /** The MD5 of the body, so that two objects with the same bytes have the same one. */
  readonly etag: string;
  readonly modifiedAt: Date;
}

/** A bucket with strong consistency and conditional writes. */
export interface S3Bucket {
  readonly get: (key: string) => S3Object | undefined;
  readonly put: (key: string, body: Buffer) => S3Object;
  readonly delete: (key: string) => void;
  /** Keys in their order. */
  readonly keys: () => readonly string[];
  /** The parts of uploads that have not ended, by the id of the upload. */
  readonly uploads: Map<string, Map<number, Buffer>>;
}

/** @param epochMs the start of the run, by the clock of S3. */
export function createBucket(scheduler: Scheduler, epochMs: number): S3Bucket {
  const objects = new Map<string, S3Object>();
  return {
    get: (key) => objects.get(key),
    put(key, body) {
      // Times have whole seconds.
      const modifiedAt = new Date(Math.floor((epochMs + scheduler.now()) / 1000) * 1000);
      const object = { key, body, etag: etagOf(body), modifiedAt };
      objects.set(key, object);
      return object;
    },
    delete(key) {
      objects.delete(key);
    },
    uploads: new Map(),
    keys: () => [...objects.keys()].sort((a, b) => (a < b ? -1 : 1)),
  };
}

export interface S3Service {
  readonly bucket: S3Bucket;
  readonly route: Route;
  readonly chance: Chance;
  /** The probability that a conditional write meets another one, which S3 answers with 409. */
  readonly conflict: () => number;
  /** The probability that the connection ends while a piece of a body comes. */
  readonly cutBody: () => number;
  /** How long a body takes to come. Absent: as long as 32 MB a second take. */
  readonly bodyMs?: (object: S3Object) => number | undefined;
  readonly onPut: (object: S3Object, before: S3Object | undefined, process: Process) => void;
  readonly onDelete: (before: S3Object, process: Process) => void;
}

/** Of one listing: fewer than the thousand of S3, so that listings have several pages. */
const keysPerPage = 5;
const maxPieceBytes = 16_384;
const bytesPerMs = 32_768;
/** As `createS3Client` of `sweep` has it. */
const maxAttempts = 5;

/**
 * The client of S3 in one process. It knows the calls that the store of the sweeps makes:
 * https://docs.aws.amazon.com/AmazonS3/latest/userguide/conditional-writes.html
 */
export function createS3Client(process: Process, service: S3Service): S3Client {
  const { bucket, route, chance, conflict, cutBody, bodyMs, onPut, onDelete } = service;
  let nextUpload = 0;

  const existing = (key: string): S3Object => {
    const object = bucket.get(key);
    if (object === undefined) throw s3Error(404, 'NoSuchKey');
    return object;
  };
  const piecesOf = async function* (object: S3Object) {
    const { body } = object;
    // Small bodies have pieces too.
    const pieceBytes = Math.min(maxPieceBytes, Math.ceil(body.length / 20));
    const msPerByte = (bodyMs?.(object) ?? body.length / bytesPerMs) / body.length;
    for (let start = 0; start < body.length; start += pieceBytes) {
      await process.sleep(msPerByte * pieceBytes);
      if (chance.hits(cutBody())) throw Object.assign(new Error('aborted'), { code: 'ECONNRESET' });
      yield body.subarray(start, start + pieceBytes);
    }
  };
  const list = ({ Prefix = '', Delimiter = '', ContinuationToken = '' }: ListObjectsV2Command['input']) => {
    const entries = new Set<string>();
    for (const key of bucket.keys()) {
      if (!key.startsWith(Prefix)) continue;
      const end = Delimiter === '' ? -1 : key.indexOf(Delimiter, Prefix.length);
      entries.add(end === -1 ? key : key.slice(0, end + 1));
    }
    const left = [...entries].filter((entry) => entry > ContinuationToken);
    const page = left.slice(0, keysPerPage);
    const objects = page.flatMap((entry) => bucket.get(entry) ?? []);
    return {
      Contents: objects.map(({ key, etag, body, modifiedAt }) => ({
        ...{ Key: key, ETag: etag, Size: body.length, LastModified: modifiedAt },
      })),
      CommonPrefixes: page.filter((entry) => entry.endsWith('/')).map((entry) => ({ Prefix: entry })),
      ...(left.length > page.length && { NextContinuationToken: page.at(-1), IsTruncated: true }),
    };
  };

  /** Puts an object if the condition holds. */
  const put = (Key: string, body: Buffer, { IfMatch, IfNoneMatch }: Conditions) => {
    const before = bucket.get(Key);
    if ((IfMatch ?? IfNoneMatch) !== undefined && chance.hits(conflict())) {
      throw s3Error(409, 'ConditionalRequestConflict');
    }
    if (IfNoneMatch !== undefined && before !== undefined) throw s3Error(412, 'PreconditionFailed');
    if (IfMatch !== undefined && IfMatch !== existing(Key).etag) throw s3Error(412, 'PreconditionFailed');
    const object = bucket.put(Key, body);
    onPut(object, before, process);
    return { ETag: object.etag };
  };
  const partsOf = (UploadId = '') => {
    const parts = bucket.uploads.get(UploadId);
    if (parts === undefined) throw s3Error(404, 'NoSuchUpload');
    return parts;
  };

  const perform = (command: unknown): object => {
    if (command instanceof GetObjectCommand) {
      const { Key = '', IfMatch } = command.input;
      const object = existing(Key);
      const { etag } = object;
      if (IfMatch !== undefined && IfMatch !== etag) throw s3Error(412, 'PreconditionFailed');
      return { Body: Readable.from(piecesOf(object), { objectMode: false }), ETag: etag };
    }
    if (command instanceof HeadObjectCommand) {
      const { etag, body } = existing(command.input.Key ?? '');
      return { ETag: etag, ContentLength: body.length };
    }
    if (command instanceof PutObjectCommand) {
      const { Key = '', Body, ...conditions } = command.input;
      return put(Key, bytesOf(Body), conditions);
    }
    if (command instanceof CreateMultipartUploadCommand) {
      nextUpload += 1;
      const UploadId = `upload ${String(nextUpload)} of process ${String(process.id)}`;
      bucket.uploads.set(UploadId, new Map());
      return { UploadId };
    }
    if (command instanceof UploadPartCommand) {
      const { UploadId, PartNumber = 0, Body } = command.input;
      const part = bytesOf(Body);
      partsOf(UploadId).set(PartNumber, part);
      return { ETag: etagOf(part) };
    }
    if (command instanceof CompleteMultipartUploadCommand) {
      const { Key = '', UploadId = '', MultipartUpload: { Parts = [] } = {}, ...conditions } = command.input;
      const parts = partsOf(UploadId);
      const chosen = Parts.map(({ PartNumber = 0, ETag }) => {
        const part = parts.get(PartNumber);
        if (part === undefined || etagOf(part) !== ETag) throw s3Error(400, 'InvalidPart');
        return part;
      });
      const answer = put(Key, Buffer.concat(chosen), conditions);
      bucket.uploads.delete(UploadId);
      return answer;
    }
    if (command instanceof AbortMultipartUploadCommand) {
      const { UploadId = '' } = command.input;
      partsOf(UploadId);
      bucket.uploads.delete(UploadId);
      return {};
    }
    if (command instanceof DeleteObjectCommand) {
      const { Key = '' } = command.input;
      const before = bucket.get(Key);
      bucket.delete(Key);
      if (before !== undefined) onDelete(before, process);
      return {};
    }
    if (command instanceof ListObjectsV2Command) return list(command.input);
    throw new Error('the model of S3 does not know this command');
  };

  const send = (command: unknown) => withRetries(process, route, () => perform(command), undefined, maxAttempts);
  const config = {
    requestHandler: {},
    endpoint: () => Promise.resolve({ protocol: 'https:', hostname: 's3.example.com' }),
    requestChecksumCalculation: () => Promise.resolve('WHEN_REQUIRED'),
  };
  // The paginator and the uploader of the SDK ask for these, and the store uses nothing else of the client.
  return Object.assign(Object.create(S3Client.prototype) as S3Client, { send, config });
}

/** The uploader of the SDK, with parts that are so small that short bodies have several. */
export class UploadInSmallParts extends Upload {
  constructor(options: UploadOptions) {
    super(options);
    Object.assign(this, { partSize: 4096 });
  }
}

interface Conditions {
  readonly IfMatch?: string | undefined;
  readonly IfNoneMatch?: string | undefined;
}

function bytesOf(body: unknown): Buffer {
  if (typeof body === 'string' || body instanceof Uint8Array) return Buffer.from(body);
  throw new Error('the model of S3 knows texts and bytes only');
}

function etagOf(body: Buffer): string {
  return `"${hash('md5', body)}"`;
}

function s3Error(status: number, name: string): S3ServiceException {
  return new S3ServiceException({ name, $fault: 'client', $metadata: { httpStatusCode: status } });
}
