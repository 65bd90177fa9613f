import { deadLetterReasons, type DeadLetterReason } from '../../shared/push/dead-letter.ts';
import type { DeliveryPolicy } from '../../functions/deliver/policy/decision.ts';
import type { OutageLimits } from '../../functions/deliver/policy/outage.ts';
import { createColumn, distributionOf, type Distribution } from './columns.ts';
import { kinds, mishaps, type History } from './history.ts';
import { createJitterCheck } from './jitter.ts';
import { createSuspicions, isFinal } from './suspicions.ts';
import { checkSweep, type SweepAccount, type SweepEvidence } from './sweep-checker.ts';

/** What is wrong with what happened, each with how often it happened. */
export type Violations = Readonly<Record<string, number>>;

/** What became of the pushes of a run. Counts of pushes, unless they say otherwise. */
export interface Account {
  readonly sent: number;
  readonly accepted: number;
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
  /** Attempts with a push that nobody sent, or that differs from what was sent. */
  readonly unexpected: number;
  /** Attempts that the gateway took beyond one for each push. */
  readonly duplicated: number;
  /** Not accepted as far as the client knows, and taken by the gateway. */
  readonly recovered: number;
  /** Delivered as far as the relay knows, and never taken by the gateway, which must have lied. */
  readonly deceived: number;
  /** Events of dead devices that are confirmed, so that the device is pruned. */
  readonly confirmed: number;
  readonly attempts: Distribution;
  readonly receives: Distribution;
  /** Seconds from the request of the client until the gateway took the push. */
  readonly delaySeconds: Distribution;
  /** Seconds from the end of the trouble with the gateway until it took a push that was sent before. */
  readonly delaySecondsAfterTrouble: Distribution;
  /** Seconds from the request of the client until the gateway took the push, by tenant. */
  readonly delaySecondsOfTenants: readonly Distribution[];
  readonly deaths: number;
  readonly messages: number;
  readonly violations: Violations;
  /** Of a run with a sweep. */
  readonly sweep?: SweepAccount;
  /** The first push with which each thing went wrong, by the words for it. */
  readonly examples: Readonly<Record<string, Example>>;
}

/** Where something went wrong first. */
export interface Example {
  readonly push: number;
  /** Milliseconds since the start; `Infinity` for what shows at the end only. */
  readonly at: number;
}

export interface Evidence {
  readonly history: History;
  readonly pushes: number;
  readonly policy: DeliveryPolicy;
  readonly outage: OutageLimits;
  /** Whether each call to a service has its effect and its answer. */
  readonly areServicesSound: boolean;
  readonly troubleEndsAtMs?: number | undefined;
  /** How far the clocks of instances can be fast or slow. */
  readonly skewMs: number;
  readonly sweep?: SweepEvidence | undefined;
}

/** What an invocation learned of a content. */
interface Answer {
  readonly status: number;
  readonly retryAfterSeconds: number;
}

/** What ended a message. */
const endings = { none: 0, delivered: 1, givenUp: 2, forgotten: 3, retention: 4, moved: 5 } as const;

/** How long after its end the facts of an invocation are needed. */
const invocationMs = 60_000;

