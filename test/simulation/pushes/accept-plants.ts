import type { QueuedPush } from '../../../shared/push/queued-push.ts';
import type { Plant } from '../plant.ts';

/** Faults of `accept`. */
export const acceptPlants = {
  'answer-before-sqs': {
    summary: 'accept answers 202 before SQS has the push',
    ...{ scenario: 'healthy', pushes: 50, fault: 'a client gets a 202 before SQS has the push' },
    accept: (dependencies) => ({
      ...dependencies,
      enqueue(queued) {
        dependencies.enqueue(queued).catch(() => undefined);
        return Promise.resolve('m0');
      },
    }),
  },
  'accept-what-failed': {
    summary: 'accept answers 202 although SQS failed',
    ...{ scenario: 'idempotent-with-crashes', pushes: 400, fault: 'an answer names a push of another request' },
    accept: (dependencies) => ({
      ...dependencies,
      enqueue: (queued) => dependencies.enqueue(queued).catch(() => 'm0'),
    }),
  },
  'enqueue-twice': {
    summary: 'accept sends each push to SQS twice',
    ...{ scenario: 'healthy', pushes: 50, fault: 'SQS gets a push twice' },
    accept: (dependencies) => ({
      ...dependencies,
      async enqueue(queued) {
        await dependencies.enqueue(queued);
        return dependencies.enqueue(queued);
      },
    }),
  },
  'accept-refused-entries': {
    summary: 'accept answers 202 for the pushes of a batch that SQS refused',
    ...{ scenario: 'batched-requests', pushes: 400, fault: 'a client gets a 202 before SQS has the push' },
    accept: (dependencies) => ({
      ...dependencies,
      async enqueueBatch(pushes, abortSignal) {
        const { ids } = await dependencies.enqueueBatch(pushes, abortSignal);
        return { ids: new Map(pushes.map((queued) => [queued, ids.get(queued) ?? 'm0'])) };
      },
    }),
  },
  'send-a-batch-again': {
    summary: 'accept sends all pushes of a batch again if SQS refuses one',
    ...{ scenario: 'refused-entries-of-requests', pushes: 1000, fault: 'SQS gets a push twice' },
    accept: (dependencies) => ({
      ...dependencies,
      async enqueueBatch(pushes, abortSignal) {
        const first = await dependencies.enqueueBatch(pushes, abortSignal);
        return first.ids.size < pushes.length ? dependencies.enqueueBatch(pushes, abortSignal) : first;
      },
    }),
  },
  'refuse-at-once': {
    summary: 'accept refuses each push of a batch that SQS refuses once: a tenth',
    ...{
      scenario: 'refused-entries-of-requests',
      pushes: 500,
      fault: 'a client sends a push again that SQS would have taken',
    },
    accept: (dependencies) => ({
      ...dependencies,
      enqueueBatch: (pushes, abortSignal) =>
        dependencies.enqueueBatch(
          pushes.filter((_push, index) => index % 10 < 9),
          abortSignal,
        ),
    }),
  },
  'lose-time-to-live': {
    summary: 'accept forgets the time to live',
    ...{ scenario: 'clock-skew', pushes: 100, fault: 'an attempt after the time to live' },
    accept: withQueued(withoutTimeToLive),
  },
  'time-to-live-in-milliseconds': {
    summary: 'accept takes the seconds of a time to live for milliseconds',
    ...{ scenario: 'clock-skew', pushes: 100, fault: 'a push is given up for a wrong reason' },
    accept: withQueued(({ expiresAt, ...queued }) => {
      if (expiresAt === undefined) return queued;
      const ms = expiresAt.getTime() - queued.acceptedAt.getTime();
      return { ...queued, expiresAt: new Date(queued.acceptedAt.getTime() + Math.ceil(ms / 1000)) };
    }),
  },
  'lose-time-to-live-of-batches': {
    summary: 'accept forgets the time to live of a batch',
    ...{ scenario: 'times-to-live', pushes: 100, fault: 'an attempt after the time to live' },
    accept: (dependencies) => ({
      ...dependencies,
      async enqueueBatch(pushes, abortSignal) {
        const changed = new Map(pushes.map((queued) => [withoutTimeToLive(queued), queued]));
        const { ids, ...rest } = await dependencies.enqueueBatch([...changed.keys()], abortSignal);
        const idsOfPushes = [...changed].flatMap(([sent, queued]): [QueuedPush, string][] => {
          const id = ids.get(sent);
          return id === undefined ? [] : [[queued, id]];
        });
        return { ...rest, ids: new Map(idsOfPushes) };
      },
    }),
  },
} as const satisfies Readonly<Record<string, Plant>>;

function withoutTimeToLive({ push, acceptedAt }: QueuedPush): QueuedPush {
  return { push, acceptedAt };
}

function withQueued(change: (queued: QueuedPush) => QueuedPush): NonNullable<Plant['accept']> {
  return (dependencies) => ({ ...dependencies, enqueue: (queued) => dependencies.enqueue(change(queued)) });
}
