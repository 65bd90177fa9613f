import type { SQSEvent, SQSRecord } from 'aws-lambda';
import type { FauxqsServer } from 'fauxqs';
import * as v from 'valibot';
import { follow, messagesIn } from '../embedded-aws.ts';
import { settledOf } from '../event-source-mapping.ts';
import type { Pushes, ReceivedMessage } from './pushes.ts';

export type QueueNames = Readonly<Record<'pushes' | 'sweeps' | 'undeliverable', string>>;

/** The attributes of dead letters, by the id of their push. */
type DeadLetterAttributes = Map<string, Readonly<Record<string, { readonly StringValue?: string | undefined }>>>;

/**
 * Tells `pushes` of every push that the intake, a sweep or a redrive puts on a queue, from now on.
 * @returns a function to invoke `deliver` through, which tells `pushes` what becomes of its batch. It also sees the
 *   pushes of queues that fauxqs has kept from an earlier run and does not report on (2.4.1).
 */
export function watchQueues(aws: FauxqsServer, queues: QueueNames, pushes: Pushes, now: () => number) {
  /** For each batch that is being delivered, the dead letters since it began. */
  const open = new Set<DeadLetterAttributes>();
  let isReported = false;
  follow(aws, (event) => {
    if (event.service !== 'sqs' || event.status !== 'published') return;
    const { queueName, messageId, body, timestamp: sentAtMs, messageAttributes } = event;
    const pushId = messageAttributes['pushId']?.StringValue;
    const source = sourceOf(queueName, queues);
    if (source) pushes.queued({ messageId, body, sentAtMs, pushId }, source);
    if (queueName !== queues.undeliverable) return;
    isReported = true;
    if (pushId !== undefined) for (const deadLetters of open) deadLetters.set(pushId, messageAttributes);
  });

  return async ({ Records: records }: SQSEvent, invoke: () => Promise<unknown>): Promise<unknown> => {
    const source = sourceOf(records[0]?.eventSourceARN.split(':').at(-1), queues);
    if (source === undefined) return invoke();
    const invokedAt = now();
    const deadLetters: DeadLetterAttributes = new Map();
    open.add(deadLetters);
    const batch = pushes.receiving(records.map(messageOf), source);
    // A function that fails settles nothing.
    let settled: ReadonlySet<string> = new Set();
    try {
      const answer = await invoke();
      settled = new Set(settledOf(records, ({ messageId }) => messageId, answer).map(({ messageId }) => messageId));
      return answer;
    } finally {
      open.delete(deadLetters);
      // Takes 10 ms with 50,000 dead letters.
      if (settled.size > 0 && !isReported) {
        for (const { sentTimestamp, messageAttributes } of messagesIn(aws, queues.undeliverable)) {
          const pushId = messageAttributes['pushId']?.StringValue;
          // A redriven push has the dead letter of before until the redrive deletes it.
          if (pushId !== undefined && sentTimestamp >= invokedAt) deadLetters.set(pushId, messageAttributes);
        }
      }
      batch.ended(
        ({ messageId }) => settled.has(messageId),
        (pushId) => {
          const attributes = deadLetters.get(pushId);
          return attributes && ((name) => attributes[name]?.StringValue);
        },
      );
    }
  };
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
