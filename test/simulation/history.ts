import { createHash } from 'node:crypto';

/**
 * What happens in a run, with the meaning of its four numbers. Pushes, messages, invocations and processes have numbers
 * of their own, from 0. Pushes with the same content have the number of the first of them as the number of their content.
 */
export const kinds = {
  /** A client sends a push: push, content, AppId, time to live in seconds or -1. */
  sent: 0,
  /** A client gets a 202: push. */
  accepted: 1,
  /** A client gets another answer, or none: push, status or 0, 1 if the push needs the table of devices. */
  refused: 2,
  /** SQS stores a message: message, its push, or -1 if it is none. */
  stored: 3,
  /** SQS hands out a message: message, invocation or -1 if none follows, receive count. */
  received: 4,
  /** SQS hands out a message again although it is hidden or deleted: message. */
  duplicated: 5,
  /** An attempt reaches the gateway: content, invocation, 1 if the gateway takes the push. */
  attempted: 6,
  /** `deliver` gets the end of an attempt: content, invocation, status or 0, seconds of Retry-After or one of `details`. */
  answered: 7,
  /** SQS sets when a message is visible again: message, invocation, seconds. */
  delayed: 8,
  /** The topic takes the event of a push that is given up: message, invocation, reason, 1 if it is confirmed. */
  told: 9,
  /** SQS stores a dead letter: message, invocation, reason. */
  deadLettered: 10,
  /** SQS deletes a message: message, invocation. */
  deleted: 11,
  /** A delete has no effect: message, invocation. */
  notDeleted: 12,
  /** The retention of a message is over: message. */
  retentionEnded: 13,
  /** SQS moves a message that was received too often: message. */
  moved: 14,
  /** An invocation of `deliver` ends: invocation, 1 if it answered. */
  ended: 15,
  /** A process dies: process, its invocation or -1. */
  died: 16,
  /** Something happens that must not, whatever fails: what, as in `mishaps`. */
  mishap: 17,
  /** An invocation of `deliver` begins: invocation, process. */
  started: 18,
  /** A client sends a push with the content of an earlier one that must not share an attempt: push. */
  repeated: 19,
  /** An operator moves a dead letter back to its queue: new message, first message of the push. */
  redriven: 20,
  /** A device is on the list of a sweep: push. */
  listed: 29,
  /** A device is on the list of those that a sweep leaves out: push. */
  excluded: 35,
  /** The bucket gets the snapshot of a sweep, after the record of each row: the first slice of the sweep, tick, rows. */
  snapshot: 36,
  /** A device is in a snapshot: push. */
  inSnapshot: 37,
  /** A snapshot is deleted: the first slice of its sweep, tick. */
  snapshotDeleted: 38,
  /** A sweep may push to a device or not, because it comes or goes meanwhile, or its list does: push. */
  unsettled: 39,
  /** A tick invokes `sweep`: tick. */
  ticked: 30,
  /** A tick ends: tick, how, as in `tickEndings`. */
  tickEnded: 31,
  /** The bucket gets the progress of a slice: slice, tick, second of the run until which it is claimed, line. */
  claimed: 32,
  /** The progress of a slice is deleted: slice, tick. */
  unclaimed: 33,
  /** The bucket gets the report of a slice: slice, tick, pushes. */
  reported: 34,
  /** A request of an app reaches the API: request, device, account, its kind and version as `encodeRequest` has them. */
  requested: 40,
  /** An app gets its answer, or knows that none comes: request, result as in `results` or -1, status or 0. */
  replied: 41,
  /** The registry has a device: device, account, request, when it was last seen in milliseconds. */
  registered: 42,
  /** The registry has the mark of a removal: device, account, request, when it was removed in milliseconds. */
  marked: 43,
  /** The registry has a device no longer: device, account, the request or the invocation that took it. */
  erased: 44,
  /** The queue `prunes` has an event of a push: its message, the message of the push, 1 if it is confirmed. */
  eventQueued: 45,
  /** A pruner gets an event: its message, invocation. */
  eventReceived: 46,
  /** An event is deleted from its queue: its message, invocation. */
  eventSettled: 47,
  /** The gateway no longer knows a device: device. */
  deviceDied: 48,
  /** The gateway knows a device again: device. */
  deviceCameBack: 49,
  /** A client wants a request to queue a push: push, request, device of its account or -1, place in the request. */
  asked: 50,
  /** A client makes a call, perhaps to repeat a request: call, request, key or -1. */
  called: 51,
  /** A call puts a push on the queue: message, call, push. */
  queued: 52,
  /** A call writes or deletes the record of its key: call, state as in `keyStates`. */
  keyWritten: 53,
  /** The answer to a call names a message: call, message, place of its push in the request. */
  named: 54,
  /** The answer to a call says what became of a push: call, place in the request, code. */
  itemEnded: 55,
  /** A call ends: call, status or 0, 1 if the answer is a repeated one, seconds of Retry-After or -1. */
  callEnded: 56,
  /** The table of devices has a device: device. */
  deviceAdded: 57,
  /** The table of devices has a device no longer: device. */
  deviceRemoved: 58,
} as const;

