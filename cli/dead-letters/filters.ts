import type { DeadLetterReason } from '../../shared/push/dead-letter.ts';
import type { Given } from '../cli-context.ts';
import { ageMsOf, type DeadLetterMessage } from './dead-letter-message.ts';

/** The options that choose dead letters. A dead letter must match all that are set. Durations are in milliseconds. */
export type Filters = Given<{
  reason: readonly DeadLetterReason[];
  appId: readonly string[];
  /** Push or message ids. */
  id: readonly string[];
  olderThan: number;
  newerThan: number;
}>;

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
