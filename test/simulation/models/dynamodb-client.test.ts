import { describe, expect, it } from 'vitest';
import { createAnswerOnce } from '../../../functions/accept/answer-once.ts';
import { createRegistry, type Registry } from '../../../shared/registry/registry.ts';
import { readDevicesTable } from '../../support/devices-table.ts';
import { lambdaContext } from '../../support/lambda-context.ts';
import { registeredDevice } from '../../support/registry.ts';
import { createChances } from '../kernel/chance.ts';
import { createProcess, type Fate, type Process } from '../kernel/process.ts';
import { withClock, withoutClock, withoutRealTime } from '../kernel/real-time.ts';
import { createScheduler } from '../kernel/scheduler.ts';
import { createDynamoDbModel, type DynamoDbModel, type TableWrite } from './dynamodb-client.ts';
import { createTable, type DynamoDbTable, type TableOptions } from './dynamodb-table.ts';

const epochMs = Date.UTC(2026, 0, 1);

interface World {
  readonly registry: Registry;
  readonly model: DynamoDbModel;
  readonly table: DynamoDbTable;
  readonly process: Process;
  readonly writes: readonly TableWrite[];
}

/** Does some work with a model of the table of devices. @param fates those of the first calls. */
async function atTable<T>(
  work: (world: World) => Promise<T>,
  overrides: Partial<TableOptions> = {},
  fates: readonly Fate[] = [],
): Promise<T> {
  const scheduler = createScheduler();
  const chanceFor = createChances(1);
  const left = [...fates];
  const process = createProcess({
    ...{ id: 0, scheduler, epochMs, chance: chanceFor('process'), deathProbability: () => 0, onDeath: () => undefined },
  });
  const definition = readDevicesTable('devices');
  const table = createTable({ definition, scheduler, epochMs, chance: chanceFor('table'), ...overrides });
  const writes: TableWrite[] = [];
  const model = createDynamoDbModel(process, {
    tables: [table],
    route: { requestMs: () => 1, answerMs: () => 1, fate: () => left.shift() ?? 'well', timeoutMs: 1500 },
    chance: chanceFor('client'),
    onWrite: (write) => writes.push(write),
  });
  const registry = createRegistry(model.documents, 'devices', process.now);
  const working = work({ registry, model, table, process, writes });
  const isOver = scheduler.run(30 * 86_400_000).then(() => Promise.reject(new Error('it never ends')));
  return Promise.race([working, isOver]);
}

const lastSeenMs = epochMs;
const device = registeredDevice({ firstSeenMs: epochMs, lastSeenMs, platform: 'ios', version: '1' });

