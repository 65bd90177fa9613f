import { reasonOf } from '../../shared/push/dead-letter-reading.ts';
import type { GatewayFormat } from '../../shared/gateway-format.ts';
import type { Parameter } from '../../shared/push/form.ts';
import { pushOf, sharesAttempt } from '../../shared/push/push.ts';
import { parseQueuedPush } from '../../shared/push/queued-push.ts';
import { deviceHash } from '../../shared/push/redaction.ts';
import type { PushDetail, ShownAttempt, ShownPush, ShownPushes } from './api.ts';
import { isAccepted } from './gateway/wire.ts';

/** A type of the API while the sandbox writes it. */
export type Mutable<T> = { -readonly [Name in keyof T]: T[Name] };
type Attempt = Mutable<ShownAttempt>;

interface Push {
  /** It changes while the life of the push goes on. */
  readonly shown: Mutable<Omit<ShownPush, 'attempts'>> & { readonly attempts: Attempt[] };
  /** The newest message of the push: a redrive sends another. */
  messageId: string;
  /** How often that message was received. */
  receiveCount: number;
  sentAtMs: number;
  readonly isShared: boolean;
  /** The newest batch that it was received with. */
  batch?: readonly ReceivedMessage[];
  /** What the gateway got. */
  received?: { readonly format: GatewayFormat; readonly body: string };
}

/** A message of the queue `pushes` or `sweeps`, or a dead letter. */
export interface QueuedMessage {
  readonly messageId: string;
  readonly body: string;
  /** Its attribute `pushId`, which a redriven message has. */
  readonly pushId?: string | undefined;
  readonly sentAtMs: number;
}

export interface ReceivedMessage extends QueuedMessage {
  readonly receiveCount: number;
}

/** When a message is visible again. Absent: now. */
interface VisibleAt {
  readonly messageId: string;
  readonly visibleAtMs?: number | undefined;
}

/** What the log line of a push says that was not delivered. */
export interface LoggedFailure {
  readonly id: string;
  readonly receiveCount: number;
  readonly kind: string;
  readonly status?: number | undefined;
  readonly failure?: string | undefined;
  readonly ms?: number | undefined;
}

/** A request that the gateway has received. */
export interface ReceivedRequest {
  readonly format: GatewayFormat;
  readonly body: string;
  readonly parameters: readonly Parameter[];
}

/** What happened to a push. */
export type Change =
  | 'accepted'
  | 'redriven'
  /** It was sent before the sandbox began to follow the queues, or before it forgot all pushes. */
  | 'found'
  | 'attempt'
  | 'attempted'
  | 'retrying'
  | 'delivered'
  | 'given-up'
  | 'next-attempt';

export interface PushesOptions {
  /** How many of the newest pushes are kept. */
  readonly kept: number;
  /** The body that the gateway receives for these parameters, to recognise the attempts of a push. */
  readonly encode: (parameters: readonly Parameter[]) => string;
  readonly now: () => number;
  readonly onChange: (push: ShownPush, change: Change) => void;
  /** Called when the first push is dropped, also after `forget`. */
  readonly onFirstDrop: () => void;
}

export type Pushes = ReturnType<typeof createPushes>;

/** A push has a hundred attempts in a day's outage. */
const keptAttempts = 100;
const attemptOutcomes = ['delivered', 'unregistered', 'rejected', 'throttled', 'transient'] as const;

/**
 * The newest pushes of the local stack with their lives, put together from what its parts see: the queue, the batches of
 * `deliver`, the gateway, and the log. None of them sees all.
 */
