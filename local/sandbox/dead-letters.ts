import type { FauxqsServer } from 'fauxqs';
import { deadLetterReasons, type DeadLetterReason } from '../../shared/push/dead-letter.ts';
import { readDeadLetter, reasonOf } from '../../shared/push/dead-letter-reading.ts';
import { deviceHash } from '../../shared/push/redaction.ts';
import { messagesIn } from '../embedded-aws.ts';
import type { ShownDeadLetter, ShownDeadLetters } from './api.ts';

/** How many dead letters are shown. */
const shownAtMost = 500;

export type DeadLetters = ReturnType<typeof createDeadLetters>;
type Message = ReturnType<typeof messagesIn>[number];

/**
 * The dead letters of the local stack. They are inspected where they lie, so that they are not hidden from other readers
 * as they are from one that receives them.
 */
export function createDeadLetters() {
  let shown: ShownDeadLetters = { total: 0, byReason: {}, deadLetters: [] };
  let version = 0;
  let seen: ReadonlySet<string> = new Set();
  return {
    /** Takes what is on the queue now. */
    take(aws: FauxqsServer, queueName: string) {
      const messages = messagesIn(aws, queueName);
      if (messages.length === seen.size && messages.every(({ messageId }) => seen.has(messageId))) return;
      seen = new Set(messages.map(({ messageId }) => messageId));
      version += 1;
      shown = view(messages);
    },
    has: (messageId: string) => seen.has(messageId),
    version: () => version,
    read: () => shown,
  };
}

function view(messages: readonly Message[]): ShownDeadLetters {
  const counts = new Map<DeadLetterReason, number>();
  for (const message of messages) {
    const reason = reasonOf(valueOf(message, 'reason'));
    counts.set(reason, (counts.get(reason) ?? 0) + 1);
  }
  const newest = messages.toSorted((a, b) => b.sentTimestamp - a.sentTimestamp).slice(0, shownAtMost);
  return {
    total: messages.length,
    byReason: Object.fromEntries(
      deadLetterReasons.flatMap((reason) => {
        const count = counts.get(reason);
        return count === undefined ? [] : [[reason, count]];
      }),
    ),
    deadLetters: newest.map(shownDeadLetter),
  };
}

const valueOf = ({ messageAttributes }: Message, name: string) => messageAttributes[name]?.StringValue;

function shownDeadLetter(message: Message): ShownDeadLetter {
  const { messageId, body, sentTimestamp: sentAtMs, approximateReceiveCount: receives } = message;
  const reading = readDeadLetter({ messageId, body, sentAtMs, receives, valueOf: (name) => valueOf(message, name) });
  const { pushId: id, reason, status, words, queue, attempts, acceptedAt, content } = reading;
  const { push, client, sweep } = content.ok ? content.queued : {};
  return {
    ...{ id, messageId, reason, queue, attempts, acceptedAt },
    deadAt: new Date(sentAtMs).toISOString(),
    ...(status !== undefined && { status }),
    ...(words !== undefined && { words }),
    ...(push && { verb: push.verb, appId: push.appId, device: deviceHash(push.appId, push.deviceToken) }),
    ...(client !== undefined && { client }),
    ...(sweep && { sweep }),
    ...(!content.ok && { fault: content.why }),
  };
}
