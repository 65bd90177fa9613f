import type { Context, SQSBatchResponse, SQSEvent, SQSRecord } from 'aws-lambda';
import { decide, type DeliveryPolicy } from './policy/decision.ts';
import { queueOf, type Queue } from '../../shared/aws/queue.ts';
import { metricsBlob, type Dimensions } from '../../shared/aws/metrics-blob.ts';
import { locateError, type Log } from '../../shared/log.ts';
import { attemptBatch, type AttemptDependencies, type Attempted } from './attempt.ts';
import { describeFailure } from './failure.ts';
import { perform, type Decided, type ApplyDependencies } from './apply.ts';
import { readRecords } from './record.ts';
import { summarize } from './summary.ts';

/** What the way out needs of the world. */
export interface DeliverDependencies extends Omit<AttemptDependencies, 'mayStart'>, ApplyDependencies {
  readonly dimensions: Dimensions;
  readonly queues: readonly Queue[];
  readonly policy: DeliveryPolicy;
  /** What must be left of the function's time for an attempt to start: its own limit, and what comes after it. */
  readonly startReserveMs: number;
  /** How long before the function's own deadline the answer must be given. */
  readonly answerReserveMs: number;
  /** From 0 up to, not including, 1. */
  readonly random: () => number;
  readonly log: Log;
}

type Invocation = Pick<Context, 'getRemainingTimeInMillis'>;

/**
 * The way out: attempts every record of a batch, decides what becomes of each, and performs it.
 * A record that is not reported as failed is deleted by the event source mapping.
 */
export function createDeliver(
  dependencies: DeliverDependencies,
): (event: SQSEvent, context: Invocation) => Promise<SQSBatchResponse> {
  const { queues, dimensions, policy, startReserveMs, answerReserveMs, random, now, log } = dependencies;

  const decideOne = (attempted: Attempted): Decided => {
    const { receiveCount, ageMs } = circumstancesOf(attempted.read.record, now());
    const decision = decide(attempted.outcome, { receiveCount, ageMs, chance: random() }, policy);
    return { ...attempted, decision, receiveCount };
  };

  const deliver = async (records: SQSRecord[], queue: Queue, context: Invocation): Promise<SQSBatchResponse> => {
    const startedAt = now();
    const mayStart = () => context.getRemainingTimeInMillis() >= startReserveMs;
    const batch = await attemptBatch(readRecords(records), { ...dependencies, mayStart });
    const decided = batch.records.map(decideOne);
    for (const one of decided) {
      const failure = describeFailure(one);
      if (failure !== undefined) log.warn('push not delivered', { ...failure, queue: queue.name });
    }

    const performMs = Math.max(0, context.getRemainingTimeInMillis() - answerReserveMs);
    const failed = await perform(decided, queue, dependencies, AbortSignal.timeout(performMs));
    const failedIds = failed.map(({ record }) => record.messageId);

    const untried = decided.filter(({ outcome }) => outcome.kind === 'untried').length;
    const metrics = summarize(decided, new Set(failedIds), batch.attempts);
    const blob = metricsBlob(metrics, { ...dimensions, Queue: queue.name }, now());
    log.info('batch', { queue: queue.name, records: records.length, untried, ms: now() - startedAt, ...blob });
    return { batchItemFailures: failedIds.map((itemIdentifier) => ({ itemIdentifier })) };
  };

  return async ({ Records: records }, context) => {
    const [first] = records;
    if (first === undefined) return { batchItemFailures: [] };
    try {
      // A mapping feeds from one queue: every record of a batch is from the same queue.
      return await deliver(records, queueOf(first.eventSourceARN, queues), context);
    } catch (error) {
      // A bug. The whole batch comes back; and the platform, which logs what is thrown, is told no words of it.
      log.error('batch failed', { records: records.length, error: locateError(error) });
      // eslint-disable-next-line preserve-caught-error -- its words may quote what was sent
      throw new Error('batch failed');
    }
  };
}

function circumstancesOf({ attributes }: SQSRecord, now: number) {
  return {
    receiveCount: Number(attributes.ApproximateReceiveCount),
    // The clock of SQS may be ahead of ours.
    ageMs: Math.max(0, now - Number(attributes.SentTimestamp)),
  };
}
