import type { Context, SQSBatchResponse, SQSEvent, SQSRecord } from 'aws-lambda';
import { decide, type DeliveryPolicy } from '../core/decision.ts';
import { deviceHash } from '../core/device-hash.ts';
import { laneOf, type Lane } from '../core/lane.ts';
import { metricsBlob } from '../core/metrics-blob.ts';
import type { Outage } from '../core/outage.ts';
import type { Log } from '../log.ts';
import { attemptBatch, type AttemptDependencies } from './attempt.ts';
import { perform, type Decided, type PerformDependencies } from './perform.ts';
import { readRecords, type ReadRecord } from './record.ts';
import { summarize } from './summary.ts';

/** What the way out needs of the world. */
export interface DeliverDependencies extends Omit<AttemptDependencies, 'mayStart'>, PerformDependencies {
  readonly stage: string;
  readonly lanes: readonly Lane[];
  readonly outage: Outage;
  readonly policy: DeliveryPolicy;
  /** What must be left of the function's time for an attempt to start: its own limit, and what comes after it. */
  readonly startReserveMs: number;
  /** From 0 up to, not including, 1. */
  readonly random: () => number;
  readonly log: Log;
}

/**
 * The way out: attempts every record of a batch, decides what becomes of each, and performs it.
 * A record that is not reported as failed is deleted by the event source mapping.
 */
export function createDeliver(
  dependencies: DeliverDependencies,
): (event: SQSEvent, context: Pick<Context, 'getRemainingTimeInMillis'>) => Promise<SQSBatchResponse> {
  const { stage, lanes, policy, startReserveMs, random, now, log } = dependencies;

  return async ({ Records }, context) => {
    const [first] = Records;
    if (first === undefined) return { batchItemFailures: [] };
    // A mapping feeds from one queue: every record of a batch is from the same lane.
    const lane = laneOf(first.eventSourceARN, lanes);
    const mayStart = () => context.getRemainingTimeInMillis() >= startReserveMs;

    const startedAt = now();
    const { records, attempts } = await attemptBatch(readRecords(Records), { ...dependencies, mayStart });
    const decided = records.map(({ read, finding, ms }): Decided => {
      const circumstances = { ...circumstancesOf(read.record, now()), chance: random() };
      const decision = decide(finding, circumstances, policy);
      if (finding.kind !== 'delivered') {
        const { receiveCount } = circumstances;
        log.warn('push not delivered', { ...describe(read), lane: lane.name, finding, ms, receiveCount, decision });
      }
      return { read, finding, decision, receiveCount: circumstances.receiveCount };
    });
    const failed = await perform(decided, lane, dependencies);
    const failedIds = failed.map(({ record }) => record.messageId);

    const metrics = summarize(decided, new Set(failedIds), attempts, now());
    const blob = metricsBlob(metrics, { Stage: stage, Lane: lane.name }, now());
    log.info('batch', { lane: lane.name, records: Records.length, ms: now() - startedAt, ...blob });
    return { batchItemFailures: failedIds.map((itemIdentifier) => ({ itemIdentifier })) };
  };
}

function circumstancesOf({ attributes }: SQSRecord, now: number) {
  return {
    receiveCount: Number(attributes.ApproximateReceiveCount),
    // The clock of SQS may be ahead of ours.
    ageMs: Math.max(0, now - Number(attributes.SentTimestamp)),
  };
}

/** A record in a log: enough to follow it, nothing that could be misused. */
function describe({ pushId, reading }: ReadRecord) {
  if (!reading.ok) return { id: pushId };
  const { verb, appId, deviceToken } = reading.queued.push;
  return { id: pushId, verb, appId, device: deviceHash(appId, deviceToken) };
}
