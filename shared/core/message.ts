import type { MessageAttribute } from './dead-letter.ts';

/** A message to be sent to a queue. */
export interface OutgoingMessage {
  readonly body: string;
  readonly attributes: Readonly<Record<string, MessageAttribute>>;
}

/** What became of a message that was sent: it is on the queue, or what went wrong. */
export type Sent = { readonly ok: true; readonly messageId: string } | { readonly ok: false; readonly error: unknown };

/** When a received message is to be seen again. */
export interface Delay {
  readonly receiptHandle: string;
  readonly delaySeconds: number;
}

/** A delay that was not set. */
export interface DelayFailure {
  readonly delay: Delay;
  readonly error: unknown;
}
