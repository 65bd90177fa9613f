import { createColumn, distributionOf } from './columns.ts';
import { endings, type PushEndings } from './facts.ts';
import type { RuleContext, Rules } from './rules.ts';

/** Which attempts may be made, and how long pushes wait for their first one. */
export function createAttemptRules({ facts, findings, policy, skewMs }: RuleContext): Rules {
  const { pushes, contents, messages, suspicions, count } = facts;
  const { violate } = findings;
  /** The last invocation that attempted a content. */
  const attemptedIn = createColumn(-1);
  const lateAttempts = createColumn();
  const mayNotShare = createColumn();
  /** Apps that the gateway asked for fewer pushes: each waits for its own share. */
  const throttledApps = new Set<number>();

  const checkSharing = ({ best }: PushEndings, push: number) => {
    const content = pushes.content.get(push);
    if (mayNotShare.get(content) === 0 || best.get(push) !== endings.delivered) return;
    if (contents.confirmations.add(content, -1) < 0) violate('pushes share an attempt that must not', push);
  };
  const waitsOfApps = () => {
    const waitSeconds: number[][] = [];
    for (let push = 0; push < count.pushes; push += 1) {
      const firstAttemptAt = contents.firstAttemptAt.get(push);
      if (pushes.content.get(push) !== push || firstAttemptAt < 0 || pushes.isOfSweep.get(push) === 1) continue;
      if (throttledApps.has(pushes.app.get(push))) continue;
      (waitSeconds[pushes.app.get(push)] ??= []).push((firstAttemptAt - pushes.sentAt.get(push)) / 1000);
    }
    return waitSeconds;
  };
  return {
    on: {
      repeated({ a: push }) {
        mayNotShare.set(pushes.content.get(push), 1);
      },
      answered({ a: content, c: status }) {
        if (status === 429) throttledApps.add(pushes.app.get(content));
      },
      attempted({ at, a: content, b: invocation }) {
        if (pushes.content.get(content) === -1) violate('an attempt of a push that nobody sent');
        if (!suspicions.mayAttempt(invocation)) violate('more than one attempt of a batch in an outage', content);
        const wasAttemptedIn = attemptedIn.get(content);
        attemptedIn.set(content, invocation);
        // An attempt belongs to a message only if no other one has its content.
        if (pushes.messages.get(content) !== 1 || contents.pushes.get(content) !== 1) return;
        const message = pushes.firstMessage.get(content);
        if (wasAttemptedIn === invocation && messages.isDuplicated.get(message) === 0) {
          violate('an invocation attempts a push twice', content);
        }
        const ageMs = at - messages.storedAt.get(message);
        if (ageMs > policy.lifetimeSeconds * 1000 + skewMs) {
          const allowed = 1 + messages.unfinished.get(message);
          if (lateAttempts.add(content) > allowed) violate('more than one attempt after the lifetime', content);
        }
        const ttl = pushes.ttlSeconds.get(content);
        if (ttl > 0 && ageMs > ttl * 1000 + 2 * skewMs + 100) violate('an attempt after the time to live', content);
      },
    },
    atEnd(ended) {
      for (let push = 0; push < count.pushes; push += 1) checkSharing(ended, push);
      for (const app of starvedApps(waitsOfApps())) violate(`app ${String(app)} is starved`);
    },
  };
}

/** With fewer pushes of an app, their median does not say how long its pushes wait. */
const enoughWaits = 20;

/** The apps whose pushes wait far longer for their first attempts than those of all. */
function starvedApps(waitSeconds: readonly (readonly number[] | undefined)[]): number[] {
  const { median } = distributionOf(waitSeconds.flatMap((waits) => waits ?? []));
  return [...waitSeconds.entries()]
    .filter(([, waits = []]) => waits.length >= enoughWaits && distributionOf(waits).median > 60 + 10 * median)
    .map(([app]) => app);
}