/** Says what became of each push, and what happened against the rules. It knows nothing but the history. */
export function check(evidence: Evidence): Account {
  const { history, pushes, policy, outage, areServicesSound, skewMs, sweep: sweepEvidence } = evidence;
  const { troubleEndsAtMs = 0 } = evidence;
  const violations: Record<string, number> = {};
  const examples: Record<string, Example> = {};
  let moment = 0;
  const violate = (what: string, push = -1) => {
    violations[what] = (violations[what] ?? 0) + 1;
    if (push >= 0) examples[what] ??= { push, at: moment };
  };
  const violateFor = (message: number, what: string) => {
    violate(what, pushOfMessage.get(message));
  };
  const suspicions = createSuspicions(outage);
  const jitter = createJitterCheck(policy);

  const content = createColumn(-1);
  const tenant = createColumn();
  const ttlSeconds = createColumn(-1);
  const sentAt = createColumn(-1);
  const isAccepted = createColumn();
  /** The first message of a push. */
  const firstMessage = createColumn(-1);
  const messagesOfPush = createColumn();

  const attempts = createColumn();
  const takes = createColumn();
  const takenAt = createColumn(-1);
  const pushesOfContent = createColumn();
  const lateAttempts = createColumn();
  /** Of contents: the last invocation that attempted them, and the answers that confirm them. */
  const attemptedIn = createColumn(-1);
  const firstAttemptAt = createColumn(-1);
  const confirmations = createColumn();
  const mayNotShare = createColumn();
  const refusals = createColumn();

  const pushOfMessage = createColumn(-1);
  const storedAt = createColumn(-1);
  const receives = createColumn();
  const receiveCount = createColumn();
  /** Of the last receive. */
  const invocationOf = createColumn(-1);
  const hiddenUntil = createColumn(-1);
  const isDuplicated = createColumn();
  /** Receives after which the message was neither delayed nor deleted. */
  const unfinished = createColumn();
  const isOpen = createColumn();
  const ending = createColumn();
  const isGone = createColumn();
  const toldReason = createColumn(-1);
  const deadLetterReason = createColumn(-1);
  const wasDelivered = createColumn();
  /** The last invocation that deleted or delayed a message, and whether an invocation has answered. */
  const settledIn = createColumn(-1);
  const hasAnswered = createColumn();
  const isUnreadable = createColumn();
  /** Of redriven messages: the first message of the push. Of these: the last redriven one. */
  const redrivenFrom = createColumn(-1);
  const redrivenAs = createColumn(-1);

  const answersOf = new Map<number, Map<number, Answer[]>>();
  /** The messages that an invocation has dead-lettered: two can do so if SQS hands out one twice. */
  const deadLettersOf = new Map<number, Set<number>>();
  const endedInvocations: { readonly invocation: number; readonly at: number }[] = [];
  let endedHead = 0;
  let messages = 0;
  let confirmed = 0;
  let deaths = 0;
  let sent = 0;

  /** The answers to attempts of a message. Several only if it, or another with its content, was twice in its batch. */
  const answersFor = (message: number, invocation: number): readonly Answer[] =>
    answersOf.get(invocation)?.get(content.get(pushOfMessage.get(message))) ?? [];
  const isSuccess = ({ status }: Answer) => status >= 200 && status < 300;

  /** Whether the reason of a dead letter is right. */
  const isRight = (reason: DeadLetterReason, message: number, invocation: number, at: number): boolean => {
    const answers = answersFor(message, invocation);
    const push = pushOfMessage.get(message);
    switch (reason) {
      case 'unregistered':
        return answers.some(({ status }) => status === 404 || status === 410);
      case 'rejected':
        return answers.some(({ status }) => isFinal(status) && status !== 404 && status !== 410);
      case 'expired': {
        const isOld = at - storedAt.get(message) >= policy.lifetimeSeconds * 1000 - skewMs - 1000;
        const ttl = ttlOf(message);
        // An attempt that would start in less than a second is not made.
        return isOld || (ttl >= 0 && at - sentAt.get(push) >= ttl * 1000 - 2 * skewMs - 2000);
      }
      case 'exhausted':
        return receiveCount.get(message) >= policy.maxReceiveCount;
      case 'malformed':
        return isUnreadable.get(message) === 1;
      default:
        return reason satisfies never;
    }
  };

  /** The time to live of a push in seconds; -1 if it has none, as in a redriven message. */
  const ttlOf = (message: number) =>
    redrivenFrom.get(message) === -1 ? ttlSeconds.get(pushOfMessage.get(message)) : -1;

  /** The message that now has a push, by the id that events and dead letters have. */
  const presentMessage = (id: number) => {
    const redriven = redrivenAs.get(id);
    return redriven === -1 ? id : redriven;
  };

  /** Whether the last invocation with a message has answered, and left it as it was. */
  const isUnsettled = (message: number) => {
    const invocation = invocationOf.get(message);
    return invocation >= 0 && hasAnswered.get(invocation) === 1 && settledIn.get(message) !== invocation;
  };

  /** From how many seconds to how many a push waits after an answer, before any cap. */
  const rangeAfter = (answer: Answer, doubled: number) => {
    if (!asksToWait(answer)) return { least: doubled, most: 2 * doubled };
    const { retryAfterSeconds } = answer;
    // At least the backoff of four receives before.
    const lead = Math.max(policy.backoffBaseSeconds, doubled / 16);
    return {
      least: Math.max(retryAfterSeconds, Math.min(lead, policy.backoffCapSeconds)),
      most: Math.max(1.1 * retryAfterSeconds, 2 * lead),
    };
  };

  const checkDelay = (message: number, invocation: number, at: number, seconds: number) => {
    const { backoffBaseSeconds, backoffCapSeconds } = policy;
    // The delay belongs to another receive: SQS has handed out the message again meanwhile.
    if (invocationOf.get(message) !== invocation) return;
    const answers = answersFor(message, invocation);
    if (isUnreadable.get(message) === 1) violate('a message that cannot be read is retried');
    const doubled = backoffBaseSeconds * 2 ** (receiveCount.get(message) - 1);
    const lowestCap = backoffCapSeconds * 0.9;
    const push = pushOfMessage.get(message);
    const ttl = ttlOf(message);
    const leftToLive = ttl < 0 ? Infinity : ttl - (at - sentAt.get(push)) / 1000;
    const toleranceSeconds = 2 + (2 * skewMs) / 1000;
    const left = leftToLive - toleranceSeconds;
    // Without an outage, a push has no attempt only because the time of the function is over.
    const isUntried = answers.length === 0 && !suspicions.isOutage(invocation);
    const untriedRange = { least: isUntried ? backoffBaseSeconds : doubled, most: 2 * doubled };
    // If several pushes with this content were in the batch, the answer can be that of any of them.
    const ranges = answers.length === 0 ? [untriedRange] : answers.map((answer) => rangeAfter(answer, doubled));
    const least = Math.min(...ranges.map((range) => range.least), lowestCap, left);
    if (seconds < least) violateFor(message, 'a retry comes before its time');
    const most = Math.min(Math.max(...ranges.map((range) => range.most)), backoffCapSeconds) + 1;
    if (seconds > most) violateFor(message, 'a retry comes after its time');
    if (seconds > Math.max(1, left + 2 * toleranceSeconds))
      violateFor(message, 'a retry comes after the end of its life');
    if (!answers.some(asksToWait) && !isUntried && left > backoffCapSeconds) jitter.add(doubled, seconds);
    const isRefused = answers.length > 0 && answers.every(({ status }) => isFinal(status));
    if (isRefused && suspicions.mustBelieve(invocation)) {
      violateFor(message, 'a push that the gateway refuses for good is retried');
    }
  };

  history.each(({ kind, at, a, b, c, d }) => {
    moment = at;
    switch (kind) {
      case kinds.sent:
        sent += 1;
        content.set(a, b);
        tenant.set(a, c);
        ttlSeconds.set(a, d);
        sentAt.set(a, at);
        pushesOfContent.add(b);
        break;
      case kinds.accepted:
        isAccepted.set(a, 1);
        if (messagesOfPush.get(a) === 0) violate('a client gets a 202 before SQS has the push', a);
        break;
      case kinds.refused:
        refusals.add(a);
        if (areServicesSound && b === 503) violate('a client gets a 503 although SQS works', a);
        break;
      case kinds.repeated:
        mayNotShare.set(content.get(a), 1);
        break;
      case kinds.started:
        suspicions.start(a, b);
        break;
      case kinds.stored:
        messages = Math.max(messages, a + 1);
        pushOfMessage.set(a, b);
        storedAt.set(a, at);
        if (b === -1) {
          isUnreadable.set(a, 1);
          break;
        }
        if (messagesOfPush.add(b) === 1) firstMessage.set(b, a);
        else if (areServicesSound && messagesOfPush.get(b) > refusals.get(b) + 1) violate('SQS gets a push twice', b);
        break;
      case kinds.received:
        if (at < hiddenUntil.get(a) - 1 && isDuplicated.get(a) === 0) violateFor(a, 'SQS hands out a hidden message');
        if (isGone.get(a) === 1) violateFor(a, 'SQS hands out a deleted message');
        if (areServicesSound && isDuplicated.get(a) === 0 && isUnsettled(a)) {
          violateFor(a, 'a message is neither deleted nor delayed');
        }
        if (isOpen.get(a) === 1) unfinished.add(a);
        receives.add(a);
        receiveCount.set(a, c);
        invocationOf.set(a, b);
        isOpen.set(a, 1);
        break;
      case kinds.duplicated:
        isDuplicated.set(a, 1);
        break;
      case kinds.attempted: {
        attempts.add(a);
        if (c === 1 && takes.add(a) === 1) takenAt.set(a, at);
        if (firstAttemptAt.get(a) === -1) firstAttemptAt.set(a, at);
        if (content.get(a) === -1) violate('an attempt of a push that nobody sent');
        if (!suspicions.attempt(b)) violate('more than one attempt of a batch in an outage', a);
        const message = firstMessage.get(a);
        const age = at - storedAt.get(message);
        const isOnly = messagesOfPush.get(a) === 1 && pushesOfContent.get(a) === 1;
        if (isOnly && attemptedIn.get(a) === b && isDuplicated.get(message) === 0) {
          violate('an invocation attempts a push twice', a);
        }
        attemptedIn.set(a, b);
        if (isOnly && age > policy.lifetimeSeconds * 1000 + skewMs) {
          if (lateAttempts.add(a) > 1 + unfinished.get(message)) violate('more than one attempt after the lifetime', a);
        }
        const ttl = ttlSeconds.get(a);
        if (isOnly && ttl > 0 && age > ttl * 1000 + 2 * skewMs + 100) violate('an attempt after the time to live', a);
        break;
      }
      case kinds.answered: {
        const ofInvocation = answersOf.get(b) ?? new Map<number, Answer[]>();
        answersOf.set(b, ofInvocation);
        const answers = ofInvocation.get(a) ?? [];
        ofInvocation.set(a, answers);
        answers.push({ status: c, retryAfterSeconds: d });
        if (c >= 200 && c < 300) confirmations.add(a);
        suspicions.answer(b, a, c);
        break;
      }
      case kinds.delayed:
        checkDelay(a, b, at, c);
        hiddenUntil.set(a, at + c * 1000);
        isOpen.set(a, 0);
        settledIn.set(a, b);
        break;
      case kinds.redriven:
        messages = Math.max(messages, a + 1);
        pushOfMessage.set(a, pushOfMessage.get(b));
        storedAt.set(a, at);
        messagesOfPush.add(pushOfMessage.get(b));
        redrivenFrom.set(a, b);
        redrivenAs.set(b, a);
        break;
      case kinds.told:
        if (redrivenFrom.get(a) !== -1) violateFor(a, 'a redriven push has another id than before');
        toldReason.set(presentMessage(a), c);
        confirmed += d;
        if (d === 1 && !suspicions.mayConfirm(b)) violateFor(a, 'a device is called dead without proof');
        break;
      case kinds.deadLettered: {
        const reason = deadLetterReasons[c];
        const message = presentMessage(a);
        if (reason === undefined || !isRight(reason, message, b, at))
          violateFor(a, 'a push is given up for a wrong reason');
        if (toldReason.get(message) !== c) violateFor(a, 'a dead letter comes without its event');
        if (wasDelivered.get(message) === 1) violateFor(a, 'a delivered message is given up');
        const isVerdict = reason === 'unregistered' || reason === 'rejected';
        if (isVerdict && suspicions.mustDoubt(b)) violateFor(a, 'a push is given up while the address is suspected');
        deadLetterReason.set(message, c);
        deadLettersOf.set(b, (deadLettersOf.get(b) ?? new Set()).add(message));
        break;
      }
      case kinds.deleted:
      case kinds.notDeleted: {
        const isGivenUp = deadLettersOf.get(b)?.has(a) === true;
        const isDelivered = answersFor(a, b).some(isSuccess);
        if (!isGivenUp && !isDelivered) violateFor(a, 'a message is deleted, but neither delivered nor given up');
        settledIn.set(a, b);
        if (kind === kinds.notDeleted) break;
        isGone.set(a, 1);
        isOpen.set(a, 0);
        ending.set(a, isDelivered ? endings.delivered : isGivenUp ? endings.givenUp : endings.forgotten);
        if (isDelivered) wasDelivered.set(a, 1);
        break;
      }
      case kinds.retentionEnded:
        isGone.set(a, 1);
        ending.set(a, endings.retention);
        break;
      case kinds.moved:
        isGone.set(a, 1);
        ending.set(a, endings.moved);
        violateFor(a, 'SQS moves a message that was received too often');
        break;
      case kinds.ended:
        hasAnswered.set(a, b);
        endedInvocations.push({ invocation: a, at });
        for (let first = endedInvocations[endedHead]; first !== undefined; first = endedInvocations[endedHead]) {
          if (at - first.at < invocationMs) break;
          answersOf.delete(first.invocation);
          deadLettersOf.delete(first.invocation);
          suspicions.end(first.invocation);
          endedHead += 1;
        }
        if (endedHead > 10_000) {
          endedInvocations.splice(0, endedHead);
          endedHead = 0;
        }
        break;
      case kinds.died:
        deaths += 1;
        suspicions.die(a);
        break;
      case kinds.mishap:
        violate(mishaps[a] ?? 'unknown');
        break;
      case kinds.listed:
        isAccepted.set(a, 1);
        break;
      case kinds.ticked:
      case kinds.tickEnded:
      case kinds.claimed:
      case kinds.unclaimed:
      case kinds.reported:
        break;
      default:
        throw new Error(`the history has a record of the unknown kind ${String(kind)}`);
    }
  });

  moment = Infinity;
  if (!jitter.isEven()) violate('retries come without jitter');

  // The best ending of the messages of a push is that of the push.
  const bestEnding = createColumn(-1);
  const givenUpReason = createColumn(-1);
  const rank = [1, 4, 3, -1, 2, -1];
  for (let message = 0; message < messages; message += 1) {
    const push = pushOfMessage.get(message);
    if (push < 0) continue;
    const one = ending.get(message);
    const known = bestEnding.get(push);
    if (known === -1 || (rank[one] ?? 0) > (rank[known] ?? 0)) bestEnding.set(push, one);
    if (deadLetterReason.get(message) >= 0) givenUpReason.set(push, deadLetterReason.get(message));
  }
  const counts = {
    accepted: 0,
    delivered: 0,
    givenUpAtOnce: 0,
    waiting: 0,
    retentionEnded: 0,
    lost: 0,
    recovered: 0,
    duplicated: 0,
    deceived: 0,
  };
  const givenUp: Record<DeadLetterReason, number> = {
    unregistered: 0,
    rejected: 0,
    expired: 0,
    malformed: 0,
    exhausted: 0,
  };
  const attemptsOfPushes: number[] = [];
  const receivesOfMessages: number[] = [];
  const delaySeconds: number[] = [];
  const delaySecondsAfterTrouble: number[] = [];
  const delaySecondsOfTenants: number[][] = [];
  const waitSecondsOfTenants: number[][] = [];
  for (let push = 0; push < pushes; push += 1) {
    const its = content.get(push);
    if (its === -1) continue;
    const taken = takes.get(its);
    if (its === push) {
      if (pushesOfContent.get(push) === 1) attemptsOfPushes.push(attempts.get(push));
      counts.duplicated += Math.max(0, taken - pushesOfContent.get(push));
    }
    if (taken > 0 && its === push) {
      const seconds = (takenAt.get(push) - sentAt.get(push)) / 1000;
      delaySeconds.push(seconds);
      if (sentAt.get(push) < troubleEndsAtMs && takenAt.get(push) >= troubleEndsAtMs) {
        delaySecondsAfterTrouble.push((takenAt.get(push) - troubleEndsAtMs) / 1000);
      }
      (delaySecondsOfTenants[tenant.get(push)] ??= []).push(seconds);
    }
    if (firstAttemptAt.get(its) >= 0 && its === push) {
      (waitSecondsOfTenants[tenant.get(push)] ??= []).push((firstAttemptAt.get(push) - sentAt.get(push)) / 1000);
    }
    if (mayNotShare.get(its) === 1 && bestEnding.get(push) === endings.delivered) {
      if (confirmations.add(its, -1) < 0) violate('pushes share an attempt that must not', push);
    }
    if (isAccepted.get(push) === 0) {
      if (taken > 0) counts.recovered += 1;
      continue;
    }
    counts.accepted += 1;
    const best = bestEnding.get(push);
    const reason = deadLetterReasons[givenUpReason.get(push)];
    if (best === endings.delivered) {
      counts.delivered += 1;
      if (taken === 0) counts.deceived += 1;
    } else if (best === endings.givenUp && reason !== undefined) {
      givenUp[reason] += 1;
      if (receives.get(firstMessage.get(push)) === 1) counts.givenUpAtOnce += 1;
      if (reason === 'expired') examples['expired'] ??= { push, at: moment };
    } else if (best === endings.none) {
      counts.waiting += 1;
      examples['still waiting'] ??= { push, at: moment };
    } else if (best === endings.retention) counts.retentionEnded += 1;
    else {
      counts.lost += 1;
      examples['lost'] ??= { push, at: moment };
    }
  }
  for (const tenantName of starvedTenants(waitSecondsOfTenants)) violate(`tenant ${String(tenantName)} is starved`);
  for (let message = 0; message < messages; message += 1) {
    if (isUnreadable.get(message) === 1) {
      if (ending.get(message) === endings.givenUp) givenUp.malformed += 1;
      else counts.waiting += 1;
    }
    if (pushOfMessage.get(message) === -1) continue;
    receivesOfMessages.push(receives.get(message));
    const finished = receives.get(message) - unfinished.get(message);
    if (isDuplicated.get(message) === 0 && finished > mostReceives(policy)) {
      violate('a message is received more often than its delays allow');
    }
  }
  const ended = { ...counts, givenUp: Object.values(givenUp).reduce((sum, count) => sum + count, 0), deaths };
  const sweep = sweepEvidence && checkSweep(history, sweepEvidence, ended, skewMs);
  Object.assign(violations, sweep?.violations);
  return {
    sent,
    ...(sweep && { sweep }),
    ...counts,
    givenUp,
    unexpected: (violations[mishaps[0]] ?? 0) + (violations[mishaps[1]] ?? 0),
    confirmed,
    attempts: distributionOf(attemptsOfPushes),
    receives: distributionOf(receivesOfMessages),
    delaySeconds: distributionOf(delaySeconds),
    delaySecondsAfterTrouble: distributionOf(delaySecondsAfterTrouble),
    delaySecondsOfTenants: Array.from(delaySecondsOfTenants, (values?: number[]) => distributionOf(values ?? [])),
    deaths,
    messages: receivesOfMessages.length,
    violations,
    examples,
  };
}

