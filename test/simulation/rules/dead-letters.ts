import { deadLetterReasons, type DeadLetterReason } from '../../../shared/push/dead-letter.ts';
import { createColumn } from './columns.ts';
import { isFinal } from './suspicions.ts';
import type { RuleContext, Rules } from './rules.ts';

/** Up to this many receives, a final answer counts without proof: as the rule says, not taken from the code under test. */
export const maxUnprovenReceives = 6;

/** Which pushes are given up, and what is told of them. */
export function createDeadLetterRules({ facts, findings, policy, skewMs }: RuleContext): Rules {
  const { pushes, messages, suspicions } = facts;
  const violateFor = (message: number, what: string) => {
    findings.violate(what, messages.push.get(message));
  };
  const toldReason = createColumn(-1);

  const isExpired = (message: number, at: number) => {
    if (at - messages.storedAt.get(message) >= policy.lifetimeSeconds * 1000 - skewMs - 1000) return true;
    const ttl = facts.ttlOf(message);
    // An attempt that would start in less than a second is not made.
    return ttl >= 0 && at - pushes.sentAt.get(messages.push.get(message)) >= ttl * 1000 - 2 * skewMs - 2000;
  };

  /** Whether a push has a time to live of one attempt, and neither had it nor made way for others. */
  const mustBeTried = (message: number, invocation: number) =>
    facts.ttlOf(message) === 0 &&
    facts.answersFor(message, invocation).length === 0 &&
    !suspicions.mayLeave(invocation) &&
    suspicions.mayWaitSeconds(invocation) === undefined;

  /** Whether the reason of a dead letter is right. */
  const isRight = (reason: DeadLetterReason, message: number, invocation: number, at: number): boolean => {
    const statuses = facts.answersFor(message, invocation).map(({ status }) => status);
    switch (reason) {
      case 'unregistered':
        return statuses.some((status) => status === 404 || status === 410);
      case 'rejected':
        return statuses.some((status) => isFinal(status) && status !== 404 && status !== 410);
      case 'expired':
        return isExpired(message, at);
      case 'exhausted':
        return messages.receiveCount.get(message) >= policy.maxReceiveCount;
      case 'malformed':
        return messages.isUnreadable.get(message) === 1;
      default:
        return reason satisfies never;
    }
  };

  return {
    on: {
      told({ a: id, b: invocation, c: reason, d: isConfirmed }) {
        if (messages.redrivenFrom.get(id) !== -1) violateFor(id, 'a redriven push has another id than before');
        toldReason.set(facts.presentMessage(id), reason);
        if (isConfirmed === 1 && !suspicions.mayConfirm(invocation)) {
          violateFor(id, 'a device is called dead without proof');
        }
      },
      deadLettered({ at, a: id, b: invocation, c }) {
        const violate = (what: string) => {
          violateFor(id, what);
        };
        const reason = deadLetterReasons[c];
        const message = facts.presentMessage(id);
        if (reason === undefined || !isRight(reason, message, invocation, at)) {
          violate('a push is given up for a wrong reason');
        }
        if (reason === 'expired' && mustBeTried(message, invocation)) {
          violate('a push with the time to live 0 is given up without its attempt');
        }
        if (toldReason.get(message) !== c) violate('a dead letter comes without its event');
        if (messages.wasDelivered.get(message) === 1 && !facts.hasDeviceChanged(message)) {
          violate('a delivered message is given up');
        }
        const isVerdict = reason === 'unregistered' || reason === 'rejected';
        if (isVerdict && suspicions.mustDoubt(invocation)) {
          violate('a push is given up while the address is suspected');
        }
        const isKept = messages.receiveCount.get(message) > maxUnprovenReceives && !isExpired(message, at);
        if (isVerdict && isKept && !suspicions.mayConfirm(invocation))
          violate('a push that was kept is given up without proof');
      },
    },
  };
}
