import { hash } from 'node:crypto';
import { sqsLimits } from '../aws/limits.ts';
import type { Parameter } from './form.ts';
import { pushOf, type Push } from './push.ts';
import { sqsJson } from './sqs-text.ts';

/** The content of an SQS message: one push, as JSON. */
export interface QueuedPush {
  readonly push: Push;
  /** When the intake accepted it. Unlike the sent time of its message, this stays the same after a redrive. */
  readonly acceptedAt: Date;
  /** When its time to live ends. Absent if only the lifetime of the deployment bounds it. */
  readonly expiresAt?: Date;
  /** The name of the API key that sent it. */
  readonly client?: string;
  /** The sweep that it belongs to. */
  readonly sweep?: { readonly plan: string; readonly run: string };
}

export type QueuedPushReading =
  { readonly ok: true; readonly queued: QueuedPush } | { readonly ok: false; readonly why: string };

/** Increase it when an older `deliver` cannot read what a newer `accept` writes. */
const version = 2;
/** Pushes of version 1 can be on a queue while a deployment changes to version 2. */
const readableVersions: readonly unknown[] = [1, version];

/** The message body of a push. Parameters are pairs, not an object, so that their order and odd names survive. */
export function encodeQueuedPush({ push, acceptedAt, expiresAt, client, sweep }: QueuedPush): string {
  return sqsJson({ version, acceptedAt, expiresAt, client, sweep, parameters: push.parameters });
}

/**
 * Reads a message body. Never throws; the reason for a failure repeats nothing of the body. Written by hand:
 * docs/adr/0011-validation-by-hand.md.
 */
export function parseQueuedPush(body: string): QueuedPushReading {
  let json: unknown;
  try {
    json = JSON.parse(body);
  } catch {
    return { ok: false, why: 'the body is not JSON' };
  }
  if (!isRecord(json)) return { ok: false, why: 'not a queued push: the body' };
  const { version: itsVersion, client, sweep, parameters } = json;
  if (!readableVersions.includes(itsVersion)) {
    if (typeof itsVersion !== 'number') return { ok: false, why: 'not a queued push: version' };
    const known = readableVersions.join(' and ');
    return { ok: false, why: `version ${String(itsVersion)} is unknown; the known versions are ${known}` };
  }
  const acceptedAt = readTimestamp(json['acceptedAt']);
  if (acceptedAt === undefined) return { ok: false, why: 'not a queued push: acceptedAt' };
  const expiresAt = json['expiresAt'] === undefined ? undefined : readTimestamp(json['expiresAt']);
  if (json['expiresAt'] !== undefined && expiresAt === undefined) {
    return { ok: false, why: 'not a queued push: expiresAt' };
  }
  if (client !== undefined && typeof client !== 'string') return { ok: false, why: 'not a queued push: client' };
  if (sweep !== undefined && !isSweep(sweep)) return { ok: false, why: 'not a queued push: sweep' };
  if (!Array.isArray(parameters)) return { ok: false, why: 'not a queued push: parameters' };
  if (!parameters.every(isParameter)) {
    const index = parameters.findIndex((pair) => !isParameter(pair));
    return { ok: false, why: `not a queued push: parameters.${String(index)}` };
  }
  const push = pushOf(parameters);
  if (push === undefined) return { ok: false, why: 'verb, AppId or DeviceToken is missing' };
  const queued = {
    push,
    acceptedAt,
    ...(expiresAt !== undefined && { expiresAt }),
    ...(client !== undefined && { client }),
    ...(sweep !== undefined && { sweep }),
  };
  return { ok: true, queued };
}

function isSweep(value: unknown): value is NonNullable<QueuedPush['sweep']> {
  return isRecord(value) && typeof value['plan'] === 'string' && typeof value['run'] === 'string';
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null;
}

/** Reads what `toISOString` writes. `Date` reads other forms as well, some of them in the machine's own zone. */
function readTimestamp(value: unknown): Date | undefined {
  if (typeof value !== 'string') return undefined;
  const date = new Date(value);
  return !Number.isNaN(date.getTime()) && date.toISOString() === value ? date : undefined;
}

/** A lone surrogate would make `encodeForm` throw, and fail the whole batch. */
function isParameter(pair: unknown): pair is Parameter {
  return (
    Array.isArray(pair) && pair.length === 2 && pair.every((text) => typeof text === 'string' && text.isWellFormed())
  );
}

/** https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SendMessage.html, MessageGroupId */
const validGroupId = /^[A-Za-z0-9!"#$%&'()*+,\-./:;<=>?@[\\\]^_`{|}~]+$/;

/**
 * The message group of an app, for SQS's fair queues: a burst of one app does not delay the pushes of another. It is
 * the AppId, or its hash if SQS would not accept the AppId.
 * https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-fair-queues.html
 */
export function messageGroupOf(appId: string): string {
  if (appId.length <= sqsLimits.messageGroupIdCharacters && validGroupId.test(appId)) return appId;
  return hash('sha256', appId);
}
