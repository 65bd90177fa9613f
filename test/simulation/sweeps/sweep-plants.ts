import { Readable } from 'node:stream';
import type { SweepDependencies } from '../../../functions/sweep/handler.ts';
import type { OutgoingMessage } from '../../../shared/aws/sqs/batches.ts';
import { plansFolder, snapshotsFolder } from '../../../shared/sweeps/keys.ts';
import { encodeReport, parseReport, sliceProgress } from '../../../shared/sweeps/report.ts';
import type { Store } from '../../../shared/sweeps/store.ts';
import type { Plant } from '../plant.ts';

/** Faults of `sweep`. */
export const sweepPlants: Readonly<Record<string, Plant>> = {
  'release-foreign-claim': {
    summary: 'sweep releases the claim of another tick',
    ...{
      scenario: 'sweep-with-crashes',
      pushes: 500,
      fault: 'a tick takes or releases a slice that another one holds',
    },
    sweep: (dependencies) => ({ ...dependencies, store: { ...dependencies.store, readText: releasing(dependencies) } }),
  },
  'forget-last-row': {
    summary: 'sweep forgets the last row of each slice',
    ...{ scenario: 'sweep', pushes: 200, fault: 'an accepted push is lost' },
    sweep: withSend((send) => {
      let held: OutgoingMessage[] = [];
      return async (messages) => {
        const due = [...held, ...messages];
        held = due.splice(-1);
        if (due.length > 0) await send(due);
        return { done: messages, failed: [] };
      };
    }),
  },
  'enqueue-without-delay': {
    summary: 'sweep enqueues all pushes of a slice without a delay',
    ...{ scenario: 'sweep', pushes: 1000, fault: 'a minute has too many pushes' },
    sweep: withSend((send) => (messages) => send(messages.map((message) => ({ ...message, DelaySeconds: 0 })))),
  },
  'report-before-the-queue': {
    summary: 'sweep takes a slice for done before the queue has its pushes',
    ...{ scenario: 'sweep', pushes: 1000, fault: 'a slice is reported before the queue has its pushes' },
    sweep: withSend((send) => (messages) => {
      void send(messages);
      return Promise.resolve({ done: messages, failed: [] });
    }),
  },
  'forget-refused-pushes': {
    summary: 'sweep forgets the pushes that the queue does not take',
    ...{ scenario: 'sweep-with-crashes', pushes: 500, fault: 'an accepted push is lost' },
    sweep: withSend((send) => async (messages) => {
      await send(messages);
      return { done: messages, failed: [] };
    }),
  },
  'record-too-far': {
    summary: 'sweep records rows as done that it has not read',
    ...{ scenario: 'sweep-with-crashes', pushes: 500, fault: 'an accepted push is lost' },
    sweep: withWrite((text) =>
      text.replace(/"throughLine": (\d+)/, (_, line) => `"throughLine": ${String(Number(line) + 20)}`),
    ),
  },
  'catch-up': {
    summary: 'sweep catches up on a missed tick when the next one comes twice',
    ...{ scenario: 'sweep-million', pushes: 2000, fault: 'a minute has too many pushes' },
    // Then the slice before seems to be long over.
    sweep: withWrite((text) => text.replace(/"dueTo": "2026/, '"dueTo": "2025')),
  },
  'exclude-as-before': {
    summary: 'sweep leaves out the devices of an earlier list',
    ...{ scenario: 'sweep-again', pushes: 400, fault: 'a device that is left out gets a push' },
    sweep: withStore((store) => ({
      ...store,
      open: (key, etag) => store.open(key.replace('except-1', 'except-0'), etag),
    })),
  },
  'ignore-withdrawal': {
    summary: 'sweep goes on with a slice whose plan was withdrawn',
    ...{ scenario: 'sweep-withdrawn', pushes: 500, fault: 'a sweep goes on that was withdrawn' },
    sweep: withStore(rememberingPlans),
  },
  'lines-of-another-list': {
    summary: 'sweep goes on in another list where it stopped in the first',
    ...{ scenario: 'sweep-list-replaced', pushes: 500, fault: 'an accepted push is lost' },
    sweep: withStore(adopting),
  },
  'forget-outcomes': {
    summary: 'sweep removes outcome counts that it does not add',
    ...{ scenario: 'sweep-million', pushes: 500, fault: 'the outcomes of the run miss pushes' },
    sweep: withReceive((messages) => messages.map((one, index) => (index % 3 === 0 ? { ...one, body: '{}' } : one))),
  },
  'resend-all': {
    summary: 'sweep sends all pushes of a batch again if the queue refuses one',
    ...{ scenario: 'sweep-refused-entries', pushes: 200, fault: 'SQS gets a push twice' },
    sweep: withSend((send) => async (messages) => {
      const result = await send(messages);
      const [refused] = result.failed;
      return refused ? { done: [], failed: messages.map((item) => ({ ...refused, item })) } : result;
    }),
  },
  'count-what-failed': {
    summary: 'deliver counts pushes as given up that it will give up again',
    ...{ scenario: 'sweep-refused-entries', pushes: 200, fault: 'the outcomes of the run count pushes twice' },
    deliver(dependencies) {
      let failed = 0;
      return {
        ...dependencies,
        async publish(records, abortSignal) {
          const result = await dependencies.publish(records, abortSignal);
          failed += result.failed.length;
          return result;
        },
        sendCounts([first, ...others], abortSignal) {
          if (first === undefined) return dependencies.sendCounts([], abortSignal);
          const unregistered = (first.givenUp['unregistered'] ?? 0) + failed;
          failed = 0;
          const counts = [{ ...first, givenUp: { ...first.givenUp, unregistered } }, ...others];
          return dependencies.sendCounts(counts, abortSignal);
        },
      };
    },
  },
  'count-outcomes-twice': {
    summary: 'sweep adds each outcome count twice',
    ...{ scenario: 'sweep', pushes: 100, fault: 'the outcomes of the run count pushes twice' },
    sweep: withReceive((messages) => [...messages, ...messages]),
  },
  'snapshot-for-each-slice': {
    summary: 'sweep takes a snapshot of the registry for each slice',
    ...{ scenario: 'sweep-registry', pushes: 100, fault: 'a run gets a second snapshot' },
    sweep: withStore((store) => {
      let isTaken = false;
      return {
        ...store,
        async create(key, body) {
          await store.remove(key);
          await store.create(key, body);
          isTaken = true;
        },
        async head(key) {
          if (key.startsWith(snapshotsFolder) && !isTaken) return undefined;
          isTaken = false;
          return store.head(key);
        },
      };
    }),
  },
  'scan-without-a-segment': {
    summary: 'sweep reads all segments of the table but one',
    ...{ scenario: 'sweep-registry', pushes: 100, fault: 'a snapshot misses a device' },
    sweep: ({ openRegistry, ...dependencies }) => ({
      ...dependencies,
      async openRegistry() {
        const registry = await openRegistry();
        const scan: typeof registry.scan = async function* (order) {
          if (order?.segment !== 2) yield* registry.scan(order);
        };
        return { ...registry, scan };
      },
    }),
  },
  'keep-partial-snapshot': {
    summary: 'sweep keeps the part of a snapshot for which a tick had time',
    ...{ scenario: 'sweep-registry-slow', pushes: 1000, fault: 'a snapshot misses a device' },
    sweep: withStore((store) => ({
      ...store,
      create: (key, body) => store.create(key, Readable.from(withoutError(body))),
    })),
  },
  'keep-snapshot': {
    summary: 'sweep does not remove the snapshot of a run that has ended',
    ...{ scenario: 'sweep-registry', pushes: 10, fault: 'a snapshot is kept after its run' },
    sweep: withStore((store) => ({
      ...store,
      remove: (key) => (key.startsWith(snapshotsFolder) ? Promise.resolve() : store.remove(key)),
    })),
  },
};

type Send = SweepDependencies['send'];

function withSend(change: (send: Send) => Send): NonNullable<Plant['sweep']> {
  return (dependencies) => ({ ...dependencies, send: change(dependencies.send) });
}

type CountsMessages = Awaited<ReturnType<SweepDependencies['countsQueue']['receive']>>;

function withReceive(change: (messages: CountsMessages) => CountsMessages): NonNullable<Plant['sweep']> {
  return ({ countsQueue, ...dependencies }) => ({
    ...dependencies,
    countsQueue: { ...countsQueue, receive: async () => change(await countsQueue.receive()) },
  });
}

function withStore(change: (store: Store) => Store): NonNullable<Plant['sweep']> {
  return ({ store, ...dependencies }) => ({ ...dependencies, store: change(store) });
}

function withWrite(change: (text: string) => string): NonNullable<Plant['sweep']> {
  return withStore((store) => ({
    ...store,
    write: (key, text, condition) => store.write(key, change(text), condition),
  }));
}

/** Takes plans for what they were at the first look. */
function rememberingPlans(store: Store): Store {
  const known = new Map<string, Awaited<ReturnType<Store['head']>>>();
  return {
    ...store,
    async head(key) {
      const found = known.get(key) ?? (await store.head(key));
      if (key.startsWith(plansFolder)) known.set(key, found);
      return found;
    },
  };
}

/** Takes the progress of a slice for one with the present list. */
function adopting(store: Store): Store {
  return {
    ...store,
    async readText(key) {
      const found = await store.readText(key);
      const progress = parseReport(sliceProgress, found);
      const list = progress && (await store.head(progress.list.key));
      if (found === undefined || progress === undefined || list === undefined) return found;
      return { ...found, text: encodeReport({ ...progress, list: { ...progress.list, etag: list.etag } }) };
    },
  };
}

async function* withoutError(body: AsyncIterable<unknown>) {
  try {
    yield* body;
  } catch {
    // What has come is taken for all.
  }
}

/** Reads a text, and releases the claim of any tick that is in it. */
function releasing({ store, now }: SweepDependencies): SweepDependencies['store']['readText'] {
  return async (key) => {
    const found = await store.readText(key);
    const progress = parseReport(sliceProgress, found);
    if (found === undefined || progress === undefined || Date.parse(progress.until) < now()) return found;
    await store.write(key, encodeReport({ ...progress, until: new Date(0).toISOString() }), { IfMatch: found.etag });
    return store.readText(key);
  };
}
