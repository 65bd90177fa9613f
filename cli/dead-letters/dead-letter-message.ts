import type { Message } from '@aws-sdk/client-sqs';
import { readDeadLetter, type DeadLetterReading } from '../../shared/push/dead-letter-reading.ts';
import type { DeadLetterReason } from '../../shared/push/dead-letter.ts';
import { deviceHash } from '../../shared/push/redaction.ts';
import type { QueuedPush } from '../../shared/push/queued-push.ts';
import type { Given } from '../cli-context.ts';
import { counted } from '../counted.ts';

/** A dead letter as it was received. */
export interface DeadLetterMessage extends DeadLetterReading {
  /** Identifies this receive, to delete the message or make it visible again. */
  readonly receiptHandle: string;
}

/** Reads a received message. */
export function parseDeadLetter(message: Message): DeadLetterMessage {
  const { MessageId: messageId = '', ReceiptHandle: receiptHandle = '', Body: body = '' } = message;
  const { SentTimestamp, ApproximateReceiveCount, DeadLetterQueueSourceArn: sourceArn } = message.Attributes ?? {};
  return {
    ...readDeadLetter({
      ...{ messageId, body, sourceArn },
      sentAtMs: Number(SentTimestamp ?? 0),
      receives: Number(ApproximateReceiveCount ?? 0),
      valueOf: (name) => message.MessageAttributes?.[name]?.StringValue,
    }),
    receiptHandle,
  };
}

/** The time since the push was accepted. */
function ageMsOf({ acceptedAt }: Pick<DeadLetterMessage, 'acceptedAt'>, now: number): number {
  return Math.max(0, now - Date.parse(acceptedAt));
}

/** The options that choose dead letters. A dead letter must match all that are set. Durations are in milliseconds. */
export type Filters = Given<{
  reason: readonly DeadLetterReason[];
  appId: readonly string[];
  /** Names of API keys. */
  client: readonly string[];
  /** Sweeps as `sweepName` writes them, or plans for all of their runs. */
  sweep: readonly string[];
  /** Push or message ids. */
  id: readonly string[];
  olderThan: number;
  newerThan: number;
}>;

/** Whether any filter is set. */
export function isFiltering({ reason, appId, client, sweep, id, olderThan, newerThan }: Filters): boolean {
  return [reason, appId, client, sweep, id, olderThan, newerThan].some((value) => value !== undefined);
}

/** @param now milliseconds since the epoch: one time for all dead letters of a command. */
export function matches(message: DeadLetterMessage, filters: Filters, now: number): boolean {
  const { reason, appId, client, sweep, id, olderThan = -Infinity, newerThan = Infinity } = filters;
  const { content, pushId, messageId } = message;
  const queued = content.ok ? content.queued : undefined;
  const ageMs = ageMsOf(message, now);
  return (
    isOneOf(reason, message.reason) &&
    isOneOf(appId, queued?.push.appId) &&
    isOneOf(client, queued?.client) &&
    isOneOf(sweep, queued?.sweep?.plan, queued?.sweep && sweepName(queued.sweep)) &&
    isOneOf(id, pushId, messageId) &&
    ageMs >= olderThan &&
    ageMs <= newerThan
  );
}

/** Whether one of the values is among those that are wanted. */
function isOneOf(wanted: readonly string[] | undefined, ...values: readonly (string | undefined)[]): boolean {
  return wanted === undefined || values.some((value) => value !== undefined && wanted.includes(value));
}

/** A run of a sweep as people write it. */
export function sweepName({ plan, run }: NonNullable<QueuedPush['sweep']>): string {
  return `${plan}/${run}`;
}

/** A dead letter as `show` and the JSON output present it. */
export type DeadLetterView = ReturnType<typeof viewOf>;

/** The parameters that identify nobody and contain no text. */
const publicParameters: ReadonlySet<string> = new Set(['verb', 'AppId']);

/** @param reveal shows tokens, selectors, texts and malformed bodies. Otherwise only their length is shown. */
export function viewOf(message: DeadLetterMessage, now: number, reveal: boolean) {
  const { pushId, messageId, reason, status, words, queue, attempts, acceptedAt, content, body } = message;
  const shown = (text: string) => (reveal ? text : lengthOf(text));
  const { push, expiresAt, client, sweep } = content.ok ? content.queued : {};
  return {
    ...{ id: pushId, messageId, reason, status, words, queue, attempts, acceptedAt },
    ...{ expiresAt: expiresAt?.toISOString(), client, sweep },
    ageSeconds: Math.floor(ageMsOf(message, now) / 1000),
    verb: push?.verb,
    appId: push?.appId,
    device: push && deviceHash(push.appId, push.deviceToken),
    parameters:
      push &&
      Object.fromEntries(
        push.parameters.map(([name, value]) => [name, publicParameters.has(name) ? value : shown(value)]),
      ),
    fault: content.ok ? undefined : content.why,
    body: content.ok ? undefined : shown(body),
  };
}

function lengthOf(text: string): string {
  return counted(Array.from(text).length, 'character');
}
