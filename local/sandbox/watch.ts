import type { SQSEvent, SQSRecord } from 'aws-lambda';
import type { FauxqsServer } from 'fauxqs';
import * as v from 'valibot';
import { follow, messagesIn } from '../embedded-aws.ts';
import { settledOf } from '../event-source-mapping.ts';
import type { Pushes, ReceivedMessage } from './pushes.ts';

export type QueueNames = Readonly<Record<'pushes' | 'sweeps' | 'undeliverable', string>>;

/** Tells `pushes` of every push that the intake, a sweep or a redrive puts on a queue, from now on. */
export function watchQueues(aws: FauxqsServer, queues: QueueNames, pushes: Pushes): void {
  follow(aws, (message) => {
    if (message.service !== 'sqs' || message.status !== 'published') return;
    const source = sourceOf(message.queueName, queues);
    const { messageId, body, timestamp: sentAtMs, messageAttributes } = message;
    if (source) pushes.queued({ messageId, body, sentAtMs, pushId: messageAttributes['pushId']?.StringValue }, source);
  });
}

/**
 * Tells `pushes` what becomes of the batch that `invoke` gives to `deliver`. It also sees the pushes of queues that
 * fauxqs has kept from an earlier run and does not report on (2.4.1).
 */
export async function watchBatch(
  { Records: records }: SQSEvent,
  aws: FauxqsServer,
  queues: QueueNames,
  pushes: Pushes,
  now: () => number,
  invoke: () => Promise<unknown>,
): Promise<unknown> {
  const source = sourceOf(records[0]?.eventSourceARN.split(':').at(-1), queues);
  if (source === undefined) return invoke();
  const invokedAt = now();
  const batch = pushes.receiving(records.map(messageOf), source);
  // A function that fails settles nothing.
  const answer = await invoke().catch((error: unknown) => {
    batch.ended(
      () => false,
      () => undefined,
    );
    throw error;
  });
  const settled = new Set(settledOf(records, ({ messageId }) => messageId, answer).map(({ messageId }) => messageId));
  // Each batch of an outage settles nothing, and there may be many dead letters. Not those of before: a redriven push has
  // a dead letter until the redrive deletes it.
  const deadLetters = settled.size === 0 ? [] : messagesIn(aws, queues.undeliverable);
  const fresh = deadLetters.filter(({ sentTimestamp }) => sentTimestamp >= invokedAt);
  const attributesOf = new Map(
    fresh.map(({ messageAttributes }) => [messageAttributes['pushId']?.StringValue, messageAttributes]),
  );
  batch.ended(
    ({ messageId }) => settled.has(messageId),
    (pushId) => {
      const attributes = attributesOf.get(pushId);
      return attributes && ((name) => attributes[name]?.StringValue);
    },
  );
  return answer;
}

const failureLine = v.object({
  message: v.literal('push not delivered'),
  id: v.string(),
  receiveCount: v.number(),
  ms: v.optional(v.number()),
  outcome: v.object({ kind: v.string(), status: v.optional(v.number()), failure: v.optional(v.string()) }),
});

/** Tells `pushes` of a push that was not delivered, if this line of a function's log says so. */
export function watchLogLine(line: string, pushes: Pushes): void {
  if (!line.includes('"push not delivered"')) return;
  const read = v.safeParse(v.pipe(v.string(), v.parseJson(), failureLine), line);
  if (!read.success) return;
  const { outcome, ...failure } = read.output;
  pushes.failed({ ...failure, ...outcome });
}

function sourceOf(queueName: string | undefined, queues: QueueNames): 'pushes' | 'sweeps' | undefined {
  return queueName === queues.pushes ? 'pushes' : queueName === queues.sweeps ? 'sweeps' : undefined;
}

function messageOf({ messageId, body, attributes, messageAttributes }: SQSRecord): ReceivedMessage {
  return {
    ...{ messageId, body, pushId: messageAttributes['pushId']?.stringValue },
    sentAtMs: Number(attributes.SentTimestamp),
    receiveCount: Number(attributes.ApproximateReceiveCount),
  };
}
