import * as v from 'valibot';
import { UsageError } from '../cli-context.ts';
import type { DeadLetterQueue } from '../dead-letters/dead-letter-queue.ts';
import { countMessages } from '../dead-letters/queue-reader.ts';
import { findDeadLetter, isComplete } from '../dead-letters/scan.ts';
import type { Follow, PushState } from './smoke.ts';

/**
 * How often the dead letters are read. Each time hides them from other readers, and SQS may count them as hidden for a
 * while.
 */
const deadLettersEveryMs = 10_000;

/**
 * Follows a push in the queues: it is on its queue, or a dead letter, or was delivered. To be called before the push is
 * sent, because SQS cannot say whether one push is on a queue: only how many are, which other pushes change too.
 * @param settleMs how long the queue must stay empty before the push counts as delivered: on AWS its count lags.
 */
export async function followInQueues(queue: DeadLetterQueue, settleMs: number): Promise<Follow> {
  const { sqs, context } = queue;
  const { now } = context;
  const quietly = { ...queue, context: { ...context, stderr: { write: () => true } } };
  const pushesUrl = queue.urlOf('pushes');
  if (pushesUrl === undefined) {
    throw new UsageError('The URL of the queue pushes is unknown: pass it with --queue-url pushes=URL.');
  }
  const countPushes = async () => {
    const { visible, hidden } = await countMessages(sqs, pushesUrl);
    return visible + hidden;
  };
  const before = await countPushes();
  let emptySince: number | undefined;
  let deadLettersReadAt = now();
  /** Whether the dead letters have not been read since the queue is empty. */
  let isFirstReading = true;
  return async (id, isLast) => {
    // The queue first: a push becomes a dead letter before it leaves its queue.
    const count = await countPushes();
    emptySince = count === 0 ? (emptySince ?? now()) : undefined;
    const hasLeft = emptySince !== undefined && now() - emptySince >= settleMs;
    const waiting = waitingState(count, before);
    const isDue = (hasLeft && isFirstReading) || now() - deadLettersReadAt >= deadLettersEveryMs;
    if (!isDue && !isLast) return waiting;
    deadLettersReadAt = now();
    if (hasLeft) isFirstReading = false;
    const result = await findDeadLetter(quietly, id);
    if (result.found !== undefined) {
      const { reason, status, words } = result.found;
      return { kind: 'undeliverable', detail: [reason, status, words].filter((part) => part !== undefined).join(' ') };
    }
    if (hasLeft && !isComplete(result)) {
      return { kind: 'unclear', detail: 'its queue is empty, but another reader holds some dead letters' };
    }
    return hasLeft ? { kind: 'delivered', detail: 'its queue is empty, and it is not a dead letter' } : waiting;
  };
}

/** The state of a push that is not a dead letter. @param before the number of pushes on the queue before it was sent. */
function waitingState(count: number, before: number): PushState {
  const pushes = count === 1 ? '1 push is' : `${String(count)} pushes are`;
  if (count === 1 && before === 0) return { kind: 'waiting', detail: 'it is still on its queue' };
  if (count > 0) {
    const others = before === 0 ? '' : `, and ${String(before)} before it was sent`;
    return {
      kind: 'unclear',
      detail: `it is not a dead letter, but ${pushes} on its queue${others}: it may be one of them`,
    };
  }
  return { kind: 'unclear', detail: 'its queue is empty, but has not been for long enough: pass a longer --timeout' };
}

const receivedPushes = v.array(
  v.object({ status: v.nullable(v.number()), parameters: v.record(v.string(), v.string()) }),
);

/**
 * Follows a push at a sandbox, which lists the pushes that it has received.
 * @param mark the value of the parameter `Id`, which identifies the push there.
 * @param isRequired whether it is an error that no sandbox answers.
 */
export function followAtSandbox(sandboxUrl: URL, mark: string, isRequired: boolean): Follow {
  return async () => {
    const url = new URL('/attempts', sandboxUrl);
    const answer = await fetch(url, { signal: AbortSignal.timeout(5000) }).then(
      (response) => response.json(),
      () => undefined,
    );
    const received = v.safeParse(receivedPushes, answer);
    if (!received.success) {
      if (isRequired) throw new UsageError(`No sandbox answers at ${url.href}: check --sandbox.`);
      return { kind: 'unclear', detail: `no sandbox answers at ${url.href}` };
    }
    const statuses = received.output.filter(({ parameters }) => parameters['Id'] === mark).map(({ status }) => status);
    if (statuses.includes(200)) return { kind: 'delivered', detail: 'the sandbox has received it' };
    const last = statuses.at(-1);
    if (last === undefined) return { kind: 'unclear', detail: 'the sandbox has not received it' };
    const answered = last === null ? 'without an answer' : `with status ${String(last)}`;
    return { kind: 'waiting', detail: `attempts at the sandbox: ${String(statuses.length)}, the last ${answered}` };
  };
}

/** Follows a push in the queues and at a sandbox: an end decides, then an attempt that failed, then the queues. */
export function followBoth(inQueues: Follow, atSandbox: Follow): Follow {
  return async (id, isLast) => {
    const inQueue = await inQueues(id, isLast);
    if (inQueue.kind === 'undeliverable' || inQueue.kind === 'delivered') return inQueue;
    const received = await atSandbox(id, isLast);
    return received.kind === 'unclear' ? inQueue : received;
  };
}
