import type { MessageAttributeValue } from '@aws-sdk/client-sqs';
import type { Chance } from '../kernel/chance.ts';
import { createCalendar } from '../kernel/calendar.ts';
import { createHeap } from '../kernel/heap.ts';
import { CallError } from '../kernel/process.ts';
import type { Scheduler } from '../kernel/scheduler.ts';
import { checkVisibility } from './sqs-requests.ts';

export interface QueuedMessage {
  readonly number: number;
  readonly id: string;
  /** Emptied when the message is gone. */
  body: string;
  readonly attributes: Readonly<Record<string, MessageAttributeValue>>;
  readonly group: Group;
  /** Whole milliseconds since the epoch, by the clock of SQS. */
  readonly sentAt: number;
  firstReceivedAt: number;
  receiveCount: number;
  /** When it was last received. */
  receivedAt: number;
  /** When it is visible again. Only valid while it is hidden. */
  visibleAt: number;
  /** `waiting`: hidden by a delay before its first receive. */
  state: 'waiting' | 'visible' | 'in flight' | 'gone';
}

/** The messages of a message group that are visible, in about the order in which they became so. */
interface Group {
  readonly id: string;
  readonly visible: QueuedMessage[];
  /** The index of the first one. */
  head: number;
  inFlight: number;
  isListed: boolean;
}

/** How far SQS departs from a queue in order, each message exactly once. */
export interface QueueTrouble {
  /** The probability that a message is handed out again although it is in flight. */
  readonly duplicate: number;
  /** The probability that a delete has no effect, although SQS confirms it. */
  readonly forgetDelete: number;
  /** From how many of the first messages one is taken. 1: in order. */
  readonly reorder: number;
}

export const noTrouble: QueueTrouble = { duplicate: 0, forgetDelete: 0, reorder: 1 };

export interface QueueObserver {
  readonly onDuplicate?: (message: QueuedMessage) => void;
  readonly onRetentionEnd?: (message: QueuedMessage) => void;
  readonly onMove?: (message: QueuedMessage) => void;
}

export interface QueueOptions {
  readonly name: string;
  readonly scheduler: Scheduler;
  readonly epochMs: number;
  readonly chance: Chance;
  readonly visibilitySeconds: number;
  readonly retentionSeconds: number;
  readonly maxInFlight: number;
  /** Messages received more often than this are moved. */
  readonly redrive?: { readonly maxReceiveCount: number; readonly target: SqsQueue };
  readonly trouble?: () => QueueTrouble;
  readonly observer?: QueueObserver;
}

export interface SendOptions {
  readonly groupId?: string | undefined;
  readonly attributes?: Readonly<Record<string, MessageAttributeValue>> | undefined;
  readonly delaySeconds?: number | undefined;
}

export interface SqsQueue {
  readonly name: string;
  readonly url: string;
  readonly arn: string;
  readonly send: (body: string, options?: SendOptions) => QueuedMessage;
  /** Takes over a message that another queue moves, with its id and its sent time. */
  readonly take: (message: QueuedMessage) => void;
  /** Hands out up to `most` visible messages. None if as many are in flight as the queue allows. */
  readonly receive: (most: number, visibilitySeconds?: number) => Receipt[];
  readonly isFull: () => boolean;
  /** Calls back once when a message is visible and may be handed out. */
  readonly whenVisible: (look: () => void) => void;
  /** @returns the message, if it was there and is gone now. @throws CallError for a handle that is none of this queue. */
  readonly delete: (receiptHandle: string) => { readonly message: QueuedMessage; readonly isGone: boolean };
  /** @throws CallError if the message is not in flight, or would be hidden for longer than SQS allows. */
  readonly changeVisibility: (receiptHandle: string, seconds: number) => QueuedMessage;
  readonly counts: () => { readonly visible: number; readonly inFlight: number; readonly waiting: number };
  readonly mostInFlight: () => number;
  readonly visibilitySeconds: number;
}

export interface Receipt {
  readonly message: QueuedMessage;
  readonly receiptHandle: string;
  readonly receiveCount: number;
}

/** How long SQS takes to hand out a message again that it should have hidden. */
const duplicateAfterMs = 20_000;

/**
 * A standard queue as AWS describes it: visibility, receive counts, fair groups, redrive, retention, and a limit of
 * messages in flight. It draws what AWS leaves open: order, duplicates, deletes that are forgotten.
 * @param numberOf the number of the next message.
 */
