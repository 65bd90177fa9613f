import type { MetricName, MetricValues } from '../../shared/aws/metrics.ts';
import type { LogFields } from '../../shared/log.ts';
import type { DeadLetterReason } from '../../shared/push/dead-letter.ts';
import { describePush } from '../../shared/push/redaction.ts';
import { isGatewayFailure } from './policy/outage.ts';
import type { RecordOutcome } from './policy/decision.ts';
import type { DecidedRecord } from './record.ts';

/** Only the event and the dead letter have the gateway's words: they may repeat the push, in any encoding. */
interface LoggedOutcome extends Readonly<Pick<RecordOutcome, 'kind'>> {
  readonly words: undefined;
}

/**
 * The log fields of a push that was not delivered. `undefined` if it was, or if it was not tried and only waits: the
 * line of the batch counts those.
 */
export function describeFailure(record: DecidedRecord): (LogFields & { readonly outcome: LoggedOutcome }) | undefined {
  const { pushId, receiveCount, reading, outcome, attempt, decision } = record;
  if (outcome.kind === 'delivered') return undefined;
  if (outcome.kind === 'untried' && decision.kind === 'retry') return undefined;
  const push = reading.ok ? describePush(reading.queued.push) : {};
  return { id: pushId, ...push, outcome: { ...outcome, words: undefined }, ms: attempt?.ms, receiveCount, decision };
}

const deadLetterMetrics = {
  unregistered: 'DeadLetteredUnregistered',
  rejected: 'DeadLetteredRejected',
  expired: 'DeadLetteredExpired',
  malformed: 'DeadLetteredMalformed',
  exhausted: 'DeadLetteredExhausted',
} as const satisfies Record<DeadLetterReason, MetricName>;

/**
 * The metrics of a batch.
 * @param failedIds the message ids reported as failed: retries, and records whose dead letter was not sent.
 */
export function summarize(records: readonly DecidedRecord[], failedIds: ReadonlySet<string>): MetricValues {
  const counts: Partial<Record<MetricName, number>> = {};
  const count = (name: MetricName) => (counts[name] = (counts[name] ?? 0) + 1);
  const waits: number[] = [];
  for (const { record, isRedriven, reading, attempt, decision } of records) {
    if (failedIds.has(record.messageId)) count('Retried');
    else if (decision.kind === 'dead-letter') count(deadLetterMetrics[decision.reason]);
    else {
      count('Delivered');
      // A redriven push would count the time until a person redrove it.
      if (reading.ok && attempt !== undefined && !isRedriven) {
        waits.push(Math.max(0, attempt.endedAt - reading.queued.acceptedAt.getTime()));
      }
    }
  }
  const attempts = [...new Set(records.flatMap(({ attempt }) => attempt ?? []))];
  return {
    ...counts,
    Attempts: attempts.length,
    GatewayFailures: attempts.filter(({ outcome }) => isGatewayFailure(outcome)).length,
    PageAnswers: attempts.filter(({ outcome }) => outcome.kind === 'delivered' && outcome.isPage).length,
    GatewayTime: attempts.map(({ ms }) => ms),
    AcceptedToDelivered: waits,
  };
}
