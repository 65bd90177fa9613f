import type { Outcome } from './outcome.ts';

/**
 * Whether the gateway is suspected to be down, because a number of attempts in a row failed for reasons of the gateway
 * and not of the push. The next other outcome ends the suspicion, a refusal as well as a delivery.
 *
 * Each instance of the function has its own and keeps it from batch to batch. A wrong suspicion delays pushes but
 * loses none.
 */
export interface Outage {
  readonly isSuspected: () => boolean;
  readonly record: (outcome: Outcome) => void;
}

/** @param failuresInARow failures in a row that count as an outage; more than a few bad pushes can cause. */
export function createOutage(failuresInARow: number): Outage {
  let failures = 0;
  return {
    isSuspected: () => failures >= failuresInARow,
    record(outcome) {
      failures = isGatewayFailure(outcome) ? failures + 1 : 0;
    },
  };
}

const gatewayFailures = {
  delivered: false,
  unregistered: false,
  rejected: false,
  throttled: true,
  transient: true,
} as const satisfies Record<Outcome['kind'], boolean>;

/** Whether an attempt failed for a reason of the gateway and not of the push. */
export function isGatewayFailure({ kind }: Outcome): boolean {
  return gatewayFailures[kind];
}
