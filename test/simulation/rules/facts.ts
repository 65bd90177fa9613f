import type { OutageLimits } from '../../../functions/deliver/policy/outage.ts';
import { createColumn } from './columns.ts';
import { kinds, type HistoryRecord } from '../history.ts';
import { createSuspicions } from './suspicions.ts';

/** What an invocation learned of a content. */
export interface Answer {
  readonly status: number;
  readonly retryAfterSeconds: number;
}

/** What ended a message. */
export const endings = { none: 0, delivered: 1, givenUp: 2, forgotten: 3, retention: 4, moved: 5 } as const;

/** How long after its end the facts of an invocation are needed. */
const invocationMs = 60_000;

/** Whether an answer confirms that the gateway has the push. */
function isSuccess({ status }: Answer): boolean {
  return status >= 200 && status < 300;
}

/** What the history has told so far, without a judgement. `learn` takes in one record after the other. */
export function createFacts(outage: OutageLimits, deviceOf: (content: number) => number) {
  const suspicions = createSuspicions(outage);
  const pushes = {
    content: createColumn(-1),
    app: createColumn(),
    ttlSeconds: createColumn(-1),
    sentAt: createColumn(-1),
    isAccepted: createColumn(),
    /** Whether it is that of a device of a sweep. */
    isOfSweep: createColumn(),
    refusals: createColumn(),
    messages: createColumn(),
    firstMessage: createColumn(-1),
  };
  const contents = {
    pushes: createColumn(),
    attempts: createColumn(),
    firstAttemptAt: createColumn(-1),
    takes: createColumn(),
    takenAt: createColumn(-1),
    confirmations: createColumn(),
  };
  const messages = {
    push: createColumn(-1),
    isUnreadable: createColumn(),
    storedAt: createColumn(-1),
    receives: createColumn(),
    /** As SQS says. */
    receiveCount: createColumn(),
    /** Of the last receive. */
    invocation: createColumn(-1),
    /** Receives after which the message was neither delayed nor deleted. */
    unfinished: createColumn(),
    isDuplicated: createColumn(),
    isGone: createColumn(),
    ending: createColumn(),
    wasDelivered: createColumn(),
    deadLetterReason: createColumn(-1),
    /** Of redriven messages: the first message of the push. */
    redrivenFrom: createColumn(-1),
    /** Of first messages: the last redriven one. */
    redrivenAs: createColumn(-1),
  };
  const isOpen = createColumn();
  /** When a device last died or came back. */
  const changedAt = createColumn(-1);
  const count = { sent: 0, pushes: 0, messages: 0, confirmed: 0, deaths: 0 };

  const answersOf = new Map<number, Map<number, Answer[]>>();
  /** The messages that an invocation has dead-lettered: two can do so if SQS hands out one twice. */
  const deadLettersOf = new Map<number, Set<number>>();
  const endedInvocations: { readonly invocation: number; readonly at: number }[] = [];
  let endedHead = 0;

  const addAnswer = (invocation: number, ofContent: number, answer: Answer) => {
    const ofInvocation = answersOf.get(invocation) ?? new Map<number, Answer[]>();
    answersOf.set(invocation, ofInvocation);
    const answers = ofInvocation.get(ofContent) ?? [];
    ofInvocation.set(ofContent, answers);
    answers.push(answer);
  };

  const forgetInvocations = (at: number) => {
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
  };

  const facts = {
    count,
    pushes,
    contents,
    messages,
    suspicions,
    /** The answers to attempts of a message. Several only if it, or another with its content, was twice in its batch. */
    answersFor: (message: number, invocation: number): readonly Answer[] =>
      answersOf.get(invocation)?.get(pushes.content.get(messages.push.get(message))) ?? [],
    /** Whether the device of a message has died or come back since the push was sent, so that its answers may differ. */
    hasDeviceChanged(message: number) {
      const push = messages.push.get(message);
      return changedAt.get(deviceOf(pushes.content.get(push))) > pushes.sentAt.get(push);
    },
    isDelivered: (message: number, invocation: number) => facts.answersFor(message, invocation).some(isSuccess),
    isGivenUp: (message: number, invocation: number) => deadLettersOf.get(invocation)?.has(message) === true,
    /** The time to live of a message in seconds; -1 if it has none, as a redriven one. */
    ttlOf: (message: number) =>
      messages.redrivenFrom.get(message) === -1 ? pushes.ttlSeconds.get(messages.push.get(message)) : -1,
    /** The message that now has a push, by the id that events and dead letters have. */
    presentMessage(id: number) {
      const redriven = messages.redrivenAs.get(id);
      return redriven === -1 ? id : redriven;
    },
    learn({ kind, at, a, b, c, d }: HistoryRecord): void {
      switch (kind) {
        case kinds.sent:
          count.sent += 1;
          count.pushes = Math.max(count.pushes, a + 1);
          pushes.content.set(a, b);
          pushes.app.set(a, c);
          pushes.ttlSeconds.set(a, d);
          pushes.sentAt.set(a, at);
          contents.pushes.add(b);
          break;
        case kinds.accepted:
          pushes.isAccepted.set(a, 1);
          break;
        case kinds.listed:
          pushes.isAccepted.set(a, 1);
          pushes.isOfSweep.set(a, 1);
          break;
        case kinds.excluded:
        case kinds.unsettled:
          pushes.isOfSweep.set(a, 1);
          break;
        case kinds.refused:
          pushes.refusals.add(a);
          break;
        case kinds.stored:
          count.messages = Math.max(count.messages, a + 1);
          messages.push.set(a, b);
          messages.storedAt.set(a, at);
          if (b === -1) messages.isUnreadable.set(a, 1);
          else if (pushes.messages.add(b) === 1) pushes.firstMessage.set(b, a);
          if (pushes.isOfSweep.get(b) === 1) pushes.isAccepted.set(b, 1);
          break;
        case kinds.redriven: {
          const push = messages.push.get(b);
          count.messages = Math.max(count.messages, a + 1);
          messages.push.set(a, push);
          messages.storedAt.set(a, at);
          pushes.messages.add(push);
          messages.redrivenFrom.set(a, b);
          messages.redrivenAs.set(b, a);
          break;
        }
        case kinds.duplicated:
          messages.isDuplicated.set(a, 1);
          break;
        case kinds.received:
          if (isOpen.get(a) === 1) messages.unfinished.add(a);
          messages.receives.add(a);
          messages.receiveCount.set(a, c);
          messages.invocation.set(a, b);
          isOpen.set(a, 1);
          break;
        case kinds.started:
          suspicions.start(a, b);
          break;
        case kinds.attempted:
          suspicions.attempt(b);
          contents.attempts.add(a);
          if (contents.firstAttemptAt.get(a) === -1) contents.firstAttemptAt.set(a, at);
          if (c === 1 && contents.takes.add(a) === 1) contents.takenAt.set(a, at);
          break;
        case kinds.answered: {
          const answer = { status: c, retryAfterSeconds: d };
          addAnswer(b, a, answer);
          if (isSuccess(answer)) contents.confirmations.add(a);
          suspicions.answer(b, deviceOf(a), c, d);
          break;
        }
        case kinds.delayed:
          isOpen.set(a, 0);
          break;
        case kinds.told:
          count.confirmed += d;
          break;
        case kinds.deadLettered: {
          const message = facts.presentMessage(a);
          messages.deadLetterReason.set(message, c);
          deadLettersOf.set(b, (deadLettersOf.get(b) ?? new Set()).add(message));
          break;
        }
        case kinds.deleted: {
          const { delivered, givenUp, forgotten } = endings;
          const ending = facts.isDelivered(a, b) ? delivered : facts.isGivenUp(a, b) ? givenUp : forgotten;
          isOpen.set(a, 0);
          messages.isGone.set(a, 1);
          messages.ending.set(a, ending);
          if (ending === delivered) messages.wasDelivered.set(a, 1);
          break;
        }
        case kinds.retentionEnded:
          messages.isGone.set(a, 1);
          messages.ending.set(a, endings.retention);
          break;
        case kinds.moved:
          messages.isGone.set(a, 1);
          messages.ending.set(a, endings.moved);
          break;
        case kinds.ended:
          endedInvocations.push({ invocation: a, at });
          forgetInvocations(at);
          break;
        case kinds.deviceDied:
        case kinds.deviceCameBack:
          changedAt.set(a, at);
          break;
        case kinds.died:
          count.deaths += 1;
          suspicions.die(a);
          break;
        default:
      }
    },
  };
  return facts;
}

export type Facts = ReturnType<typeof createFacts>;

/** What became of each push: the best ending of its messages, -1 without one, and why it was given up, if it was. */
export function endingsOfPushes({ messages, count }: Facts) {
  const best = createColumn(-1);
  const givenUpReason = createColumn(-1);
  // By the number of the ending.
  const rank = [1, 4, 3, -1, 2, -1];
  for (let message = 0; message < count.messages; message += 1) {
    const push = messages.push.get(message);
    if (push < 0) continue;
    const one = messages.ending.get(message);
    const known = best.get(push);
    if (known === -1 || (rank[one] ?? 0) > (rank[known] ?? 0)) best.set(push, one);
    const reason = messages.deadLetterReason.get(message);
    if (reason >= 0) givenUpReason.set(push, reason);
  }
  return { best, givenUpReason };
}

export type PushEndings = ReturnType<typeof endingsOfPushes>;
