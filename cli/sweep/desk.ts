import type { S3Client } from '@aws-sdk/client-s3';
import { readLocalConfiguration } from '../../local/configuration.ts';
import type { PushRules } from '../../shared/push/validation.ts';
import type { Store } from '../../shared/sweeps/store.ts';
import type { Connected } from '../command.ts';
import { localCredentials, relay, type Place, type PlaceOptions } from '../connection.ts';
import { Mistake } from '../mistake.ts';
import { readStackOutputs } from '../stack-outputs.ts';
import type { Surroundings } from '../surroundings.ts';

/** Where sweeps are ordered, as options. */
export interface SweepPlaceOptions extends PlaceOptions {
  readonly bucket?: string | undefined;
  /** How far apart the ticks are, where the stack is not asked. */
  readonly tickMs?: number;
}

/** What it takes to tell what a sweep would do: nothing of the network, so that a file can be looked at without it. */
export interface PreviewDesk {
  /** How far apart the ticks are. */
  readonly tickMs: number;
  /** How many times faster than written plans run. */
  readonly speed: number;
  /** Those of a deployment that says nothing of them: the tool can't know any others. */
  readonly rules: PushRules;
  readonly surroundings: Surroundings;
}

/** What the commands for sweeps work with. */
export interface SweepDesk extends PreviewDesk {
  readonly s3: S3Client;
  readonly bucket: string;
  readonly store: Store;
}

const minuteMs = 60_000;
/** Of a deployment that says nothing of it. */
const tickMinutes = 15;

/** The desk of a place that is not connected to. @throws ConfigurationError */
export function previewDesk({ kind }: Pick<Place, 'kind'>, surroundings: Surroundings): PreviewDesk {
  const speed = kind === 'local' ? readLocalConfiguration(surroundings.environment).sweepSpeed : 1;
  const rules = { extraVerbs: [], selectorRequired: true };
  return { tickMs: (tickMinutes * minuteMs) / speed, speed, rules, surroundings };
}

/** @throws Mistake, ConfigurationError, and whatever the SDK throws. */
export async function connectToBucket(
  place: Place,
  options: SweepPlaceOptions,
  surroundings: Surroundings,
): Promise<Connected<SweepDesk>> {
  const { S3Client } = await import('@aws-sdk/client-s3');
  const { createStore } = await import('../../shared/aws/s3/store.ts');
  // No limit for a whole call, which an upload over a slow line would reach: only for how long nothing may come.
  const requestHandler = { connectionTimeout: 3000, socketTimeout: 30_000 };
  const deskWith = (s3: S3Client, bucket: string, known: Partial<PreviewDesk> = {}) => ({
    desk: { ...previewDesk(place, surroundings), ...known, s3, bucket, store: createStore(s3, bucket) },
    close() {
      s3.destroy();
    },
  });
  switch (place.kind) {
    case 'local': {
      const client = { endpoint: place.endpoint, region: 'us-east-1', credentials: localCredentials };
      const s3 = new S3Client({ ...client, forcePathStyle: true, maxAttempts: 2, requestHandler });
      return deskWith(s3, `${relay}-local-sweeps`);
    }
    case 'aws': {
      const { bucket, tickMs } = options;
      const found = bucket === undefined ? await findBucket(place) : { bucket };
      const known = { ...found, ...(tickMs !== undefined && { tickMs }) };
      return deskWith(new S3Client({ region: place.region, maxAttempts: 5, requestHandler }), found.bucket, known);
    }
    default:
      return place satisfies never;
  }
}

/** The bucket of a stack and its ticks, from its outputs. */
async function findBucket({
  region,
  stackName,
}: Extract<Place, { kind: 'aws' }>): Promise<{ readonly bucket: string; readonly tickMs?: number }> {
  const outputs = await readStackOutputs(region, stackName);
  const bucket = outputs.get('SweepsBucketName');
  if (bucket === undefined) {
    throw new Mistake(
      `The stack ${stackName} has no output SweepsBucketName: deploy it anew, or give the bucket with --bucket.`,
    );
  }
  const minutes = Number(outputs.get('SweepTickMinutes'));
  return { bucket, ...(minutes > 0 && { tickMs: minutes * minuteMs }) };
}
