import type { FauxqsServer } from 'fauxqs';
import type { Sample, ShownQueue } from './api.ts';
import type { Change } from './pushes.ts';
import type { QueueNames } from './watch.ts';

/** Ten minutes. */
const keptSamples = 600;

/** Whether a message was received before, and when it is visible again. */
interface SampledMessage {
  readonly messageId: string;
  readonly sentAtMs: number;
  readonly receives: number;
  /** Absent: now. */
  readonly visibleAtMs?: number | undefined;
}

interface SampledQueue {
  readonly name: ShownQueue['name'];
  readonly ready: readonly SampledMessage[];
  readonly delayed: readonly SampledMessage[];
  readonly inFlight: readonly SampledMessage[];
}

/** What is in the queues of the local stack now. */
export function inspectQueues(aws: FauxqsServer, queues: QueueNames): SampledQueue[] {
  const names = ['pushes', 'sweeps', 'undeliverable'] as const;
  return names.map((name) => {
    const { ready = [], delayed = [], inflight = [] } = aws.inspectQueue(queues[name])?.messages ?? {};
    const sampled = ({ messageId, sentTimestamp, approximateReceiveCount }: (typeof ready)[number]) => ({
      ...{ messageId, sentAtMs: sentTimestamp, receives: approximateReceiveCount },
    });
    return {
      name,
      ready: ready.map(sampled),
      delayed: delayed.map((message) => ({ ...sampled(message), visibleAtMs: message.delayUntil })),
      inFlight: inflight.map(({ message, visibilityDeadline }) => ({
        ...sampled(message),
        visibleAtMs: visibilityDeadline,
      })),
    };
  });
}

/** Counts what happens, second by second, for the chart of the page. */
export function createSamples() {
  let counts = { accepted: 0, delivered: 0, givenUp: 0 };
  let queues: readonly ShownQueue[] = [];
  let version = 0;
  const samples: Sample[] = [];
  return {
    count(change: Change) {
      if (change === 'accepted') counts.accepted += 1;
      else if (change === 'delivered') counts.delivered += 1;
      else if (change === 'given-up') counts.givenUp += 1;
    },

    /**
     * Takes the sample of a second.
     * @param isAttempting whether a message is in a batch that is being delivered.
     */
    take(sampled: readonly SampledQueue[], isAttempting: (messageId: string) => boolean, nowMs: number) {
      const sent = sampled.filter(({ name }) => name !== 'undeliverable');
      const messages = sent.flatMap(({ ready, delayed, inFlight }) => [...ready, ...delayed, ...inFlight]);
      const isUntried = ({ messageId, receives }: SampledMessage) =>
        receives === 0 || (receives === 1 && isAttempting(messageId));
      const waiting = messages.filter(isUntried).length;
      samples.push({
        ...{ at: new Date(nowMs).toISOString(), waiting, retrying: messages.length - waiting, ...counts },
      });
      if (samples.length > keptSamples) samples.shift();
      counts = { accepted: 0, delivered: 0, givenUp: 0 };
      version += 1;
      queues = sampled.map((queue) => shownQueue(queue, nowMs));
    },

    samples: {
      version: () => version,
      read: (since: number) => samples.slice(Math.max(0, samples.length - (version - since))),
    },
    queues: { version: () => version, read: () => queues },
  };
}

function shownQueue({ name, ready, delayed, inFlight }: SampledQueue, nowMs: number): ShownQueue {
  // Not `Math.min`, which takes no more values than the stack has room for.
  const oldestMs = [ready, delayed, inFlight]
    .flat()
    .reduce((oldest, { sentAtMs }) => Math.min(oldest, sentAtMs), Infinity);
  return {
    ...{ name, visible: ready.length, delayed: delayed.length, inFlight: inFlight.length },
    ...(oldestMs !== Infinity && { oldestSeconds: Math.max(0, Math.floor((nowMs - oldestMs) / 1000)) }),
  };
}
