import type { Context, SQSBatchResponse, SQSEvent, SQSRecord } from 'aws-lambda';
import * as v from 'valibot';
import { metricsBlob, type Dimensions } from '../../shared/aws/metrics.ts';
import { describeError, type Log } from '../../shared/log.ts';
import { deviceHash } from '../../shared/push/redaction.ts';
import { deviceKeyOf } from '../../shared/registry/device.ts';
import type { Registry } from '../../shared/registry/registry.ts';
import { endBy } from './deadline.ts';
import { writeEveryMs } from './report.ts';

export interface PruneDependencies {
  readonly registry: Pick<Registry, 'accountsOf' | 'entriesOf' | 'remove'>;
  readonly dimensions: Dimensions;
  /** How long before the function's own deadline it must answer. */
  readonly answerReserveMs: number;
  /** A signal that aborts after this time. */
  readonly timeoutSignal: (ms: number) => AbortSignal;
  readonly now: () => number;
  readonly log: Log;
}

const time = v.pipe(v.string(), v.isoTimestamp(), v.transform(Date.parse));

/** What is read of an event: docs/outcome-event.schema.json. */
const outcomeEvent = v.pipe(
  v.string(),
  v.parseJson(),
  v.object({
    version: v.literal(1),
    id: v.string(),
    reason: v.optional(v.string()),
    confirmed: v.optional(v.boolean(), false),
    acceptedAt: time,
    push: v.optional(v.object({ appId: v.string(), deviceToken: v.string() })),
  }),
);

/**
 * Within this time after a push was accepted, its verdict is believed although the device may have reported since. A
 * device that does so unchanged is not written, so it is pruned all the same and is back when its app starts again:
 * to prevent that, each report would have to be written.
 */
const promptMs = 60_000;

/**
 * Why a device stays although the gateway calls it unregistered; `undefined` if it is to be removed: if the event is
 * confirmed, the registry has no report since the push was accepted, and it would have one or the verdict is prompt.
 * @param lastSeenMs the last report that was written. Others may have followed, because an unchanged device is written
 * once a day.
 */
export function whyKept(
  { confirmed, acceptedAtMs }: { readonly confirmed: boolean; readonly acceptedAtMs: number },
  lastSeenMs: number,
  nowMs: number,
): 'unconfirmed' | 'reported since' | 'perhaps reported since' | undefined {
  if (!confirmed) return 'unconfirmed';
  if (lastSeenMs > acceptedAtMs) return 'reported since';
  const wouldHaveBeenWritten = acceptedAtMs - lastSeenMs >= writeEveryMs;
  return wouldHaveBeenWritten || nowMs - acceptedAtMs <= promptMs ? undefined : 'perhaps reported since';
}

/** Creates the handler of the queue `prunes`, which removes the devices that the gateway calls unregistered. */
export function createPruner(dependencies: PruneDependencies) {
  const { registry, dimensions, answerReserveMs, timeoutSignal, now, log } = dependencies;

  /** @throws the errors of the table. */
  const prune = async (
    { messageId, body }: SQSRecord,
    count: (end: 'pruned' | 'kept') => void,
    abortSignal: AbortSignal,
  ) => {
    const reading = v.safeParse(outcomeEvent, body);
    if (!reading.success) {
      log.error('event not readable', { event: messageId });
      return;
    }
    const { id, reason, confirmed, acceptedAt: acceptedAtMs, push } = reading.output;
    // SNS can take 15 minutes to apply the filter of a new subscription.
    if (reason !== 'unregistered' || push === undefined) return;
    const key = deviceKeyOf(push);
    const fields = { id, device: deviceHash(push.appId, push.deviceToken) };

    const pruneFrom = async (account: string): Promise<void> => {
      const entry = (await registry.entriesOf(account, abortSignal)).find((each) => each.key === key);
      // It is gone: the index is behind the table.
      if (entry?.kind !== 'device') return;
      const { lastSeenMs } = entry.device;
      const why = whyKept({ confirmed, acceptedAtMs }, lastSeenMs, now());
      if (why !== undefined) {
        count('kept');
        log.info('device kept', { ...fields, why });
      } else if (await registry.remove(account, key, lastSeenMs, abortSignal)) {
        count('pruned');
        log.info('device pruned', fields);
      } else {
        // It has reported meanwhile, or another event has removed it.
        await pruneFrom(account);
      }
    };
    for (const account of await registry.accountsOf(push, abortSignal)) await pruneFrom(account);
  };

  return async ({ Records: records }: SQSEvent, context: Context): Promise<SQSBatchResponse> => {
    // Without an answer, all events of the batch would come again.
    const deadline = timeoutSignal(Math.max(0, context.getRemainingTimeInMillis() - answerReserveMs));
    const counts = { pruned: 0, kept: 0 };
    const failed: string[] = [];
    await Promise.all(
      records.map(async (record) => {
        try {
          await endBy(deadline, (signal) => prune(record, (end) => (counts[end] += 1), signal));
        } catch (error) {
          failed.push(record.messageId);
          log.warn('device not pruned', { event: record.messageId, error: describeError(error) });
        }
      }),
    );
    const metrics = { DevicesPruned: counts.pruned, DevicesKept: counts.kept };
    if (counts.pruned + counts.kept > 0) log.metrics(metricsBlob(metrics, dimensions, now()));
    return { batchItemFailures: failed.map((itemIdentifier) => ({ itemIdentifier })) };
  };
}
