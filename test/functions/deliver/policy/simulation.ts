import { decide, type DeliveryPolicy } from '../../../../functions/deliver/policy/decision.ts';
import type { Outcome } from '../../../../functions/deliver/policy/outcome.ts';

/** What happened to one push. */
export interface Fate {
  readonly end: 'delivered' | 'dead-letter';
  readonly attempts: number;
  readonly endedAtSeconds: number;
}

/**
 * Simulates one push: accepted when an outage begins, attempted whenever it is visible.
 * @param failure the outcome of an attempt while the outage lasts.
 * @param timeToLiveSeconds if the client gave one.
 */
export function simulateOutage(
  outageSeconds: number,
  failure: Outcome,
  policy: DeliveryPolicy,
  random: () => number,
  timeToLiveSeconds = Infinity,
): Fate {
  let seconds = 0;
  for (let receiveCount = 1; ; receiveCount += 1) {
    const outcome: Outcome = seconds < outageSeconds ? failure : { kind: 'delivered', status: 200 };
    const [ageMs, expiresInMs] = [seconds * 1000, (timeToLiveSeconds - seconds) * 1000];
    const address = { isAddressSuspected: false, isAddressConfirmed: true };
    const input = { receiveCount, ageMs, expiresInMs, ...address, chance: random() };
    const decision = decide(outcome, input, policy);
    switch (decision.kind) {
      case 'delete':
        return { end: 'delivered', attempts: receiveCount, endedAtSeconds: seconds };
      case 'dead-letter':
        return { end: 'dead-letter', attempts: receiveCount, endedAtSeconds: seconds };
      case 'retry':
        seconds += decision.delaySeconds;
        break;
      default:
        decision satisfies never;
    }
  }
}
