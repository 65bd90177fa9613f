import { deadLetterReasons, type DeadLetterReason } from '../../../shared/push/dead-letter.ts';
import { createColumn, distributionOf, type Distribution } from './columns.ts';
import { endings, type Facts, type PushEndings } from './facts.ts';
import type { Findings } from './findings.ts';

/** What became of pushes. Counts of pushes, unless they say otherwise. */
export interface PushAccount {
  readonly sent: number;
  readonly accepted: number;
  /** Answers that refused a push, and requests without one. */
  readonly refusals: number;
  /** Accepted, and the gateway confirmed them. */
  readonly delivered: number;
  /** Accepted, not delivered, and given up for a reason. */
  readonly givenUp: Readonly<Record<DeadLetterReason, number>>;
  /** Of these, after a single receive. */
  readonly givenUpAtOnce: number;
  /** Accepted and still on the queue. */
  readonly waiting: number;
  /** Accepted, and deleted by the queue because their retention was over. */
  readonly retentionEnded: number;
  /** Accepted, and none of these. */
  readonly lost: number;
  /** Attempts that the gateway took beyond one for each push. */
  readonly duplicated: number;
  /** Delivered by the attempt of an identical push. */
  readonly shared: number;
  /** Not accepted as far as the client knows, and taken by the gateway. */
  readonly recovered: number;
  /** Delivered as far as the relay knows, and never taken by the gateway, which must have lied. */
  readonly deceived: number;
  /** Events of dead devices that are confirmed, so that the device is pruned. */
  readonly confirmed: number;
  readonly deaths: number;
  readonly messages: number;
}

/** How often pushes were tried, and how long they took. */
export interface PushDistributions {
  readonly attempts: Distribution;
  readonly receives: Distribution;
  /** Seconds from the request of the client until the gateway took the push. */
  readonly delaySeconds: Distribution;
  /** Seconds from the end of the trouble with the gateway until it took a push that was sent before. */
  readonly delaySecondsAfterTrouble: Distribution;
  /** Seconds from the request of the client until the gateway took the push, of those sent after the trouble. */
  readonly delaySecondsOfLater: Distribution;
  /** Seconds from the request of the client until the gateway took the push, by app. */
  readonly delaySecondsOfApps: readonly Distribution[];
}

/** Pushes or slices, from the first number up to, not including, the second. */
export interface Range {
  readonly from: number;
  readonly to: number;
}

/**
 * Draws the account of all pushes, or of some, and shows examples of those that an operator would look for. The counts of
 * deaths, messages and events are always those of all.
 */
export function accountOf(
  facts: Facts,
  { best, givenUpReason }: PushEndings,
  { showExample }: Pick<Findings, 'showExample'>,
  range: Range = { from: 0, to: Infinity },
): PushAccount {
  const { pushes, contents, messages, count } = facts;
  const counts = {
    accepted: 0,
    refusals: 0,
    delivered: 0,
    givenUpAtOnce: 0,
    waiting: 0,
    retentionEnded: 0,
    lost: 0,
    recovered: 0,
    duplicated: 0,
    shared: 0,
    deceived: 0,
    messages: 0,
  };
  const givenUp: Record<DeadLetterReason, number> = {
    unregistered: 0,
    rejected: 0,
    expired: 0,
    malformed: 0,
    exhausted: 0,
  };
  const deliveredOf = createColumn();
  const addAccepted = (push: number, isTaken: boolean) => {
    counts.accepted += 1;
    const ending = best.get(push);
    const reason = deadLetterReasons[givenUpReason.get(push)];
    if (ending === endings.delivered) {
      counts.delivered += 1;
      const content = pushes.content.get(push);
      if (!isTaken) counts.deceived += 1;
      else if (deliveredOf.add(content) > contents.takes.get(content)) counts.shared += 1;
    } else if (ending === endings.givenUp && reason !== undefined) {
      givenUp[reason] += 1;
      if (messages.receives.get(pushes.firstMessage.get(push)) === 1) counts.givenUpAtOnce += 1;
      if (reason === 'expired') showExample('expired', push);
    } else if (ending === endings.none) {
      counts.waiting += 1;
      showExample('still waiting', push);
    } else if (ending === endings.retention) counts.retentionEnded += 1;
    else {
      counts.lost += 1;
      showExample('lost', push);
    }
  };
  for (let push = range.from; push < Math.min(range.to, count.pushes); push += 1) {
    const content = pushes.content.get(push);
    if (content === -1) continue;
    const taken = contents.takes.get(content);
    counts.refusals += pushes.refusals.get(push);
    if (content === push) counts.duplicated += Math.max(0, taken - contents.pushes.get(push));
    if (pushes.isAccepted.get(push) === 1) addAccepted(push, taken > 0);
    else if (taken > 0) counts.recovered += 1;
  }
  for (let message = 0; message < count.messages; message += 1) {
    if (messages.push.get(message) >= 0) counts.messages += 1;
    if (messages.isUnreadable.get(message) === 0) continue;
    if (messages.ending.get(message) === endings.givenUp) givenUp.malformed += 1;
    else counts.waiting += 1;
  }
  const { sent, confirmed, deaths } = count;
  return { sent, ...counts, givenUp, confirmed, deaths };
}

export function distributionsOf(facts: Facts, troubleEndsAtMs: number): PushDistributions {
  const { pushes, contents, messages, count } = facts;
  const attempts: number[] = [];
  const receives: number[] = [];
  const delaySeconds: number[] = [];
  const delaySecondsAfterTrouble: number[] = [];
  const delaySecondsOfLater: number[] = [];
  const delaySecondsOfApps: number[][] = [];
  for (let push = 0; push < count.pushes; push += 1) {
    // Of pushes with the same content, only the first counts.
    if (pushes.content.get(push) !== push) continue;
    if (contents.pushes.get(push) === 1) attempts.push(contents.attempts.get(push));
    if (contents.takes.get(push) === 0 || pushes.isOfSweep.get(push) === 1) continue;
    const takenAt = contents.takenAt.get(push);
    const sentAt = pushes.sentAt.get(push);
    const seconds = (takenAt - sentAt) / 1000;
    delaySeconds.push(seconds);
    if (sentAt < troubleEndsAtMs && takenAt >= troubleEndsAtMs) {
      delaySecondsAfterTrouble.push((takenAt - troubleEndsAtMs) / 1000);
    }
    if (sentAt >= troubleEndsAtMs) delaySecondsOfLater.push(seconds);
    (delaySecondsOfApps[pushes.app.get(push)] ??= []).push(seconds);
  }
  for (let message = 0; message < count.messages; message += 1) {
    if (messages.push.get(message) >= 0) receives.push(messages.receives.get(message));
  }
  return {
    attempts: distributionOf(attempts),
    receives: distributionOf(receives),
    delaySeconds: distributionOf(delaySeconds),
    delaySecondsAfterTrouble: distributionOf(delaySecondsAfterTrouble),
    delaySecondsOfLater: distributionOf(delaySecondsOfLater),
    delaySecondsOfApps: Array.from(delaySecondsOfApps, (values?: number[]) => distributionOf(values ?? [])),
  };
}