export function createPushes({ kept, encode, now, onChange, onFirstDrop }: PushesOptions) {
  const pushes = new Map<string, Push>();
  /** The pushes in a batch that is being delivered, by the body that the gateway receives. */
  const attempting = new Map<string, Set<Push>>();
  /** The messages in such batches. */
  const receiving = new Set<string>();
  let revision = 0;
  let dropped = 0;
  /** When the newest push was sent that was dropped. */
  let droppedUntilMs = -Infinity;
  let direct = 0;
  /** A push that was sent earlier and is not known was accepted in an earlier life. */
  let followedSinceMs = now();

  const isoNow = () => new Date(now()).toISOString();
  const change = (push: Push, what: Change) => {
    revision += 1;
    push.shown.revision = revision;
    onChange(push.shown, what);
  };
  const add = (push: Push): Push => {
    pushes.set(push.shown.id, push);
    for (const [id, { sentAtMs }] of pushes) {
      if (pushes.size <= kept) break;
      pushes.delete(id);
      droppedUntilMs = Math.max(droppedUntilMs, sentAtMs);
      dropped += 1;
      if (dropped === 1) onFirstDrop();
    }
    return push;
  };

  const read = (message: QueuedMessage, source: ShownPush['source']): Push => {
    const { messageId, pushId, body, sentAtMs } = message;
    const reading = parseQueuedPush(body);
    const { push, acceptedAt = new Date(sentAtMs), expiresAt, client, sweep } = reading.ok ? reading.queued : {};
    return {
      shown: {
        ...{ id: pushId ?? messageId, revision, source, acceptedAt: acceptedAt.toISOString() },
        ...(expiresAt && { expiresAt: expiresAt.toISOString() }),
        ...(client !== undefined && { client }),
        ...(sweep && { sweep }),
        device: push === undefined ? '' : deviceHash(push.appId, push.deviceToken),
        parameters: push?.parameters ?? [],
        ...(!reading.ok && { fault: reading.why }),
        ...{ state: 'waiting', attempts: [], olderAttempts: 0, untried: 0 },
      },
      ...{ messageId, receiveCount: 0, sentAtMs, isShared: push !== undefined && sharesAttempt(push) },
    };
  };

  /** A request past the relay has no message. */
  const addDirect = ({ parameters }: ReceivedRequest, sentAtMs: number): Push => {
    direct += 1;
    const acceptedAt = new Date(sentAtMs).toISOString();
    const { appId, deviceToken } = pushOf(parameters) ?? {};
    const id = `direct-${String(direct)}`;
    return add({
      shown: {
        ...{ id, revision, source: 'gateway', acceptedAt, parameters },
        device: appId === undefined || deviceToken === undefined ? '' : deviceHash(appId, deviceToken),
        ...{ state: 'attempting', attempts: [], olderAttempts: 0, untried: 0 },
      },
      ...{ messageId: id, receiveCount: 1, sentAtMs, isShared: false },
    });
  };

  const attemptOf = ({ shown, messageId, receiveCount }: Push): Attempt | undefined =>
    shown.attempts.findLast((attempt) => attempt.messageId === messageId && attempt.receiveCount === receiveCount);
  const addAttempt = (push: Push, startedAt: string, receiveCount: number): Attempt => {
    const { shown, messageId } = push;
    const attempt = { startedAt, messageId, receiveCount };
    shown.attempts.push(attempt);
    if (shown.attempts.length > keptAttempts) {
      shown.attempts.shift();
      shown.olderAttempts += 1;
    }
    change(push, 'attempted');
    return attempt;
  };

  /** A message is on the queue. Each part that sees it may say so: it counts once. */
  const queued = (message: QueuedMessage, source: 'pushes' | 'sweeps', receivedBefore = 0): Push => {
    const { messageId, pushId, sentAtMs } = message;
    const known = pushes.get(pushId ?? messageId);
    if (known === undefined) {
      const push = add(read(message, source));
      if (receivedBefore > 0) push.shown.receivedBefore = receivedBefore;
      const isOfBefore = receivedBefore > 0 || sentAtMs < followedSinceMs;
      change(push, isOfBefore ? 'found' : pushId === undefined ? 'accepted' : 'redriven');
      return push;
    }
    if (known.messageId !== messageId) {
      const { shown } = known;
      known.messageId = messageId;
      known.sentAtMs = sentAtMs;
      shown.state = 'waiting';
      shown.redrivenAt = isoNow();
      delete shown.endedAt;
      delete shown.reason;
      delete shown.words;
      change(known, 'redriven');
    }
    return known;
  };

  const end = (push: Push, state: 'delivered' | 'given-up') => {
    push.shown.state = state;
    push.shown.endedAt = isoNow();
    delete push.shown.nextAttemptAt;
    change(push, state);
  };

  return {
    queued,

    /** A batch begins. @returns functions that say how it has ended, for each message. */
    receiving(messages: readonly ReceivedMessage[], source: 'pushes' | 'sweeps') {
      const batch = messages.map((message) => {
        // One that was dropped comes again with each attempt. If it were added again, it would drop a newer one.
        const isDropped = !pushes.has(message.pushId ?? message.messageId) && message.sentAtMs <= droppedUntilMs;
        const push = isDropped ? read(message, source) : queued(message, source, message.receiveCount - 1);
        const body = push.shown.fault === undefined ? encode(push.shown.parameters) : undefined;
        receiving.add(message.messageId);
        push.receiveCount = message.receiveCount;
        push.batch = messages;
        push.shown.state = 'attempting';
        delete push.shown.nextAttemptAt;
        if (body !== undefined) attempting.set(body, (attempting.get(body) ?? new Set()).add(push));
        change(push, 'attempt');
        return { message, push, body };
      });
      return {
        /**
         * @param isSettled whether a message leaves its queue.
         * @param deadLetterOf the attributes of the dead letter of a push, if it has one.
         */
        ended(
          isSettled: (message: ReceivedMessage) => boolean,
          deadLetterOf: (pushId: string) => ((name: string) => string | undefined) | undefined,
        ) {
          for (const { message, push, body } of batch) {
            receiving.delete(message.messageId);
            if (body !== undefined) {
              const others = attempting.get(body);
              others?.delete(push);
              if (others?.size === 0) attempting.delete(body);
            }
            // A redrive in the meantime has begun another life.
            if (push.messageId !== message.messageId) continue;
            const attempt = attemptOf(push);
            if (!isSettled(message)) {
              if (attempt === undefined) push.shown.untried += 1;
              push.shown.state = 'retrying';
              change(push, 'retrying');
              continue;
            }
            const valueOf = deadLetterOf(push.shown.id);
            if (valueOf === undefined) {
              if (attempt !== undefined) attempt.outcome = 'delivered';
              end(push, 'delivered');
            } else {
              const words = valueOf('words');
              push.shown.reason = reasonOf(valueOf('reason'));
              if (words !== undefined) push.shown.words = words;
              end(push, 'given-up');
            }
          }
        },
      };
    },

    /**
     * The gateway has received a request. Identical pushes of one batch may share it.
     * @returns a function that says what was answered; `null`: nothing.
     */
    requested: (request: ReceivedRequest): ((status: number | null) => void) => {
      const startedAtMs = now();
      const startedAt = new Date(startedAtMs).toISOString();
      const candidates = [...(attempting.get(request.body) ?? [])];
      const waiting = candidates.filter((push) => attemptOf(push) === undefined);
      // `deliver` sends a request again at once, in the same attempt, if a connection that was in use before is closed.
      const repeated = candidates.filter((push) => attemptOf(push)?.status === null);
      const [first] = waiting.length > 0 ? waiting : repeated;
      const isSharedWith = (push: Push) => first?.isShared === true && push.batch === first.batch;
      const shared = [...waiting, ...repeated].filter((push) => push === first || isSharedWith(push));
      const attempted = first === undefined ? [addDirect(request, startedAtMs)] : shared;
      const attempts = attempted.map((push) => {
        push.received = { format: request.format, body: request.body };
        const attempt = attemptOf(push) ?? addAttempt(push, startedAt, push.receiveCount);
        change(push, 'attempt');
        return { push, attempt };
      });
      return (status) => {
        for (const { push, attempt } of attempts) {
          attempt.status = status;
          // The log has said more, if `deliver` did not wait for the answer.
          if (attempt.outcome === undefined) attempt.ms = now() - Date.parse(attempt.startedAt);
          if (push.shown.source === 'gateway') end(push, isAccepted(status) ? 'delivered' : 'given-up');
          else change(push, 'attempt');
        }
      };
    },

    /** `deliver` has logged that a push was not delivered. The line may come after the end of the batch. */
    failed({ id, receiveCount, kind, status, failure, ms }: LoggedFailure) {
      const push = pushes.get(id);
      const outcome = attemptOutcomes.find((one) => one === kind);
      if (push === undefined || outcome === undefined) return;
      const startedAt = new Date(now() - (ms ?? 0)).toISOString();
      const attempt = attemptOf({ ...push, receiveCount }) ?? addAttempt(push, startedAt, receiveCount);
      attempt.outcome = outcome;
      if (status !== undefined) attempt.status ??= status;
      if (failure !== undefined) attempt.failure = failure;
      if (ms !== undefined) attempt.ms = ms;
      change(push, 'attempt');
    },

    /**
     * Takes when the messages of the queues are visible again.
     * @param isDeadLetter whether SQS itself has moved a message to the dead letters: `deliver` sends a new one.
     */
    scheduled(
      queues: readonly { readonly delayed: readonly VisibleAt[]; readonly inFlight: readonly VisibleAt[] }[],
      isDeadLetter: (messageId: string) => boolean,
    ) {
      const visibleAtMs = new Map(
        queues.flatMap(({ delayed, inFlight }) =>
          [...delayed, ...inFlight].map((one) => [one.messageId, one.visibleAtMs]),
        ),
      );
      for (const push of pushes.values()) {
        const { shown, messageId } = push;
        const ms = visibleAtMs.get(messageId);
        const isOnQueue = shown.state === 'waiting' || shown.state === 'retrying';
        if (isOnQueue && isDeadLetter(messageId)) {
          shown.reason = 'exhausted';
          end(push, 'given-up');
          continue;
        }
        const nextAttemptAt = ms === undefined || !isOnQueue ? undefined : new Date(ms).toISOString();
        if (shown.nextAttemptAt === nextAttemptAt) continue;
        if (nextAttemptAt === undefined) delete shown.nextAttemptAt;
        else shown.nextAttemptAt = nextAttemptAt;
        change(push, 'next-attempt');
      }
    },

    /** Whether a message is in a batch that is being delivered. */
    isAttempting: (messageId: string) => receiving.has(messageId),

    revision: () => revision,

    /** The pushes that changed after this revision, newest first. */
    changedSince: (since: number): ShownPushes => {
      const changed = [...pushes.values()].map(({ shown }) => shown).filter(({ revision }) => revision > since);
      return { pushes: changed.reverse(), kept, dropped };
    },

    /** One push in full. */
    detail(id: string): PushDetail | undefined {
      const push = pushes.get(id);
      return push && { ...push.shown, ...push.received };
    },

    /** Forgets all pushes, also those that are still on a queue, until they are received again. */
    forget() {
      pushes.clear();
      dropped = 0;
      droppedUntilMs = -Infinity;
      followedSinceMs = now();
      revision += 1;
    },
  };
}
