import { createHash } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createAccept, type AcceptDependencies } from '../../functions/accept/handler.ts';
import type { SentPushes } from '../../functions/accept/queue.ts';
import type { ApiKey } from '../../shared/api-key.ts';
import type { QueuedPush } from '../../shared/push/queued-push.ts';
import type { Parameter } from '../../shared/push/form.ts';
import { pushOf } from '../../shared/push/push.ts';
import type { RegisteredDevice } from '../../shared/registry/device.ts';
import { startQueues, type TestQueues } from '../support/queues.ts';
import { devicesOf } from './accounts.ts';
import { repeatEvent, runFuzz, type FuzzReport } from './fuzz.ts';
import type { CreateIntake } from './intake.ts';
import { readRecipe } from './recipe-text.ts';

let queues: TestQueues;
beforeAll(async () => {
  queues = await startQueues();
});
afterAll(() => queues.stop());

const drawnSeed = Math.floor(Math.random() * 1_000_000);

describe('a mutated event', () => {
  it.each([1, 2, 3, drawnSeed])('violates no invariant: 1,500 events of the seed %i', async (seed) => {
    const report = await runFuzz({ seed, events: 1500, sample: { queues, every: 20 } });
    expect(report.violations).toEqual([]);
    // Without answers of every kind, the run would prove little.
    expect(Object.keys(report.tally)).toEqual(['202', '400', '401', '403', '404', '405', '413', '415']);
    expect(report.tally['202']).toBeGreaterThan(100);
    expect(report.pushes).toBeGreaterThan(400);
    expect(report.kinds).toBeGreaterThan(100);
    expect(report.viaSqs).toBeGreaterThan(10);
  });

  it('is the same for the same seed, and another for another seed', async () => {
    const first = await runFuzz({ seed: 1, events: 400 });
    expect(await runFuzz({ seed: 1, events: 400 })).toEqual(first);
    expect(await runFuzz({ seed: 2, events: 400 })).not.toEqual(first);
  });

  it('is not sent after the run is ended early', async () => {
    const stopping = new AbortController();
    const onProgress = ({ events }: FuzzReport) => {
      if (events > 0) stopping.abort();
    };
    const { events } = await runFuzz({ seed: 1, events: 5000, signal: stopping.signal, onProgress });
    expect(events).toBeGreaterThan(0);
    expect(events).toBeLessThan(1000);
  });
});

/** Creates intakes that know other keys than they should. */
function intakeWithKeys(change: (keys: readonly ApiKey[]) => readonly ApiKey[]): CreateIntake {
  return ({ access, ...dependencies }: AcceptDependencies) =>
    createAccept({
      ...dependencies,
      access: access === 'open' ? access : change(access),
    });
}

/** Creates intakes that put something else on the queue than they read. */
function intakeThatQueues(change: (queued: QueuedPush) => QueuedPush) {
  return (dependencies: AcceptDependencies) =>
    createAccept({ ...dependencies, enqueue: (queued) => dependencies.enqueue(change(queued)) });
}

function intakeThatAlters(alter: (parameters: readonly Parameter[]) => readonly Parameter[]) {
  return intakeThatQueues(({ push, ...rest }) => ({ ...rest, push: pushOf(alter(push.parameters)) ?? push }));
}

/** Creates intakes that put the pushes of a batch on the queue in another way. */
function intakeOfBatches(
  enqueueBatch: (
    pushes: readonly QueuedPush[],
    enqueueAll: (pushes: readonly QueuedPush[]) => Promise<SentPushes>,
  ) => Promise<SentPushes>,
) {
  return (dependencies: AcceptDependencies) =>
    createAccept({
      ...dependencies,
      enqueueBatch: (pushes, abortSignal) => enqueueBatch(pushes, (all) => dependencies.enqueueBatch(all, abortSignal)),
    });
}

/** Creates intakes whose registry has other devices. */
function intakeWithDevices(devicesOf: (account: string) => readonly RegisteredDevice[]) {
  return (dependencies: AcceptDependencies) =>
    createAccept({ ...dependencies, devicesOf: (account) => Promise.resolve(devicesOf(account)) });
}

