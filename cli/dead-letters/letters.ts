import type { Message } from '@aws-sdk/client-sqs';
import { readDeadLetter, type DeadLetter } from '../../shared/push/dead-letter.ts';
import { deviceHash } from '../../shared/push/redaction.ts';
import { parseQueuedPush, type QueuedPushReading } from '../../shared/push/queued-push.ts';

/** A dead letter as it was received. */
export interface Letter extends DeadLetter {
  /** The message's own id on the queue of dead letters. */
  readonly messageId: string;
  /** By which this receive of it can be deleted or shown again. */
  readonly receiptHandle: string;
  readonly body: string;
  /** What the body says; it may be malformed. */
  readonly content: QueuedPushReading;
}

/** The queue of a letter that names none, and of which SQS does not say where it came from: an embedded one may not. */
const defaultQueue = 'pushes';

/** Reads a received message, whatever it is: one that can't be understood is a letter all the same. */
export function readLetter(message: Message): Letter {
  const { MessageId: messageId = '', ReceiptHandle: receiptHandle = '', Body: body = '' } = message;
  const system = message.Attributes ?? {};
  const content = parseQueuedPush(body);
  const sentAt = new Date(Number(system.SentTimestamp ?? 0));
  const values = Object.fromEntries(
    Object.entries(message.MessageAttributes ?? {}).map(([name, { StringValue }]) => [name, StringValue]),
  );
  const fallback = {
    pushId: messageId,
    queue: queueOfQueue(system.DeadLetterQueueSourceArn) ?? defaultQueue,
    attempts: Number(system.ApproximateReceiveCount ?? 0),
    acceptedAt: (content.ok ? content.queued.acceptedAt : sentAt).toISOString(),
  };
  const deadLetter = readDeadLetter(values, fallback);
  // Whoever can send to the queue can send anything.
  const attempts = Number.isSafeInteger(deadLetter.attempts) ? deadLetter.attempts : fallback.attempts;
  const acceptedAt = Number.isNaN(Date.parse(deadLetter.acceptedAt)) ? fallback.acceptedAt : deadLetter.acceptedAt;
  return { ...deadLetter, attempts, acceptedAt, messageId, receiptHandle, body, content };
}

/** The queue that a queue is: what follows the last `-` of its name, as the template forms it. */
export function queueOfQueue(queueArn: string | undefined): string | undefined {
  const name = queueArn?.split(':').at(-1);
  return name?.slice(name.lastIndexOf('-') + 1);
}

/** How long ago a letter's push was accepted. */
export function ageMsOf(letter: Pick<Letter, 'acceptedAt'>, now: number): number {
  return Math.max(0, now - Date.parse(letter.acceptedAt));
}

/** A letter as it is shown: in JSON as it is, in a table in part. */
export interface LetterView {
  readonly id: string;
  readonly messageId: string;
  readonly reason: DeadLetter['reason'];
  readonly status?: number;
  readonly words?: string;
  readonly queue: string;
  readonly attempts: number;
  readonly acceptedAt: string;
  readonly ageSeconds: number;
  /** These and the parameters only where the body could be read. */
  readonly verb?: string;
  readonly appId?: string;
  readonly device?: string;
  readonly parameters?: Readonly<Record<string, string>>;
  /** Why the body could not be read, and the body. */
  readonly fault?: string;
  readonly body?: string;
}

/** The parameters that identify nobody and say nothing. */
const openParameters: ReadonlySet<string> = new Set(['verb', 'AppId']);

/** @param reveal shows tokens, selectors, texts and malformed bodies; without it only their length is told. */
export function viewOf(letter: Letter, now: number, reveal: boolean): LetterView {
  const { pushId, messageId, reason, status, words, queue, attempts, acceptedAt, content, body } = letter;
  const shown = (text: string) => (reveal ? text : lengthOf(text));
  const known = {
    ...{ id: pushId, messageId, reason },
    ...(status !== undefined && { status }),
    ...(words !== undefined && { words }),
    ...{ queue, attempts, acceptedAt, ageSeconds: Math.floor(ageMsOf(letter, now) / 1000) },
  };
  if (!content.ok) return { ...known, fault: content.why, body: shown(body) };
  const { verb, appId, deviceToken, parameters } = content.queued.push;
  return {
    ...{ ...known, verb, appId, device: deviceHash(appId, deviceToken) },
    parameters: Object.fromEntries(
      parameters.map(([name, value]) => [name, openParameters.has(name) ? value : shown(value)]),
    ),
  };
}

function lengthOf(text: string): string {
  const characters = Array.from(text).length;
  return characters === 1 ? '1 character' : `${String(characters)} characters`;
}
