import type { DeliveryPolicy } from '../../../functions/deliver/policy/decision.ts';
import { createColumn } from './columns.ts';
import type { HistoryRecord } from '../history.ts';
import type { RuleContext, Rules } from './rules.ts';

const dayMs = 86_400_000;

/** What happens to the messages of pushes: how they get onto the queue, are handed out, and leave it. */
export function createMessageRules(context: RuleContext): Rules {
  const { facts, findings, policy, areServicesSound, areCallsDefinite, isTableSound } = context;
  const { pushes, messages, count } = facts;
  const { violate } = findings;
  const violateFor = (message: number, what: string) => {
    violate(what, messages.push.get(message));
  };
  const hiddenUntil = createColumn();
  /** The last invocation that deleted or delayed a message. */
  const settledIn = createColumn(-1);
  /** Of invocations. */
  const hasAnswered = createColumn();

  /** Whether the last invocation with a message has answered, and left it as it was. */
  const isUnsettled = (message: number) => {
    const invocation = messages.invocation.get(message);
    return invocation >= 0 && hasAnswered.get(invocation) === 1 && settledIn.get(message) !== invocation;
  };
  const checkDelete = ({ a: message, b: invocation }: HistoryRecord) => {
    if (!facts.isGivenUp(message, invocation) && !facts.isDelivered(message, invocation)) {
      violateFor(message, 'a message is deleted, but neither delivered nor given up');
    }
    settledIn.set(message, invocation);
  };

  return {
    on: {
      accepted({ a: push }) {
        if (pushes.messages.get(push) === 0) violate('a client gets a 202 before SQS has the push', push);
      },
      refused({ a: push, b: status, c: needsTable }) {
        const areSound = areServicesSound && (isTableSound || needsTable === 0);
        if (areSound && status === 503) violate('a client gets a 503 although its services work', push);
      },
      stored({ at, b: push }) {
        // Each refusal can hide a message that SQS took.
        if (push === -1 || !areCallsDefinite || pushes.messages.get(push) <= pushes.refusals.get(push)) return;
        // A request with a key that is repeated after a day is a new one.
        if (at >= messages.storedAt.get(pushes.firstMessage.get(push)) + dayMs) return;
        violate('SQS gets a push twice', push);
      },
      received({ at, a: message }) {
        const isOnce = messages.isDuplicated.get(message) === 0;
        if (isOnce && at < hiddenUntil.get(message) - 1) violateFor(message, 'SQS hands out a hidden message');
        if (messages.isGone.get(message) === 1) violateFor(message, 'SQS hands out a deleted message');
        if (areServicesSound && isOnce && isUnsettled(message)) {
          violateFor(message, 'a message is neither deleted nor delayed');
        }
      },
      delayed({ at, a: message, b: invocation, c: seconds }) {
        hiddenUntil.set(message, at + seconds * 1000);
        settledIn.set(message, invocation);
      },
      deleted: checkDelete,
      notDeleted: checkDelete,
      moved({ a: message }) {
        violateFor(message, 'SQS moves a message that was received too often');
      },
      ended({ a: invocation, b: isAnswered }) {
        hasAnswered.set(invocation, isAnswered);
      },
    },
    atEnd() {
      const most = mostReceives(policy);
      for (let message = 0; message < count.messages; message += 1) {
        if (messages.push.get(message) === -1 || messages.isDuplicated.get(message) === 1) continue;
        const finished = messages.receives.get(message) - messages.unfinished.get(message);
        if (finished > most) violate('a message is received more often than its delays allow');
      }
    },
  };
}

/** How often a push can be received within its lifetime: while its delays grow, and then after each of the longest. */
function mostReceives({ backoffBaseSeconds, backoffCapSeconds, lifetimeSeconds }: DeliveryPolicy): number {
  const growing = Math.log(backoffCapSeconds / backoffBaseSeconds) / Math.log(1.5);
  // With Retry-After, delays begin to grow some receives later.
  const few = 9;
  return Math.ceil(growing + lifetimeSeconds / (0.9 * backoffCapSeconds)) + few;
}
