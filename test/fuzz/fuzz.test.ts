import { createHash } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createAccept, type AcceptDependencies } from '../../functions/accept/handler.ts';
import type { ApiKey } from '../../shared/api-key.ts';
import type { Parameter } from '../../shared/push/form.ts';
import { pushOf } from '../../shared/push/push.ts';
import { startQueues, type TestQueues } from '../support/queues.ts';
import { runFuzz, type FuzzOptions } from './fuzz.ts';

let queues: TestQueues;
beforeAll(async () => {
  queues = await startQueues();
});
afterAll(() => queues.stop());

const drawnSeed = Math.floor(Math.random() * 1_000_000);

describe('mutated events', () => {
  it.each([1, 2, 3, drawnSeed])('of the seed %i are answered as they should be', async (seed) => {
    const report = await runFuzz({ seed, events: 750, sample: { queues, every: 10 } });
    expect(report.violation).toBeUndefined();
    // Events that never got anywhere would say nothing.
    expect(Object.keys(report.tally)).toEqual(['202', '400', '401', '403', '405', '413', '415']);
    expect(report.tally['202']).toBeGreaterThan(100);
    expect(report.viaSqs).toBeGreaterThan(10);
  });

  it('are the same for the same seed, and others for another', async () => {
    const tallyOf = async (seed: number) => (await runFuzz({ seed, events: 200 })).tally;
    expect(await tallyOf(1)).toEqual(await tallyOf(1));
    expect(await tallyOf(1)).not.toEqual(await tallyOf(2));
  });
});

/** A door that knows other keys than it should. */
function doorWithKeys(change: (keys: readonly ApiKey[]) => readonly ApiKey[]) {
  return ({ access, ...dependencies }: AcceptDependencies) =>
    createAccept({
      ...dependencies,
      access: access.kind === 'keys' ? { ...access, keys: change(access.keys) } : access,
    });
}

/** A door that puts something else on the queue than it read. */
function doorThatAlters(alter: (parameters: readonly Parameter[]) => readonly Parameter[]) {
  return (dependencies: AcceptDependencies) =>
    createAccept({
      ...dependencies,
      enqueue: ({ push, ...rest }, signal) =>
        dependencies.enqueue({ ...rest, push: pushOf(alter(push.parameters)) ?? push }, signal),
    });
}

const differs = 'the push on the queue differs from what was sent';
const brokenDoors: readonly [string, FuzzOptions['createTestIntake'], string][] = [
  ['trims values', doorThatAlters((all) => all.map(([name, value]) => [name, value.trim()])), differs],
  ['sorts parameters', doorThatAlters((all) => all.toSorted(([a], [b]) => (a < b ? -1 : 1))), differs],
  [
    'keeps parameters in an object',
    doorThatAlters((all) =>
      Object.entries(all.reduce<Record<string, string>>((object, [name, value]) => ({ ...object, [name]: value }), {})),
    ),
    differs,
  ],
  ['normalises text', doorThatAlters((all) => all.map(([name, value]) => [name, value.normalize()])), differs],
  [
    'lets a wrong key in',
    doorWithKeys((keys) => [...keys, { name: 'wrong', digest: createHash('sha256').update('key-of-al').digest() }]),
    'the status is 202 and not 401',
  ],
  [
    'lets a key push to any app',
    doorWithKeys((keys) => keys.map(({ name, digest }) => ({ name, digest }))),
    'the status is 202 and not 403',
  ],
  ['knows no key', doorWithKeys(() => []), 'the status is 401 and not 202'],
  [
    'takes what is too large',
    (dependencies) => createAccept({ ...dependencies, maxBodyBytes: 1_000_000 }),
    'a body beyond the bound was accepted',
  ],
];

describe('a door that has a fault', () => {
  it.each(brokenDoors)('is found out: it %s', async (_how, createTestIntake, what) => {
    const { violation } = await runFuzz({ seed: 1, events: 5000, ...(createTestIntake && { createTestIntake }) });
    expect(violation?.what).toBe(what);
    // The same event by itself shows the same.
    const from = violation?.index ?? 0;
    const again = await runFuzz({ seed: 1, from, events: 1, ...(createTestIntake && { createTestIntake }) });
    expect(again.violation).toEqual(violation);
    expect(violation?.dump).toMatch(/^[\n\x20-\x7E]+$/);
  });

  it('is found out: it throws', async () => {
    const createTestIntake = (() => () => Promise.reject(new TypeError('x'))) as unknown as typeof createAccept;
    expect((await runFuzz({ seed: 1, events: 1, createTestIntake })).violation?.what).toBe('it threw: TypeError');
  });
});