export type KindName = keyof typeof kinds;
export type Kind = (typeof kinds)[KindName];

/** What else there is to say of an answer, or of none, in the place of seconds of Retry-After. */
export const details = {
  none: -1,
  /** An HTML page. */
  page: -2,
  /** The name of the gateway is not found, or its certificate is not valid. */
  addressFault: -3,
} as const;

/** What must not happen, whatever fails. */
export const mishaps = [
  'the gateway got a push that nobody sent',
  'the gateway got a push that differs from what was sent',
  'a handler reported an error of its own',
  'an invocation of deliver ran into its time limit',
  'the registry gets a device that differs from what was reported',
  'an invocation of devices ran into its time limit',
] as const;

export interface HistoryRecord {
  readonly kind: number;
  /** Whole milliseconds since the start of the run. */
  readonly at: number;
  readonly a: number;
  readonly b: number;
  readonly c: number;
  readonly d: number;
}

export interface History {
  readonly record: (kind: Kind, a?: number, b?: number, c?: number, d?: number) => void;
  /** Calls `look` with each record, in order. The object is the same for all of them. */
  readonly each: (look: (record: HistoryRecord) => void) => void;
  readonly size: () => number;
  /** Of all records so far. */
  readonly hash: () => string;
}

const fields = 6;
const recordsPerChunk = 65_536;
/** Times have 32 bits: about 49 days. */
export const mostHistoryMs = 2 ** 32 - 1;

/** Creates a history: 24 bytes a record, so that those of a million pushes fit into memory. */
export function createHistory(now: () => number): History {
  const chunks: Int32Array[] = [];
  const hash = createHash('sha256');
  let chunk = new Int32Array(fields * recordsPerChunk);
  let used = 0;
  let size = 0;
  return {
    record(kind, a = 0, b = 0, c = 0, d = 0) {
      chunk[used] = kind;
      chunk[used + 1] = Math.floor(now());
      chunk[used + 2] = a;
      chunk[used + 3] = b;
      chunk[used + 4] = c;
      chunk[used + 5] = d;
      used += fields;
      size += 1;
      if (used < chunk.length) return;
      hash.update(chunk);
      chunks.push(chunk);
      chunk = new Int32Array(fields * recordsPerChunk);
      used = 0;
    },
    each(look) {
      const record = { kind: 0, at: 0, a: 0, b: 0, c: 0, d: 0 };
      for (const [index, all] of [...chunks, chunk].entries()) {
        const end = index === chunks.length ? used : all.length;
        for (let start = 0; start < end; start += fields) {
          record.kind = all[start] ?? 0;
          // Stored as 32 bits, of which none is a sign.
          record.at = (all[start + 1] ?? 0) >>> 0;
          record.a = all[start + 2] ?? 0;
          record.b = all[start + 3] ?? 0;
          record.c = all[start + 4] ?? 0;
          record.d = all[start + 5] ?? 0;
          look(record);
        }
      }
    },
    size: () => size,
    hash: () => hash.copy().update(chunk.subarray(0, used)).digest('hex'),
  };
}

/** Hours, minutes and seconds since the start of the run. */
export function timeOf(ms: number): string {
  const two = (value: number) => String(Math.floor(value)).padStart(2, '0');
  const seconds = `${two((ms / 1000) % 60)}.${String(ms % 1000).padStart(3, '0')}`;
  return `${two(ms / 3_600_000)}:${two((ms / 60_000) % 60)}:${seconds}`;
}
