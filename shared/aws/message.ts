import type { MessageAttribute } from '../push/dead-letter.ts';

/** A message to be sent to a queue. */
export interface OutgoingMessage {
  readonly body: string;
  readonly attributes: Readonly<Record<string, MessageAttribute>>;
  /** The tenant that it is of, on a queue with fair queueing. */
  readonly groupId?: string;
  /** How long nobody is to see it. */
  readonly delaySeconds?: number;
}

/** When a received message is to be seen again. */
export interface Delay {
  readonly receiptHandle: string;
  readonly delaySeconds: number;
}

/** What became of each item of a call to SQS, or of several: every item is in exactly one of the two. */
export interface BatchResult<T> {
  readonly done: readonly T[];
  readonly failed: readonly BatchFailure<T>[];
}

/** An item that was not confirmed. */
export interface BatchFailure<T> {
  readonly item: T;
  /**
   * `entry`: SQS refused this one, and has not done it. `call`: the whole call failed, and it is not known
   * whether SQS has done it all the same.
   */
  readonly scope: 'entry' | 'call';
  readonly error: Error;
}
