import { createHash } from 'node:crypto';
import * as v from 'valibot';
import { sqsLimits } from '../aws/limits.ts';
import { pushOf, type Push } from './push.ts';

/**
 * What stands in an SQS message: one push, as JSON. The version is raised when an older `deliver`
 * could no longer read what a newer `accept` writes.
 */
export interface QueuedPush {
  readonly push: Push;
  /** When the door accepted it. A redriven message has a new time of sending, this stays. */
  readonly acceptedAt: Date;
}

export type QueuedPushReading =
  { readonly ok: true; readonly queued: QueuedPush } | { readonly ok: false; readonly why: string };

const version = 1;

// A shape for what is parsed, and a check for what can't be encoded as a form afterwards.
const text = v.pipe(
  v.string(),
  v.check((value) => value.isWellFormed(), 'has a lone surrogate'),
);
/** Of all ISO forms only ours, for Date reads some of the others not at all, and some in the machine's own zone. */
function isWrittenByUs(value: string): boolean {
  const date = new Date(value);
  return !Number.isNaN(date.getTime()) && date.toISOString() === value;
}
const versioned = v.object({ version: v.number() });
const versionOne = v.object({
  version: v.literal(version),
  acceptedAt: v.pipe(v.string(), v.check(isWrittenByUs, 'is not of the form of toISOString')),
  parameters: v.pipe(v.array(v.pipe(v.strictTuple([text, text]), v.readonly())), v.readonly()),
});

const beyondBasicPlane = /[\u{10000}-\u{10FFFF}]/gu;

/** The message body for a push. Parameters are pairs, not an object: their order and odd names survive. */
export function encodeQueuedPush({ push, acceptedAt }: QueuedPush): string {
  const json = JSON.stringify({
    version,
    acceptedAt: acceptedAt.toISOString(),
    parameters: push.parameters,
  } satisfies v.InferOutput<typeof versionOne>);
  // Emoji and the like as JSON's own escapes: SQS takes them as they are, but not every stand-in for it does.
  return json.replace(beyondBasicPlane, (character) =>
    Array.from({ length: character.length }, (_, index) => `\\u${character.charCodeAt(index).toString(16)}`).join(''),
  );
}

/** Reads a message body. Never throws: what can't be read says why, without repeating any of it. */
export function parseQueuedPush(body: string): QueuedPushReading {
  let json: unknown;
  try {
    json = JSON.parse(body);
  } catch {
    return { ok: false, why: 'the body is not JSON' };
  }
  if (isVersionOne(json)) return readingOf(json);
  const anyVersion = v.safeParse(versioned, json);
  if (anyVersion.success && anyVersion.output.version !== version) {
    return { ok: false, why: `version ${String(anyVersion.output.version)} is not known, only ${String(version)}` };
  }
  const read = v.safeParse(versionOne, json);
  if (!read.success) {
    const where = read.issues.map((issue) => v.getDotPath(issue) ?? 'the body');
    return { ok: false, why: `not a queued push: ${[...new Set(where)].join(', ')}` };
  }
  return readingOf(read.output);
}

type VersionOne = v.InferOutput<typeof versionOne>;

function readingOf({ acceptedAt, parameters }: VersionOne): QueuedPushReading {
  const push = pushOf(parameters);
  if (push === undefined) return { ok: false, why: 'verb, AppId or DeviceToken is missing' };
  return { ok: true, queued: { push, acceptedAt: new Date(acceptedAt) } };
}

/**
 * What the schema says, by hand: it costs 1 µs where the schema costs 7, a twelfth of all the CPU of a push on its way
 * out. The schema is asked what is wrong.
 */
function isVersionOne(json: unknown): json is VersionOne {
  if (typeof json !== 'object' || json === null) return false;
  if (!('version' in json && 'acceptedAt' in json && 'parameters' in json)) return false;
  return (
    json.version === version &&
    typeof json.acceptedAt === 'string' &&
    isWrittenByUs(json.acceptedAt) &&
    Array.isArray(json.parameters) &&
    json.parameters.every(isPairOfTexts)
  );
}

function isPairOfTexts(pair: unknown): boolean {
  return Array.isArray(pair) && pair.length === 2 && pair.every(isText);
}

function isText(value: unknown): boolean {
  return typeof value === 'string' && value.isWellFormed();
}

/** https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SendMessage.html, MessageGroupId */
const takenBySqs = /^[A-Za-z0-9!"#$%&'()*+,\-./:;<=>?@[\\\]^_`{|}~]+$/;

/**
 * The tenant of a push, for SQS's fair queues: the pushes of one app wait behind each other before they wait for
 * another's. An AppId that SQS would not take as it is, and nothing of the document forbids, goes by its hash.
 * https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-fair-queues.html
 */
export function messageGroupOf(appId: string): string {
  if (appId.length <= sqsLimits.messageGroupIdCharacters && takenBySqs.test(appId)) return appId;
  return createHash('sha256').update(appId).digest('hex');
}
