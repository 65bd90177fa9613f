import { describe, expect, it } from 'vitest';
import {
  devicesPricePerMillion,
  itemBytesOf,
  reportsPricePerMillion,
  requestsPricePerMillion,
  type Item,
} from '../../bench/registry-price.ts';

describe('the bytes of an item', () => {
  it.each<[what: string, item: Item, bytes: number]>([
    ['names and strings in UTF-8', { appId: { S: 'com.example' }, město: { S: 'Řež' } }, 5 + 11 + 6 + 5],
    ['a number with a byte for two digits, and one more', { lastSeen: { N: '1760000000123' } }, 8 + 8],
    ['no zeros at the end of a number', { lastSeen: { N: '1760000000000' } }, 8 + 3],
  ])('are %s', (_what, item, bytes) => {
    expect(itemBytesOf(item)).toBe(bytes);
  });
});

describe('the price of reports', () => {
  const usage = { accountBytes: 800, cpuMs: 0.5, initMs: 200, newInstances: 0.01, answerBytes: 30, logBytes: 200 };

  it('has one read and no write for a device that has not changed', () => {
    const terms = reportsPricePerMillion({ ...usage, device: 'unchanged' });
    expect(terms).toMatchObject({ 'DynamoDB: writes': 0 });
    expect(terms['DynamoDB: reads']).toBeCloseTo(0.125, 9);
  });

  it('has one write for a device seen again after a day, and those of both indexes for a new one', () => {
    expect(reportsPricePerMillion({ ...usage, device: 'seen' })['DynamoDB: writes']).toBeCloseTo(0.625, 9);
    expect(reportsPricePerMillion({ ...usage, device: 'new' })['DynamoDB: writes']).toBeCloseTo(1.875, 9);
  });

  it('has several reads for the devices of a full account', () => {
    const terms = reportsPricePerMillion({ ...usage, device: 'unchanged', accountBytes: 8193 });
    expect(terms['DynamoDB: reads']).toBeCloseTo(0.375, 9);
  });
});

describe('the price of a request to accept that reads or writes the table', () => {
  it('has a read for an account, and two writes for an Idempotency-Key', () => {
    const { account, idempotent } = requestsPricePerMillion(256, 800);
    expect(account['reads']).toBeCloseTo(0.125, 9);
    expect(idempotent['writes']).toBeCloseTo(1.25, 9);
  });
});

describe('the price of devices', () => {
  it('has the item and its two entries in the indexes, with a hundred bytes each', () => {
    const S = (length: number) => ({ S: 'x'.repeat(length) });
    const item = { account: S(8), key: S(64), device: S(64), selector: S(50), appId: S(100) };
    // 315 bytes in the table; 82 and the key of the index in each index.
    const stored = 315 + (82 + 70) + (82 + 58) + 3 * 100;
    const { storage, recovery, scan } = devicesPricePerMillion(item);
    expect(storage).toBeCloseTo(((stored * 1e6) / 2 ** 30) * 0.25, 9);
    expect(recovery).toBeCloseTo(((415 * 1e6) / 2 ** 30) * 0.2, 9);
    expect(scan).toBeCloseTo((315e6 / 4096) * 0.125e-6, 9);
  });
});
