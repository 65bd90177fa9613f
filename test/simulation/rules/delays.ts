import { createJitterCheck } from './jitter.ts';
import { isFinal } from './suspicions.ts';
import { maxUnprovenReceives } from './dead-letters.ts';
import type { Answer } from './facts.ts';
import type { RuleContext, Rules } from './rules.ts';

/** How much longer each delay is than the one before: as the rule says, and not taken from the code that is tested. */
const growth = 1.5;

/** When a push is tried again. */
export function createDelayRules({ facts, findings, policy, skewMs }: RuleContext): Rules {
  const { pushes, messages, suspicions } = facts;
  const { backoffBaseSeconds, backoffCapSeconds } = policy;
  const lowestCap = backoffCapSeconds * 0.9;
  const toleranceSeconds = 2 + (2 * skewMs) / 1000;
  const jitter = createJitterCheck(policy);

  /** From how many seconds to how many a push waits after an answer, before any cap. */
  const rangeAfter = (answer: Answer, grown: number) => {
    if (!asksToWait(answer)) return { least: grown, most: 2 * grown };
    const { retryAfterSeconds } = answer;
    // At least the backoff of seven receives before.
    const lead = Math.max(backoffBaseSeconds, grown / growth ** 7);
    return {
      least: Math.max(retryAfterSeconds, Math.min(lead, backoffCapSeconds)),
      most: Math.max(1.1 * retryAfterSeconds, 2 * lead),
    };
  };

  /** How long a message may live on, less the tolerance. */
  const secondsLeft = (message: number, at: number) => {
    const ttl = facts.ttlOf(message);
    if (ttl < 0) return Infinity;
    return ttl - (at - pushes.sentAt.get(messages.push.get(message))) / 1000 - toleranceSeconds;
  };

  return {
    on: {
      delayed({ at, a: message, b: invocation, c: seconds }) {
        // The delay belongs to another receive: SQS has handed out the message again meanwhile.
        if (messages.invocation.get(message) !== invocation) return;
        const violate = (what: string) => {
          findings.violate(what, messages.push.get(message));
        };
        if (messages.isUnreadable.get(message) === 1) violate('a message that cannot be read is retried');
        const answers = facts.answersFor(message, invocation);
        const grown = backoffBaseSeconds * growth ** (messages.receiveCount.get(message) - 1);
        const left = secondsLeft(message, at);
        // Without an outage, a push has no attempt only because the time of the function is over, or because the gateway
        // asked for fewer pushes.
        const mayWaitSeconds = suspicions.mayWaitSeconds(invocation);
        const isUntried = answers.length === 0 && (mayWaitSeconds !== undefined || !suspicions.isOutage(invocation));
        const untriedRange = {
          least: isUntried ? backoffBaseSeconds : grown,
          most: Math.max(2 * grown, mayWaitSeconds ?? 0),
        };
        // If several pushes with this content were in the batch, the answer can be that of any of them.
        const ranges = answers.length === 0 ? [untriedRange] : answers.map((answer) => rangeAfter(answer, grown));

        const isAsked = mayWaitSeconds !== undefined || suspicions.mayLeave(invocation);
        if (answers.length === 0 && !isAsked && seconds > backoffBaseSeconds) {
          violate('a push waits as in an outage, although there is none');
        }
        const least = Math.min(...ranges.map((range) => range.least), lowestCap, left);
        if (seconds < least) violate('a retry comes before its time');
        const most = Math.min(Math.max(...ranges.map((range) => range.most)), backoffCapSeconds) + 1;
        if (seconds > most) violate('a retry comes after its time');
        if (seconds > Math.max(1, left + 2 * toleranceSeconds)) violate('a retry comes after the end of its life');
        if (!answers.some(asksToWait) && !isUntried && left > backoffCapSeconds) jitter.add(grown, seconds);

        const isRefused = answers.length > 0 && answers.every(({ status }) => isFinal(status));
        const mustBelieve =
          messages.receiveCount.get(message) <= maxUnprovenReceives && suspicions.mustBelieve(invocation);
        if (isRefused && mustBelieve) {
          violate('a push that the gateway refuses for good is retried');
        }
      },
    },
    atEnd() {
      if (!jitter.isEven()) findings.violateIn('retries come without jitter', { words: jitter.words() });
    },
  };
}

function asksToWait({ status, retryAfterSeconds }: Answer): boolean {
  return retryAfterSeconds >= 0 && (status === 429 || status === 503);
}
