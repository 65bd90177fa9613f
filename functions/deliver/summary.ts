import type { MetricName } from '../../shared/aws/metric-names.ts';
import type { MetricValues } from '../../shared/aws/metrics-blob.ts';
import type { DeadLetterReason } from '../../shared/push/dead-letter.ts';
import type { Outcome } from './policy/outcome.ts';
import type { Attempt } from './attempt.ts';
import type { Decided } from './apply.ts';

const deadLetterMetrics = {
  unregistered: 'DeadLetteredUnregistered',
  rejected: 'DeadLetteredRejected',
  expired: 'DeadLetteredExpired',
  malformed: 'DeadLetteredMalformed',
  exhausted: 'DeadLetteredExhausted',
} as const satisfies Record<DeadLetterReason, MetricName>;

/** Outcomes that are the gateway's trouble and not the push's. */
const isTrouble: Readonly<Record<Outcome['kind'], boolean>> = {
  delivered: false,
  unregistered: false,
  rejected: false,
  throttled: true,
  transient: true,
};

/**
 * The metrics of a batch.
 * @param failedIds of records that come back after all, such as those whose dead letter was not taken.
 */
export function summarize(
  decided: readonly Decided[],
  failedIds: ReadonlySet<string>,
  attempts: readonly Attempt[],
): MetricValues {
  const counts: Partial<Record<MetricName, number>> = {};
  const count = (name: MetricName) => (counts[name] = (counts[name] ?? 0) + 1);
  const waits: number[] = [];
  for (const { read, decision, endedAt } of decided) {
    if (failedIds.has(read.record.messageId)) count('Retried');
    else if (decision.kind === 'dead-letter') count(deadLetterMetrics[decision.reason]);
    else {
      count('Delivered');
      // A redriven push was accepted long ago, and waited for a person.
      const isRedriven = read.pushId !== read.record.messageId;
      if (read.reading.ok && endedAt !== undefined && !isRedriven) {
        waits.push(Math.max(0, endedAt - read.reading.queued.acceptedAt.getTime()));
      }
    }
  }
  return {
    ...counts,
    Attempts: attempts.length,
    GatewayFailures: attempts.filter(({ outcome }) => isTrouble[outcome.kind]).length,
    GatewayTime: attempts.map(({ ms }) => ms),
    AcceptedToDelivered: waits,
  };
}