export function createQueue(options: QueueOptions, numberOf: () => number): SqsQueue {
  const { name, scheduler, epochMs, chance, visibilitySeconds, retentionSeconds, maxInFlight, redrive } = options;
  const { trouble = () => noTrouble, observer = {} } = options;
  const messages = new Map<number, QueuedMessage>();
  const groups = new Map<string, Group>();
  /** Groups with visible messages. */
  const listed: Group[] = [];
  const delays = createCalendar<QueuedMessage>();
  /** Apart from the delays, because they end in the order in which they begin. */
  const timeouts = createHeap<QueuedMessage>();
  const retained = createHeap<QueuedMessage>();
  const watchers: (() => void)[] = [];
  let plannedFor = Infinity;
  let inFlight = 0;
  let mostInFlight = 0;
  let visible = 0;
  const now = () => scheduler.now();

  const show = (message: QueuedMessage) => {
    if (message.state === 'in flight') {
      inFlight -= 1;
      message.group.inFlight -= 1;
    }
    message.state = 'visible';
    visible += 1;
    const { group } = message;
    group.visible.push(message);
    if (!group.isListed) {
      group.isListed = true;
      listed.push(group);
    }
  };
  const hide = (message: QueuedMessage, until: number, within = delays) => {
    message.visibleAt = until;
    within.add(until, message);
  };
  const drop = (message: QueuedMessage) => {
    if (message.state === 'in flight') {
      inFlight -= 1;
      message.group.inFlight -= 1;
    }
    if (message.state === 'visible') visible -= 1;
    message.state = 'gone';
    message.body = '';
    messages.delete(message.number);
  };
  /** Brings the queue up to the present. */
  const advance = () => {
    for (;;) {
      const within = delays.firstKey() < timeouts.firstKey() ? delays : timeouts;
      const moment = within.firstKey();
      if (moment > now()) break;
      const message = within.take();
      // Its visibility can have changed since.
      const isDue = message?.visibleAt === moment && (message.state === 'in flight' || message.state === 'waiting');
      if (message !== undefined && isDue) show(message);
    }
    while (retained.firstKey() <= now()) {
      const message = retained.take();
      if (message === undefined || message.state === 'gone') continue;
      observer.onRetentionEnd?.(message);
      drop(message);
    }
  };
  const isFull = () => {
    advance();
    return inFlight >= maxInFlight;
  };
  /** Tells a watcher once there is something to receive, and sees to it that this happens when the next delay ends. */
  const notify = () => {
    while (watchers.length > 0) {
      advance();
      if (visible === 0 || inFlight >= maxInFlight) break;
      watchers.shift()?.();
      return;
    }
    const next = Math.min(delays.firstKey(), timeouts.firstKey());
    if (watchers.length === 0 || next >= plannedFor) return;
    plannedFor = next;
    scheduler.at(next, () => {
      if (plannedFor === next) plannedFor = Infinity;
      notify();
    });
  };

  const add = (message: QueuedMessage, visibleAt: number) => {
    messages.set(message.number, message);
    retained.add(message.sentAt - epochMs + retentionSeconds * 1000, message);
    if (visibleAt > now()) hide(message, visibleAt);
    else show(message);
    notify();
  };
  const groupOf = (id: string): Group => {
    const known = groups.get(id);
    if (known !== undefined) return known;
    const group = { id, visible: [], head: 0, inFlight: 0, isListed: false };
    groups.set(id, group);
    return group;
  };
  /** Takes one of the first messages of a group; `undefined` if it has none. */
  const takeOf = (group: Group): QueuedMessage | undefined => {
    const { reorder } = trouble();
    while (group.head < group.visible.length) {
      const ahead = Math.min(reorder, group.visible.length - group.head);
      const index = group.head + (ahead > 1 ? chance.below(ahead) : 0);
      const message = group.visible[index];
      const first = group.visible[group.head];
      if (message === undefined || first === undefined) break;
      group.visible[index] = first;
      group.head += 1;
      if (group.head > 1024 && group.head * 2 > group.visible.length) {
        group.visible.splice(0, group.head);
        group.head = 0;
      }
      if (message.state === 'visible') return message;
    }
    return undefined;
  };
  /** A group with far more messages in flight than its share is noisy, and comes last: fair queues. */
  const isNoisy = (group: Group) =>
    groups.size > 1 && group.inFlight > 10 && group.inFlight * groups.size > 2 * inFlight;
  const takeNext = (): QueuedMessage | undefined => {
    while (listed.length > 0) {
      const start = chance.below(listed.length);
      let index = start;
      // A few looks are enough to find a group that is not noisy, where there are any.
      for (let looks = 0; looks < 8; looks += 1) {
        const candidate = listed[(start + looks) % listed.length];
        if (candidate === undefined || isNoisy(candidate)) continue;
        index = (start + looks) % listed.length;
        break;
      }
      const group = listed[index];
      if (group === undefined) return undefined;
      const message = takeOf(group);
      if (message !== undefined) return message;
      group.isListed = false;
      group.visible.length = 0;
      group.head = 0;
      const last = listed.pop();
      if (last !== undefined && last !== group) listed[index] = last;
    }
    return undefined;
  };

  const findMessage = (receiptHandle: string) => {
    const [numberText = '', queueName, receiveText] = receiptHandle.split('/');
    if (queueName !== name) throw new CallError('ReceiptHandleIsInvalid', 'The input receipt handle is invalid.');
    const message = messages.get(Number(numberText));
    return { message, isLatest: message?.receiveCount === Number(receiveText) };
  };

  const queue: SqsQueue = {
    name,
    url: `https://sqs.us-east-1.amazonaws.com/123456789012/${name}`,
    arn: `arn:aws:sqs:us-east-1:123456789012:${name}`,
    visibilitySeconds,
    send(body, { groupId = '', attributes = {}, delaySeconds = 0 } = {}) {
      const number = numberOf();
      const message: QueuedMessage = {
        number,
        id: `m${String(number)}`,
        body,
        attributes,
        group: groupOf(groupId),
        sentAt: Math.floor(epochMs + now()),
        firstReceivedAt: 0,
        receiveCount: 0,
        receivedAt: 0,
        visibleAt: 0,
        state: 'waiting',
      };
      add(message, now() + delaySeconds * 1000);
      return message;
    },
    take(message) {
      add({ ...message, group: groupOf(''), state: 'waiting' }, now());
    },
    receive(most, seconds = visibilitySeconds) {
      advance();
      const receipts: Receipt[] = [];
      const { duplicate } = trouble();
      while (receipts.length < most && inFlight < maxInFlight) {
        const message = takeNext();
        if (message === undefined) break;
        if (redrive !== undefined && message.receiveCount >= redrive.maxReceiveCount) {
          observer.onMove?.(message);
          redrive.target.take(message);
          drop(message);
          continue;
        }
        visible -= 1;
        message.receiveCount += 1;
        message.receivedAt = now();
        if (message.receiveCount === 1) message.firstReceivedAt = Math.floor(epochMs + now());
        message.state = 'in flight';
        inFlight += 1;
        message.group.inFlight += 1;
        if (chance.hits(duplicate)) {
          observer.onDuplicate?.(message);
          hide(message, now() + chance.between(0, duplicateAfterMs));
        } else hide(message, now() + seconds * 1000, timeouts);
        const { receiveCount } = message;
        receipts.push({
          message,
          receiptHandle: `${String(message.number)}/${name}/${String(receiveCount)}`,
          receiveCount,
        });
      }
      mostInFlight = Math.max(mostInFlight, inFlight);
      notify();
      return receipts;
    },
    isFull,
    whenVisible(look) {
      watchers.push(look);
      notify();
    },
    delete(receiptHandle) {
      advance();
      const { message = goneMessage, isLatest } = findMessage(receiptHandle);
      // Deleting what is gone, or was received again since, succeeds and does nothing.
      if (message.state === 'gone' || !isLatest) return { message, isGone: false };
      if (chance.hits(trouble().forgetDelete)) return { message, isGone: false };
      drop(message);
      notify();
      return { message, isGone: true };
    },
    changeVisibility(receiptHandle, seconds) {
      advance();
      const { message, isLatest } = findMessage(receiptHandle);
      if (message?.state !== 'in flight' || !isLatest) {
        throw new CallError('MessageNotInflight', 'The message is not in flight.');
      }
      checkVisibility(seconds, now() - message.receivedAt);
      hide(message, now() + seconds * 1000);
      notify();
      return message;
    },
    counts() {
      advance();
      return { visible, inFlight, waiting: messages.size - visible - inFlight };
    },
    mostInFlight: () => mostInFlight,
  };
  return queue;
}

const goneMessage: QueuedMessage = {
  number: -1,
  id: '',
  body: '',
  attributes: {},
  group: { id: '', visible: [], head: 0, inFlight: 0, isListed: false },
  sentAt: 0,
  firstReceivedAt: 0,
  receiveCount: 0,
  receivedAt: 0,
  visibleAt: 0,
  state: 'gone',
};
