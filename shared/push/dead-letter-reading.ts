import { deadLetterReasons, type DeadLetter, type DeadLetterReason } from './dead-letter.ts';
import { parseQueuedPush, type QueuedPushReading } from './queued-push.ts';

/** A message on the queue of the dead letters. */
export interface DeadLetterSource {
  readonly messageId: string;
  readonly body: string;
  /** Its attributes: strings, and numbers as text. */
  readonly valueOf: (attribute: string) => string | undefined;
  /** When it was sent, in milliseconds since the epoch. */
  readonly sentAtMs: number;
  readonly receives: number;
  /** The ARN of the queue that SQS itself moved it from. */
  readonly sourceArn?: string | undefined;
}

/** What a message on the queue of the dead letters says. */
export interface DeadLetterReading extends DeadLetter {
  /** The message id on the queue of the dead letters. */
  readonly messageId: string;
  readonly body: string;
  /** The push in the body, which may be malformed. */
  readonly content: QueuedPushReading;
}

/** The queue of a dead letter without a queue attribute, if SQS does not say where it came from. */
const defaultQueue = 'pushes';

/**
 * Reads a dead letter. Any message counts as one, also if its body or attributes are invalid: SQS itself moves a message
 * without attributes, after its last allowed receive.
 */
export function readDeadLetter(source: DeadLetterSource): DeadLetterReading {
  const { messageId, body, valueOf, sentAtMs, receives, sourceArn } = source;
  const content = parseQueuedPush(body);
  const [acceptedAt, words, status] = [valueOf('acceptedAt'), valueOf('words'), integerOf(valueOf('status'))];
  return {
    reason: reasonOf(valueOf('reason')),
    pushId: valueOf('pushId') ?? messageId,
    queue: valueOf('queue') ?? queueNameOf(sourceArn) ?? defaultQueue,
    attempts: integerOf(valueOf('attempts')) ?? receives,
    acceptedAt:
      acceptedAt === undefined || Number.isNaN(Date.parse(acceptedAt))
        ? (content.ok ? content.queued.acceptedAt : new Date(sentAtMs)).toISOString()
        : acceptedAt,
    ...(status !== undefined && { status }),
    ...(words !== undefined && { words }),
    ...{ messageId, body, content },
  };
}

/** The reason that an attribute gives. SQS itself gives none: it moves a message that was received too often. */
export function reasonOf(attribute: string | undefined): DeadLetterReason {
  return deadLetterReasons.find((known) => known === attribute) ?? 'exhausted';
}

function integerOf(text: string | undefined): number | undefined {
  return text !== undefined && Number.isSafeInteger(Number(text)) ? Number(text) : undefined;
}

/** The short name of a queue: the template appends it to the other parts with a `-`. */
export function queueNameOf(queueArn: string | undefined): string | undefined {
  const name = queueArn?.split(':').at(-1);
  return name?.slice(name.lastIndexOf('-') + 1);
}