const differs = 'the push on the queue differs from what was sent';
const faultyIntakes: readonly [string, CreateIntake, string][] = [
  ['trims values', intakeThatAlters((all) => all.map(([name, value]) => [name, value.trim()])), differs],
  ['sorts parameters', intakeThatAlters((all) => all.toSorted(([a], [b]) => (a < b ? -1 : 1))), differs],
  [
    'keeps parameters in an object',
    intakeThatAlters((all) =>
      Object.entries(all.reduce<Record<string, string>>((object, [name, value]) => ({ ...object, [name]: value }), {})),
    ),
    differs,
  ],
  ['normalises text', intakeThatAlters((all) => all.map(([name, value]) => [name, value.normalize()])), differs],
  [
    'takes a wrong key for a valid one',
    intakeWithKeys((keys) => [...keys, { name: 'wrong', digest: createHash('sha256').update('key-of-al').digest() }]),
    'the status is 405, not 401',
  ],
  [
    'ignores the apps of a key',
    intakeWithKeys((keys) => keys.map(({ name, digest }) => ({ name, digest }))),
    'a push does not have one id for each device',
  ],
  ['refuses every key', intakeWithKeys(() => []), 'the status is 401, not 202'],
  [
    'accepts a body that is too large',
    (dependencies) => createAccept({ ...dependencies, maxBodyBytes: 1_000_000 }),
    'a body larger than the maximum was accepted',
  ],
  [
    'forgets the time to live',
    intakeThatQueues(({ push, acceptedAt, client }) => ({ push, acceptedAt, ...(client !== undefined && { client }) })),
    'the end of the time to live differs',
  ],
  [
    'names another client',
    intakeThatQueues((queued) => ({ ...queued, client: 'other' })),
    'the client of the push is another',
  ],
  ['pushes to another account', intakeWithDevices((account) => devicesOf(account.replaceAll('a', 'b'))), differs],
  [
    'gives the devices of an account one Selector',
    intakeWithDevices((account) => devicesOf(account).map((device) => ({ ...device, selector: 'S' }))),
    differs,
  ],
  [
    'pushes to one device of an account only',
    intakeWithDevices((account) => devicesOf(account).slice(0, 1)),
    'a push does not have one id for each device',
  ],
  [
    'gives the pushes of a batch the ids of others',
    intakeOfBatches(async (pushes, enqueueAll) => {
      const { ids } = await enqueueAll(pushes);
      const reversed = [...ids.values()].reverse();
      return { ids: new Map([...ids.keys()].map((push, at) => [push, reversed[at] ?? ''])) };
    }),
    differs,
  ],
  [
    'queues a batch twice',
    intakeOfBatches(async (pushes, enqueueAll) => {
      await enqueueAll(pushes);
      return enqueueAll(pushes);
    }),
    'a message is on the queue that no result names',
  ],
  [
    'loses a push of a batch and says that it is queued',
    intakeOfBatches(async (pushes, enqueueAll) => {
      const { ids } = await enqueueAll(pushes.slice(1));
      return { ids: new Map([...pushes.slice(0, 1).map((push) => [push, 'lost'] as const), ...ids]) };
    }),
    'a result does not name a message of its own',
  ],
  [
    'does not queue the last push of a batch',
    intakeOfBatches((pushes, enqueueAll) => enqueueAll(pushes.slice(0, -1))),
    'a push has the wrong code 503',
  ],
  [
    'sends equal pushes of a batch once',
    intakeOfBatches(async (pushes, enqueueAll) => {
      const textOf = ({ push }: QueuedPush) => JSON.stringify(push.parameters);
      const single = new Map(pushes.map((push) => [textOf(push), push]));
      const { ids } = await enqueueAll([...single.values()]);
      return { ids: new Map(pushes.map((push) => [push, ids.get(single.get(textOf(push)) ?? push) ?? ''])) };
    }),
    'a result does not name a message of its own',
  ],
];

describe('a faulty intake', () => {
  it.each(faultyIntakes)(
    'is reported with an event that repeats the fault: one that %s',
    async (_how, createIntake, what) => {
      const { violations } = await runFuzz({ seed: 1, events: 20_000, maxViolations: 1, createIntake });
      const [violation] = violations;
      expect(violation?.what).toBe(what);
      // Its recipe alone, which a shell can be given between quotes, violates the same invariant.
      expect(violation?.recipe).toMatch(/^[^\n']+$/);
      const recipe = readRecipe(violation?.recipe ?? '');
      if (typeof recipe === 'string') throw new Error(recipe);
      const again = await repeatEvent(recipe, { queues, createIntake });
      expect(again.violation).toBe(what);
      expect(again.dump).toBe(violation?.dump);
      expect(again.dump).toMatch(/^[\n\x20-\x7E]+$/);
    },
  );

  it('is reported once for each invariant: one that throws', async () => {
    const createIntake = (() => () => Promise.reject(new TypeError('x'))) as unknown as CreateIntake;
    const { violations, violating } = await runFuzz({ seed: 1, events: 10, createIntake });
    expect({ violating, what: violations.map(({ what }) => what) }).toEqual({
      violating: 10,
      what: ['it threw: TypeError'],
    });
  });
});
