import type { MessageAttribute } from '../push/dead-letter.ts';

/** A message to send to a queue. */
export interface OutgoingMessage {
  readonly body: string;
  readonly attributes: Readonly<Record<string, MessageAttribute>>;
  /** The tenant of the message, for a fair queue. */
  readonly groupId?: string;
  /** Delivery delay, in seconds. */
  readonly delaySeconds?: number;
}

/** How long a received message stays hidden before it becomes visible again. */
export interface Delay {
  readonly receiptHandle: string;
  readonly delaySeconds: number;
}

/** The result of one or more batch calls to SQS. Every item is in exactly one of the two lists. */
export interface BatchResult<T> {
  readonly done: readonly T[];
  readonly failed: readonly BatchFailure<T>[];
}

/** An item that SQS did not confirm. */
export interface BatchFailure<T> {
  readonly item: T;
  /**
   * `entry`: SQS refused this item and did nothing with it. `call`: the whole call failed, and SQS may have processed
   * the item nevertheless.
   */
  readonly scope: 'entry' | 'call';
  readonly error: Error;
}
