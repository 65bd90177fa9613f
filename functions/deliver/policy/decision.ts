import type { DeadLetterReason } from '../../../shared/push/dead-letter.ts';
import type { Outcome } from './outcome.ts';

/** What is known about a record after its batch: the outcome of its attempt, or why there was none. */
export type RecordOutcome =
  | Outcome
  /** The message could not be read. */
  | { readonly kind: 'malformed'; readonly failure: string }
  /** Not tried, because its time to live is over. */
  | { readonly kind: 'expired'; readonly failure: string }
  /** Left for its next receive: the gateway has an outage, or the function's time is over. */
  | { readonly kind: 'untried'; readonly why: 'outage' | 'time'; readonly failure: string }
  /** Left for its next receive: the gateway takes no more pushes of its app now. */
  | {
      readonly kind: 'untried';
      readonly why: 'throttled';
      readonly failure: string;
      readonly retryAfterMs: number | undefined;
    };

export type Decision =
  | { readonly kind: 'delete' }
  | { readonly kind: 'retry'; readonly delaySeconds: number }
  | {
      readonly kind: 'dead-letter';
      readonly reason: 'unregistered';
      /** Whether the answer comes from the gateway beyond doubt, so that the device can be removed. */
      readonly confirmed: boolean;
    }
  | {
      readonly kind: 'dead-letter';
      readonly reason: Exclude<DeadLetterReason, 'unregistered'>;
      /** What the reason leaves open, in words of the relay. */
      readonly why?: string;
    };

export interface DeliveryPolicy {
  /** The delay before the second attempt. It grows by half with each later one. */
  readonly backoffBaseSeconds: number;
  readonly backoffCapSeconds: number;
  /** How long a push is tried. The first attempt that is due after this time is the last one. */
  readonly lifetimeSeconds: number;
  /** After this many receives a push is given up, before SQS would move its message without a reason. */
  readonly maxReceiveCount: number;
}

export interface DecisionInput {
  /** How often the message was received, this time included. Receives without an attempt count as well. */
  readonly receiveCount: number;
  /** Milliseconds from when the message was sent to its queue until its attempt began, or its batch if there was none. */
  readonly ageMs: number;
  /** Milliseconds until its time to live ends; `Infinity` if it has none. */
  readonly expiresInMs: number;
  /** Whether the address of the gateway is suspected to be wrong, so that its final answers are not believed. */
  readonly isAddressSuspected: boolean;
  /** Whether its final answers come from the gateway beyond doubt. */
  readonly isAddressConfirmed: boolean;
  readonly chance: number;
}

/**
 * How much longer each delay is than the one before. With 2, the pushes of a short outage would wait twice as long after
 * its end, and a gateway that comes and goes would delay some for an hour; the attempts of a long outage hardly differ.
 */
const backoffGrowth = 1.5;

/** After a Retry-After, the minimum delay is the backoff of this many receives earlier. */
const retryAfterLead = 7;

/** Up to this many receives, which take about a minute, a final answer is believed without a delivery before it. */
const maxUnprovenReceives = 6;

/** SQS takes a moment to hand out a record whose delay is over. The last attempt must start before the time to live ends. */
const receiveReserveSeconds = 0.5;

/**
 * Decides what happens to a record. Only time ends the retries, because the receive count also grows when the event
 * source mapping is throttled or an attempt is left out. The count only prevents SQS from moving the message itself.
 */
export function decide(outcome: RecordOutcome, input: DecisionInput, policy: DeliveryPolicy): Decision {
  switch (outcome.kind) {
    case 'delivered':
      return { kind: 'delete' };
    case 'unregistered':
      return (
        keep(input, policy) ?? { kind: 'dead-letter', reason: 'unregistered', confirmed: input.isAddressConfirmed }
      );
    case 'rejected':
      return keep(input, policy) ?? { kind: 'dead-letter', reason: 'rejected' };
    case 'malformed':
    case 'expired':
      return { kind: 'dead-letter', reason: outcome.kind };
    case 'throttled':
      return retry(input, policy, outcome.retryAfterMs);
    case 'transient':
      return retry(input, policy);
    case 'untried':
      // A push that was left because of the gateway waits as if its attempt had failed. If only the function's time was
      // over, that says nothing about the gateway: the push is retried soon, however old it is.
      if (outcome.why === 'time') return retrySoon(input, policy);
      return retry(input, policy, outcome.why === 'throttled' ? outcome.retryAfterMs : undefined);
    default:
      return outcome satisfies never;
  }
}

