import type { DeadLetterReason } from '../../../shared/push/dead-letter.ts';
import type { Outcome } from './outcome.ts';

/** What is known of a record when its batch is over: how its attempt ended, or why there was none. */
export type RecordOutcome =
  | Outcome
  /** The message could not be read. */
  | { readonly kind: 'malformed'; readonly words: string }
  /** It was left for its next receive: the gateway is down, or the function's time is up. */
  | { readonly kind: 'untried'; readonly words: 'outage' | 'time' };

/** What becomes of a record. */
export type Decision =
  | { readonly kind: 'settle' }
  | { readonly kind: 'retry'; readonly delaySeconds: number }
  | { readonly kind: 'dead-letter'; readonly reason: DeadLetterReason };

/** The figures that decide; all of them are configuration. */
export interface DeliveryPolicy {
  /** The delay before the second attempt; each later one is twice as long. */
  readonly backoffBaseSeconds: number;
  /** The longest delay. */
  readonly backoffCapSeconds: number;
  /** How long a push is tried. */
  readonly lifetimeSeconds: number;
  /** Receives after which SQS itself would move the message, and could not say why. */
  readonly maxReceiveCount: number;
}

/** What a decision rests on besides the outcome. */
export interface Circumstances {
  /** How often SQS has handed the message out, this time included. It also grows where nothing was attempted. */
  readonly receiveCount: number;
  /** Milliseconds since the message was sent to its queue. */
  readonly ageMs: number;
  /** From 0 up to, not including, 1. */
  readonly chance: number;
}

/** How far the shortest delay that a Retry-After can ask for lags behind the backoff, in doublings. */
const retryAfterLead = 4;

/**
 * Decides what becomes of a push. Pure: whoever calls it performs the decision.
 *
 * Age alone ends the retries, for the receive count grows as well when the mapping is throttled or an attempt was left
 * out; the count only keeps SQS from moving the message without a reason.
 */
export function decide(outcome: RecordOutcome, circumstances: Circumstances, policy: DeliveryPolicy): Decision {
  switch (outcome.kind) {
    case 'delivered':
      return { kind: 'settle' };
    case 'unregistered':
    case 'rejected':
    case 'malformed':
      return { kind: 'dead-letter', reason: outcome.kind };
    case 'throttled':
      return retry(circumstances, policy, outcome.retryAfterMs);
    case 'transient':
      return retry(circumstances, policy);
    case 'untried':
      // A gateway that is down makes a push wait as if it had failed. A function whose time was up says nothing of the
      // gateway: the push comes back at once, however old it is.
      return outcome.words === 'outage' ? retry(circumstances, policy) : comeBack(circumstances, policy);
    default:
      return outcome satisfies never;
  }
}

function retry(circumstances: Circumstances, policy: DeliveryPolicy, retryAfterMs?: number): Decision {
  const { receiveCount, ageMs } = circumstances;
  const remainingSeconds = policy.lifetimeSeconds - ageMs / 1000;
  if (remainingSeconds <= 0) return { kind: 'dead-letter', reason: 'expired' };
  if (receiveCount >= policy.maxReceiveCount) return { kind: 'dead-letter', reason: 'exhausted' };
  const delaySeconds =
    retryAfterMs === undefined
      ? backoffSeconds(circumstances, policy)
      : retryAfterSeconds(retryAfterMs, circumstances, policy);
  // The last attempt is made when the lifetime ends, not up to a whole delay before.
  return { kind: 'retry', delaySeconds: Math.max(1, Math.ceil(Math.min(delaySeconds, remainingSeconds))) };
}

function comeBack({ receiveCount }: Circumstances, policy: DeliveryPolicy): Decision {
  if (receiveCount >= policy.maxReceiveCount) return { kind: 'dead-letter', reason: 'exhausted' };
  return { kind: 'retry', delaySeconds: policy.backoffBaseSeconds };
}

/**
 * Exponential backoff with jitter, so that what failed together does not come back together: from once to twice the
 * doubled delay, and near the cap within its last tenth. Wider jitter there would cost attempts: a day's outage has
 * room for ninety-six delays of a quarter of an hour, and for twice as many of half of it.
 */
function backoffSeconds({ receiveCount, chance }: Circumstances, policy: DeliveryPolicy): number {
  const { backoffBaseSeconds, backoffCapSeconds } = policy;
  const doubled = backoffBaseSeconds * 2 ** Math.max(0, receiveCount - 1);
  const atCap = Math.max(backoffBaseSeconds, backoffCapSeconds * (1 - chance / 10));
  return Math.min(doubled * (1 + chance), atCap);
}

/**
 * The gateway's own wish and up to a tenth more, within bounds: never beyond the cap, and never so short for so long
 * that a gateway in trouble for a day, with a Retry-After of a second, would be asked thousands of times for each push.
 */
function retryAfterSeconds(retryAfterMs: number, circumstances: Circumstances, policy: DeliveryPolicy): number {
  const receiveCount = circumstances.receiveCount - retryAfterLead;
  const shortest = backoffSeconds({ ...circumstances, receiveCount }, policy);
  const wished = (retryAfterMs / 1000) * (1 + circumstances.chance / 10);
  return Math.min(policy.backoffCapSeconds * (1 - circumstances.chance / 10), Math.max(wished, shortest));
}
