import type { OutcomeCounts } from '../../shared/sweeps/outcome-counts.ts';
import type { DecidedRecord } from './record.ts';

/**
 * Counts how the pushes of sweeps ended, for each run in a batch. Each end counts: also that of a redriven push, which
 * was given up before.
 * @param failedIds the message ids that stay on the queue.
 */
export function outcomeCountsOf(records: readonly DecidedRecord[], failedIds: ReadonlySet<string>): OutcomeCounts[] {
  const runs = new Map<string, OutcomeCounts>();
  for (const { record, reading, decision } of records) {
    const sweep = reading.ok ? reading.queued.sweep : undefined;
    if (sweep === undefined || failedIds.has(record.messageId)) continue;
    const { plan, run } = sweep;
    const counts = runs.get(`${plan}\0${run}`) ?? { plan, run, delivered: 0, givenUp: {} };
    runs.set(`${plan}\0${run}`, counts);
    if (decision.kind === 'delete') counts.delivered += 1;
    if (decision.kind === 'dead-letter') counts.givenUp[decision.reason] = (counts.givenUp[decision.reason] ?? 0) + 1;
  }
  return [...runs.values()];
}
