import type { SQSBatchItemFailure, SQSBatchResponse, SQSEvent, SQSRecord } from 'aws-lambda';
import pMap from 'p-map';
import { decide, type Decision, type DeliveryPolicy } from '../core/decision.ts';
import { deviceHash } from '../core/device-hash.ts';
import { encodeForm } from '../core/form.ts';
import { judgeAnswer, judgeFailure, type Outcome } from '../core/outcome.ts';
import type { Push } from '../core/push.ts';
import { parseQueuedPush } from '../core/queued-push.ts';
import type { Log, LogFields } from '../log.ts';
import type { Delay } from '../sqs/visibility.ts';
import type { Gateway } from './gateway.ts';

/** What the way out needs of the world. */
export interface DeliverDependencies {
  readonly gateway: Pick<Gateway, 'post'>;
  /** Hides records of the lane with this ARN; resolves to what went wrong. */
  readonly delay: (laneArn: string, delays: readonly Delay[]) => Promise<unknown[]>;
  readonly policy: DeliveryPolicy;
  /** Attempts under way at once. */
  readonly concurrency: number;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
  /** From 0 up to, not including, 1. */
  readonly random: () => number;
  readonly log: Log;
}

interface Judged {
  readonly record: SQSRecord;
  readonly decision: Decision;
}

/**
 * The way out: attempts every record of a batch and reports those that are to come back.
 * An id that is not reported is deleted by the event source mapping.
 */
export function createDeliver(dependencies: DeliverDependencies): (event: SQSEvent) => Promise<SQSBatchResponse> {
  const { delay, policy, concurrency, random, log } = dependencies;

  const judge = async (record: SQSRecord): Promise<Judged> => {
    const receiveCount = Number(record.attributes.ApproximateReceiveCount);
    const { outcome, fields } = await attemptRecord(record, dependencies);
    const decision = decide(outcome, receiveCount, random(), policy);
    if (outcome.kind !== 'delivered') {
      log.warn('push not delivered', { id: record.messageId, receiveCount, ...fields, outcome, decision });
    }
    return { record, decision };
  };

  return async ({ Records }) => {
    const judged = await pMap(Records, judge, { concurrency });

    const toRetry = judged.flatMap(({ record, decision }) =>
      decision.kind === 'retry' ? [{ record, delaySeconds: decision.delaySeconds }] : [],
    );
    const byLane = Map.groupBy(toRetry, ({ record }) => record.eventSourceARN);
    await Promise.all(
      [...byLane].map(async ([laneArn, ofLane]) => {
        const delays = ofLane.map(({ record: { receiptHandle }, delaySeconds }) => ({ receiptHandle, delaySeconds }));
        for (const error of await delay(laneArn, delays)) log.warn('delay not set', { error });
      }),
    );
    return {
      batchItemFailures: toRetry.map(({ record }): SQSBatchItemFailure => ({ itemIdentifier: record.messageId })),
    };
  };
}

interface Attempted {
  readonly outcome: Outcome;
  readonly fields: LogFields;
}

/** Never throws: a record fails alone. */
async function attemptRecord(record: SQSRecord, { gateway, now }: DeliverDependencies): Promise<Attempted> {
  const reading = parseQueuedPush(record.body);
  if (!reading.ok) return { outcome: judgeFailure(`malformed: ${reading.why}`), fields: {} };
  const { push } = reading.queued;
  const startedAt = now();
  const outcome = await attemptPush(push, gateway, now);
  const { verb, appId, deviceToken } = push;
  return { outcome, fields: { verb, appId, device: deviceHash(appId, deviceToken), ms: now() - startedAt } };
}

async function attemptPush(push: Push, gateway: Pick<Gateway, 'post'>, now: () => number): Promise<Outcome> {
  try {
    return judgeAnswer(await gateway.post(encodeForm(push.parameters)), now());
  } catch (error) {
    return judgeFailure(error instanceof Error ? error.message : String(error));
  }
}