function asksToWait({ status, retryAfterSeconds }: Answer): boolean {
  return retryAfterSeconds >= 0 && (status === 429 || status === 503);
}

/** With fewer pushes of a tenant, their median does not say how long its pushes wait. */
const enoughWaits = 20;

/** The tenants whose pushes wait far longer for their first attempts than those of all. */
function starvedTenants(waitSeconds: readonly (readonly number[] | undefined)[]): number[] {
  const { median } = distributionOf(waitSeconds.flatMap((waits) => waits ?? []));
  return [...waitSeconds.entries()]
    .filter(([, waits = []]) => waits.length >= enoughWaits && distributionOf(waits).median > 60 + 10 * median)
    .map(([tenant]) => tenant);
}

/** How often a push can be received within its lifetime: while its delays double, and then after each of the longest. */
function mostReceives({ backoffBaseSeconds, backoffCapSeconds, lifetimeSeconds }: DeliveryPolicy): number {
  const doublings = Math.log2(backoffCapSeconds / backoffBaseSeconds);
  // With Retry-After, delays begin to double a few receives later.
  const few = 6;
  return Math.ceil(doublings + lifetimeSeconds / (0.9 * backoffCapSeconds)) + few;
}

/** What is wrong with an account, one line each; none if nothing is. */
export function faultsOf({ lost, violations }: Account): string[] {
  return [
    ...(lost > 0 ? [`${String(lost)} accepted pushes are lost.`] : []),
    ...Object.entries(violations).map(([what, count]) => `${String(count)} times: ${what}.`),
  ];
}
