import type { Context, SQSBatchResponse, SQSEvent, SQSRecord } from 'aws-lambda';
import { metricsBlob, type Dimensions } from '../../shared/aws/metrics.ts';
import { describeError, locateError, type Log } from '../../shared/log.ts';
import { applyDecisions, type ApplyDependencies } from './apply.ts';
import { attemptBatch, type AttemptDependencies } from './attempt.ts';
import type { SendCounts } from './aws-calls.ts';
import { outcomeCountsOf } from './outcome-counts.ts';
import { decide, type DecisionInput, type DeliveryPolicy } from './policy/decision.ts';
import { expiresInMs, queueOf, readRecord, type AttemptedRecord, type DecidedRecord, type Queue } from './record.ts';
import { describeFailure, summarize } from './log-fields.ts';

export interface DeliverDependencies extends Omit<AttemptDependencies, 'mayStart'>, ApplyDependencies {
  readonly dimensions: Dimensions;
  readonly queues: readonly Queue[];
  readonly policy: DeliveryPolicy;
  readonly sendCounts: SendCounts;
  /** An attempt starts only if this much of the function's time would be left after it, for what follows. */
  readonly afterAttemptsMs: number;
  /** How long before the function's deadline it must answer. */
  readonly answerReserveMs: number;
  readonly random: () => number;
  readonly log: Log;
}

type Invocation = Pick<Context, 'getRemainingTimeInMillis'>;

/** A batch waits no longer for its counts to be taken: they are worth less than its time. */
const maxCountsMs = 2000;

/**
 * Creates the handler: it attempts every record of a batch, decides what happens to each, and applies the decisions.
 * The event source mapping deletes each record that the answer does not report as failed.
 */
export function createDeliver(
  dependencies: DeliverDependencies,
): (event: SQSEvent, context: Invocation) => Promise<SQSBatchResponse> {
  const { queues, dimensions, policy, outage, sendCounts, afterAttemptsMs, answerReserveMs } = dependencies;
  const { timeoutSignal, random, now, log } = dependencies;

  const decideRecord = (
    attempted: AttemptedRecord,
    batchStartedAt: number,
    address: Pick<DecisionInput, 'isAddressSuspected' | 'isAddressConfirmed'>,
  ): DecidedRecord => {
    const { record, outcome, receiveCount, attempt } = attempted;
    // An attempt that began within the lifetime is not yet the last one, however long it took.
    const startedAt = attempt === undefined ? batchStartedAt : attempt.endedAt - attempt.ms;
    const input = {
      receiveCount,
      // The clock of SQS can be ahead of this one.
      ageMs: Math.max(0, startedAt - Number(record.attributes.SentTimestamp)),
      expiresInMs: expiresInMs(attempted, now()),
      ...address,
      chance: random(),
    };
    return { ...attempted, decision: decide(outcome, input, policy) };
  };

  const deliver = async (records: SQSRecord[], queue: Queue, context: Invocation): Promise<SQSBatchResponse> => {
    const startedAt = now();
    const mayStart = (attemptMs: number) => context.getRemainingTimeInMillis() >= attemptMs + afterAttemptsMs;
    const attempted = await attemptBatch(records.map(readRecord), { ...dependencies, mayStart });
    // After the batch, so that the final answers that led to the suspicion are not believed either.
    const addressFault = outage.addressFault();
    const address = {
      isAddressSuspected: addressFault !== undefined,
      isAddressConfirmed: outage.isAddressConfirmed(),
    };
    const decided = attempted.map((one) => decideRecord(one, startedAt, address));
    for (const record of decided) {
      const failure = describeFailure(record);
      if (failure !== undefined) log.warn('push not delivered', { ...failure, queue: queue.name });
    }

    const mustAnswer = timeoutSignal(Math.max(0, context.getRemainingTimeInMillis() - answerReserveMs));
    const applied = await applyDecisions(decided, queue, dependencies, mustAnswer);
    const { failedIds } = applied;
    const failed = new Set(failedIds);
    const counts = outcomeCountsOf(decided, failed);
    if (counts.length > 0) {
      const [lost] = (await sendCounts(counts, AbortSignal.any([mustAnswer, timeoutSignal(maxCountsMs)]))).failed;
      if (lost !== undefined) log.warn('outcome counts not sent', { counts, error: describeError(lost.error) });
    }

    const untried = decided.filter(({ outcome }) => outcome.kind === 'untried').length;
    if (addressFault !== undefined)
      log.error(`the gateway's address looks wrong: ${addressFault}`, { queue: queue.name });
    const metrics = summarize(decided, failed);
    if (metrics.PageAnswers !== 0) {
      const answers = metrics.PageAnswers;
      log.warn('pushes count as delivered although the answer was an HTML page', { queue: queue.name, answers });
    }
    const blob = metricsBlob(
      { ...metrics, ...applied.metrics, AddressSuspected: addressFault === undefined ? 0 : 1 },
      { ...dimensions, Queue: queue.name },
      now(),
    );
    log.info('batch', { queue: queue.name, records: records.length, untried, ms: now() - startedAt, ...blob });
    return { batchItemFailures: failedIds.map((itemIdentifier) => ({ itemIdentifier })) };
  };

  return async ({ Records: records }, context) => {
    const [first] = records;
    if (first === undefined) return { batchItemFailures: [] };
    try {
      // An event source mapping has one queue, so all records of a batch are from the same queue.
      return await deliver(records, queueOf(first.eventSourceARN, queues), context);
    } catch (error) {
      // A bug. The whole batch is retried. Lambda logs what is thrown, so the error's own message is left out of it.
      log.error('batch failed', { records: records.length, error: locateError(error) });
      // eslint-disable-next-line preserve-caught-error -- its message may quote a push
      throw new Error('batch failed');
    }
  };
}
