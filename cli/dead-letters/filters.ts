import type { DeadLetterReason } from '../../shared/push/dead-letter.ts';
import { ageMsOf, type DeadLetterMessage } from './dead-letter-message.ts';

/** The options that choose dead letters. A dead letter must match all that are set. */
export interface Filters {
  /** Any of these. */
  readonly reason?: readonly DeadLetterReason[] | undefined;
  /** Any of these. */
  readonly appId?: readonly string[] | undefined;
  /** Any of these push or message ids. */
  readonly id?: readonly string[] | undefined;
  /** In milliseconds. */
  readonly olderThan?: number | undefined;
  /** In milliseconds. */
  readonly newerThan?: number | undefined;
}

/** Whether any filter is set. */
export function isFiltering({ reason, appId, id, olderThan, newerThan }: Filters): boolean {
  return [reason, appId, id, olderThan, newerThan].some((value) => value !== undefined);
}

/** @param now milliseconds since the epoch: one time for all dead letters of a command. */
export function matches(message: DeadLetterMessage, filters: Filters, now: number): boolean {
  const { reason, appId, id, olderThan = -Infinity, newerThan = Infinity } = filters;
  const { content, pushId, messageId } = message;
  const ageMs = ageMsOf(message, now);
  return (
    (reason === undefined || reason.includes(message.reason)) &&
    (appId === undefined || (content.ok && appId.includes(content.queued.push.appId))) &&
    (id === undefined || id.includes(pushId) || id.includes(messageId)) &&
    ageMs >= olderThan &&
    ageMs <= newerThan
  );
}
