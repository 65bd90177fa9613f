import type { Outcome } from './outcome.ts';

/** What becomes of a record after its attempt. */
export type Decision = { readonly kind: 'settle' } | { readonly kind: 'retry'; readonly delaySeconds: number };

/** The figures that decide; all of them are configuration. */
export interface DeliveryPolicy {
  /** The first delay; each later one is twice as long. */
  readonly backoffBaseSeconds: number;
  /** The longest delay. */
  readonly backoffCapSeconds: number;
}

/**
 * Decides what becomes of a push. Pure: whoever calls it performs the decision.
 * @param receiveCount how often SQS has handed the record out, this time included.
 * @param chance from 0 up to, not including, 1.
 */
export function decide(outcome: Outcome, receiveCount: number, chance: number, policy: DeliveryPolicy): Decision {
  switch (outcome.kind) {
    case 'delivered':
      return { kind: 'settle' };
    case 'unregistered':
    case 'rejected':
    case 'throttled':
    case 'transient':
      return { kind: 'retry', delaySeconds: backoffSeconds(receiveCount, chance, policy) };
    default:
      return outcome satisfies never;
  }
}

/**
 * Exponential backoff with equal jitter: half of the delay is sure, so that a gateway in trouble is left alone,
 * and half is chance, so that what failed together does not come back together.
 */
function backoffSeconds(receiveCount: number, chance: number, policy: DeliveryPolicy): number {
  const { backoffBaseSeconds, backoffCapSeconds } = policy;
  const full = Math.min(backoffCapSeconds, backoffBaseSeconds * 2 ** Math.max(0, receiveCount - 1));
  return Math.min(backoffCapSeconds, Math.max(1, Math.round(full / 2 + (full / 2) * chance)));
}
