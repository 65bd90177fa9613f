import { describe, expect, it } from 'vitest';
import { readDevicesTable } from '../../support/devices-table.ts';
import { createChances } from '../kernel/chance.ts';
import { createScheduler } from '../kernel/scheduler.ts';
import { createTable, type PageOrder, type TableOptions } from './dynamodb-table.ts';
import { itemOf, valuesOf } from './dynamodb-values.ts';

const epochMs = Date.UTC(2026, 0, 1);
const day = 86_400_000;

/** A table, with a clock that a test moves. */
function createTestTable(overrides: Partial<TableOptions> = {}) {
  const scheduler = createScheduler();
  const chance = createChances(1)('table');
  const table = createTable({ definition: readDevicesTable('devices'), scheduler, epochMs, chance, ...overrides });
  const key = (name: string) => itemOf({ account: 'alice', key: name });
  return {
    table,
    key,
    /** Lets the time pass. */
    wait: async (ms: number) => {
      scheduler.after(ms, () => undefined);
      await scheduler.run(Infinity);
    },
    put: (name: string, values: Record<string, unknown> = {}) => {
      table.put({ ...key(name), ...itemOf(values) });
    },
    get: (name: string, isConsistent = true) => table.get(key(name), isConsistent)?.['version']?.S,
    accountsOf: (device: string, order: PageOrder = {}) =>
      table.query(device, { IndexName: 'byDevice', ...order }).items.map(valuesOf),
  };
}

const alwaysStale = { trouble: () => ({ throttled: 0, stale: 1 }) };

describe('the model of a table', () => {
  it('may give a read an earlier state of the last second, unless it is consistent', async () => {
    const { get, put, wait } = createTestTable(alwaysStale);
    put('a', { version: '1' });
    await wait(2000);
    put('a', { version: '2' });
    expect([get('a'), get('a', false)]).toEqual(['2', '1']);
    await wait(500);
    put('a', { version: '3' });
    await wait(300);
    const seen = new Set(Array.from({ length: 50 }, () => get('a', false)));
    expect([...seen].sort()).toEqual(['1', '2', '3']);
    await wait(1001);
    expect(get('a', false)).toBe('3');
  });

  it('may give a read an item that has just been deleted, or none that is new', async () => {
    const { table, key, get, put, wait } = createTestTable(alwaysStale);
    put('a', { version: '1' });
    expect([get('a'), get('a', false)]).toEqual(['1', undefined]);
    await wait(2000);
    table.delete(key('a'));
    expect([get('a'), get('a', false)]).toEqual([undefined, '1']);
    await wait(2000);
    expect(get('a', false)).toBeUndefined();
  });

  it('has indexes that are behind, also when an item comes back', async () => {
    const { table, key, put, wait, accountsOf } = createTestTable(alwaysStale);
    put('a', { device: 'd' });
    expect(accountsOf('d')).toEqual([]);
    await wait(2000);
    expect(accountsOf('d')).toEqual([{ account: 'alice', key: 'a', device: 'd' }]);
    table.delete(key('a'));
    expect(accountsOf('d')).toHaveLength(1);
    await wait(2000);
    expect([accountsOf('d'), table.get(key('a'), true)]).toEqual([[], undefined]);
    put('a', { device: 'd' });
    await wait(2000);
    expect([accountsOf('d'), accountsOf('d')]).toEqual(Array(2).fill([{ account: 'alice', key: 'a', device: 'd' }]));
    put('a', { device: 'e' });
    await wait(2000);
    expect([accountsOf('d'), accountsOf('e')]).toEqual([[], [{ account: 'alice', key: 'a', device: 'e' }]]);
  });

  it('keeps an item whose time to live is over for up to two days', async () => {
    const { table, get, put, wait } = createTestTable();
    for (let number = 0; number < 50; number += 1) {
      put(String(number), { version: '1', expiresAt: epochMs / 1000 + 60 });
    }
    await wait(61_000);
    const left = () => [...table.items()].length;
    expect(left()).toBeGreaterThan(45);
    await wait(day);
    expect(left()).toBeGreaterThan(10);
    expect(left()).toBeLessThan(40);
    await wait(day);
    expect([left(), get('1')]).toEqual([0, undefined]);
  });

  it('keeps an item that was written again with a later end', async () => {
    const { get, put, wait, table } = createTestTable({ expiryLagMs: () => 0 });
    put('a', { version: '1', expiresAt: epochMs / 1000 + 60 });
    put('b', { version: '1', expiresAt: epochMs / 1000 + 60 });
    await wait(30_000);
    put('a', { version: '2', expiresAt: epochMs / 1000 + 600 });
    await wait(100_000);
    expect([get('a'), get('b')]).toEqual(['2', undefined]);
    await wait(600_000);
    expect([...table.items()]).toEqual([]);
  });

  it('continues the pages of an index after the last key, in both directions', () => {
    const { table, accountsOf } = createTestTable();
    for (const account of ['c', 'a', 'b']) table.put(itemOf({ account, key: 'k', device: 'd' }));
    for (const [ScanIndexForward, expected] of [
      [true, 'a b c'],
      [false, 'c b a'],
    ] as const) {
      const accounts: unknown[] = [];
      let order: PageOrder = { IndexName: 'byDevice', ScanIndexForward, Limit: 1 };
      for (let page = 0; page < 3; page += 1) {
        const { items, lastKey } = table.query('d', order);
        accounts.push(...items.map(({ account }) => account?.S));
        order = { ...order, ExclusiveStartKey: lastKey };
      }
      expect([accounts.join(' '), accountsOf('d', order)]).toEqual([expected, []]);
    }
  });
});
