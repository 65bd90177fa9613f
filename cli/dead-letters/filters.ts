import type { DeadLetterReason } from '../../shared/push/dead-letter.ts';
import { ageMsOf, type Letter } from './letters.ts';

/** Which letters are meant: those for which all of it holds. What is left out holds for every letter. */
export interface Filters {
  /** Any of these. */
  readonly reasons?: readonly DeadLetterReason[] | undefined;
  /** Any of these. */
  readonly appIds?: readonly string[] | undefined;
  /** Any of these, each the id of a push or of a message. */
  readonly ids?: readonly string[] | undefined;
  readonly olderThanMs?: number | undefined;
  readonly newerThanMs?: number | undefined;
}

/** Whether anything is filtered at all. */
export function isFiltering(filters: Filters): boolean {
  return Object.values(filters).some((value) => value !== undefined);
}

/** @param now milliseconds since the epoch, one moment for all the letters of a command. */
export function matches(letter: Letter, filters: Filters, now: number): boolean {
  const { reasons, appIds, ids, olderThanMs = -Infinity, newerThanMs = Infinity } = filters;
  const { content, reason, pushId, messageId } = letter;
  const ageMs = ageMsOf(letter, now);
  return (
    (reasons === undefined || reasons.includes(reason)) &&
    (appIds === undefined || (content.ok && appIds.includes(content.queued.push.appId))) &&
    (ids === undefined || ids.includes(pushId) || ids.includes(messageId)) &&
    ageMs >= olderThanMs &&
    ageMs <= newerThanMs
  );
}