describe('the registry, on the model of DynamoDB,', () => {
  it('keeps devices, and finds them by account, device and selector', async () => {
    const seen = await atTable(async ({ registry }) => {
      const other = registeredDevice({ ...device, account: 'bob', deviceToken: 'token-2' });
      const isWritten = [await registry.put(device, 180), await registry.put(other, 180)];
      return {
        isWritten,
        alice: await registry.devicesOf('alice'),
        none: await registry.devicesOf('carol'),
        byDevice: await registry.accountsOf(other),
        bySelector: (await registry.accountsOfSelector(device.selector)).sort(),
      };
    });
    expect(seen).toEqual({
      ...{ isWritten: [true, true], alice: [device], none: [] },
      ...{ byDevice: ['bob'], bySelector: ['alice', 'bob'] },
    });
  });

  it('finds a device that is registered again after it was gone for a while', async () => {
    const seen = await atTable(async ({ registry, process }) => {
      await registry.put(device, 180);
      const [entry] = await registry.entriesOf('alice');
      await registry.remove('alice', entry?.key ?? '', lastSeenMs);
      await process.sleep(10_000);
      const none = await registry.devicesOf('alice');
      await registry.put(device, 180);
      await process.sleep(10_000);
      const accounts = await registry.accountsOf(device);
      return { none, accounts, devices: await registry.devicesOf('alice') };
    });
    expect(seen).toEqual({ none: [], accounts: ['alice'], devices: [device] });
  });

  it('refuses an old report, and a report that a removal has overtaken', async () => {
    const seen = await atTable(async ({ registry }) => {
      await registry.put(device, 180);
      const old = await registry.put({ ...device, lastSeenMs: lastSeenMs - 1 }, 180);
      const [entry] = await registry.entriesOf('alice');
      const key = entry?.key ?? '';
      const kept = await registry.remove('alice', key, lastSeenMs - 1);
      const removed = await registry.markRemoved('alice', key, lastSeenMs + 5);
      const overtaken = await registry.put({ ...device, lastSeenMs: lastSeenMs + 5 }, 180);
      return { old, kept, removed, overtaken, entries: await registry.entriesOf('alice') };
    });
    expect(seen).toMatchObject({ old: false, kept: false, removed: true, overtaken: false });
    expect(seen.entries).toMatchObject([{ kind: 'removed', removedAtMs: lastSeenMs + 5 }]);
  });

  it('leaves out a device whose time is over, although the table still has it, and takes its next report', async () => {
    const day = 86_400_000;
    const seen = await atTable(
      async ({ registry, table, process }) => {
        await registry.put(device, 2);
        await process.sleep(2 * day + 1000);
        const scanned: string[] = [];
        for await (const devices of registry.scan()) scanned.push(...devices.map(({ account }) => account));
        const expired = [[...table.items()].length, await registry.devicesOf('alice'), scanned];
        const again = { ...device, lastSeenMs: process.now() };
        const isTaken = await registry.put(again, 2);
        await process.sleep(day);
        return { expired, isTaken, isBack: (await registry.devicesOf('alice')).length === 1 };
      },
      { expiryLagMs: () => day / 2 },
    );
    expect(seen).toEqual({ expired: [1, [], []], isTaken: true, isBack: true });
  });

  it('reads an account and the table in pages', async () => {
    const seen = await atTable(
      async ({ registry }) => {
        for (let number = 0; number < 20; number += 1) {
          const account = number < 12 ? 'alice' : `account-${String(number)}`;
          await registry.put({ ...device, account, deviceToken: `token-${String(number)}` }, 180);
        }
        const tokens: string[] = [];
        let pages = 0;
        for (const segment of [0, 1, 2]) {
          for await (const devices of registry.scan({ segment, segments: 3 })) {
            pages += 1;
            tokens.push(...devices.map(({ deviceToken }) => deviceToken));
          }
        }
        const ofAlice = (await registry.devicesOf('alice')).length;
        return { ofAlice, scanned: tokens.length, distinct: new Set(tokens).size, isPaged: pages > 6 };
      },
      { pageBytes: 1000 },
    );
    expect(seen).toEqual({ ofAlice: 12, scanned: 20, distinct: 20, isPaged: true });
  });

  it('is told that a write was not done if the SDK repeats one whose answer was lost', async () => {
    const marked = await atTable(
      async ({ registry, writes }) => [
        await registry.markRemoved('alice', 'k', lastSeenMs),
        await registry.remove('alice', 'k', 0),
        writes.length,
      ],
      {},
      ['answer lost'],
    );
    expect(marked).toEqual([true, false, 2]);
    const put = await atTable(
      async ({ registry, table }) => {
        await registry.put(device, 180);
        const [entry] = await registry.entriesOf('alice');
        const isRemoved = await registry.remove('alice', entry?.key ?? '', lastSeenMs);
        return [isRemoved, [...table.items()]];
      },
      {},
      ['well', 'well', 'answer lost'],
    );
    expect(put).toEqual([false, []]);
  });

  it('rejects when every attempt is throttled, and when its signal aborts', async () => {
    const throttled = atTable(({ registry }) => registry.devicesOf('alice'), {
      trouble: () => ({ throttled: 1, stale: 0 }),
    });
    await expect(throttled).rejects.toThrow('The rate is too high.');
    const aborted = atTable(({ registry, process }) => registry.devicesOf('alice', process.timeoutSignal(100)), {}, [
      'request lost',
    ]);
    await expect(aborted).rejects.toMatchObject({ name: 'AbortError' });
  });
});

describe('idempotent requests, on the model of DynamoDB,', () => {
  const context = { ...lambdaContext(), getRemainingTimeInMillis: () => 10_000 };
  const answer = { statusCode: 202, headers: { 'content-type': 'application/json' }, body: '{"id":"m1"}' };
  const request = (contentHash = 'hash') => ({
    ...{ idempotency: { key: 'key', contentHash }, client: 'one', context, signal: new AbortController().signal },
  });

  const answering = (work: (once: (contentHash?: string) => Promise<unknown>, world: World) => Promise<unknown>) =>
    withoutRealTime(() =>
      atTable((world) => {
        const { process, model } = world;
        const answerOnce = createAnswerOnce(model.client, 'devices', process.startTimer);
        const accept = () => withoutClock(() => process.sleep(50).then(() => answer));
        return work((contentHash) => withClock(process.now, () => answerOnce(request(contentHash), accept)), world);
      }),
    );

  it('get the first answer again, for a day', async () => {
    const kindsOf = await answering(async (once, { process }) => {
      const first = await once();
      const meanwhile = [await once(), await once('other')];
      await process.sleep(86_401_000);
      return [first, ...meanwhile, await once()];
    });
    expect(kindsOf).toEqual([
      { kind: 'first', answer },
      { kind: 'repeated', answer: { ...answer, headers: { ...answer.headers, 'idempotent-replayed': 'true' } } },
      { kind: 'reused' },
      { kind: 'first', answer },
    ]);
  });

  it('that come at the same time are refused', async () => {
    const kindsOf = await answering((once) => Promise.all([once(), once()]));
    expect(kindsOf).toEqual([{ kind: 'first', answer }, { kind: 'in-progress' }]);
  });
});
