import type { Outcome } from './outcome.ts';

/**
 * Whether the gateway is taken to be down: so many attempts failed one after another, for reasons that are the
 * gateway's and not the push's. The first attempt that it answers sensibly ends it, a refusal as well as a success.
 *
 * An instance of the function holds one and keeps it from batch to batch. It is a hint only: each instance finds out
 * for itself, and nothing is lost where it errs.
 */
export interface Outage {
  readonly isSuspected: () => boolean;
  readonly record: (outcome: Outcome) => void;
}

/** @param failuresInARow how many make an outage: more than bad luck, or a few bad pushes, bring about. */
export function createOutage(failuresInARow: number): Outage {
  let failures = 0;
  return {
    isSuspected: () => failures >= failuresInARow,
    record(outcome) {
      switch (outcome.kind) {
        case 'delivered':
        case 'unregistered':
        case 'rejected':
          failures = 0;
          return;
        case 'throttled':
        case 'transient':
          failures += 1;
          return;
        default:
          outcome satisfies never;
      }
    },
  };
}