/**
 * What happens to a push whose final answer is not believed; `undefined` if it is. An instance that Lambda has just
 * started knows nothing of the suspicions of the others. So it needs proof against a push that was received so often that
 * others may have kept it, as long as that lives.
 */
function keep(input: DecisionInput, policy: DeliveryPolicy): Decision | undefined {
  if (input.isAddressSuspected) return retry(input, policy);
  if (input.isAddressConfirmed || input.receiveCount <= maxUnprovenReceives) return undefined;
  const decision = retry(input, policy);
  return decision.kind === 'retry' ? decision : undefined;
}

function retry(input: DecisionInput, policy: DeliveryPolicy, retryAfterMs?: number): Decision {
  const { receiveCount, ageMs, expiresInMs } = input;
  if (ageMs / 1000 >= policy.lifetimeSeconds) return { kind: 'dead-letter', reason: 'expired' };
  const secondsToLive = Math.floor(expiresInMs / 1000 - receiveReserveSeconds);
  if (secondsToLive < 1) return { kind: 'dead-letter', reason: 'expired', why: 'its time to live is over' };
  if (receiveCount >= policy.maxReceiveCount) return { kind: 'dead-letter', reason: 'exhausted' };
  const delaySeconds =
    retryAfterMs === undefined ? backoffSeconds(input, policy) : retryAfterSeconds(retryAfterMs, input, policy);
  // The last attempt comes after the end of the lifetime, so that an outage as long as the lifetime loses no push, and
  // those of many pushes are spread. It comes just before the end of the time to live.
  return { kind: 'retry', delaySeconds: Math.max(1, Math.ceil(Math.min(delaySeconds, secondsToLive))) };
}

function retrySoon({ receiveCount }: DecisionInput, policy: DeliveryPolicy): Decision {
  if (receiveCount >= policy.maxReceiveCount) return { kind: 'dead-letter', reason: 'exhausted' };
  return { kind: 'retry', delaySeconds: policy.backoffBaseSeconds };
}

/**
 * Exponential backoff with jitter, so that pushes that failed together are not retried together. The delay is one to two
 * times the grown base, and 90 to 100 % of the cap once the cap is reached. Wider jitter would cost attempts: a day has
 * 96 delays of 15 minutes, but 192 of 7.5.
 */
function backoffSeconds({ receiveCount, chance }: DecisionInput, policy: DeliveryPolicy): number {
  const { backoffBaseSeconds, backoffCapSeconds } = policy;
  const grown = backoffBaseSeconds * backoffGrowth ** Math.max(0, receiveCount - 1);
  const atCap = Math.max(backoffBaseSeconds, backoffCapSeconds * (1 - chance / 10));
  return Math.min(grown * (1 + chance), atCap);
}

/**
 * The time that the gateway asks for and up to a tenth more, but at most the cap, and at least the backoff of seven
 * receives before: a gateway that answers `Retry-After: 1` for a day would otherwise get each push thousands of times.
 */
function retryAfterSeconds(retryAfterMs: number, input: DecisionInput, policy: DeliveryPolicy): number {
  const receiveCount = input.receiveCount - retryAfterLead;
  const minimum = backoffSeconds({ ...input, receiveCount }, policy);
  const requested = (retryAfterMs / 1000) * (1 + input.chance / 10);
  return Math.min(policy.backoffCapSeconds * (1 - input.chance / 10), Math.max(requested, minimum));
}
