import { describe, expect, it } from 'vitest';
import { filterOf, filterPushes, queryOf } from '../../../local/page/pushes/push-filter.ts';
import type { ShownPush } from '../../../local/sandbox/api.ts';

const push = (id: string, overrides: Partial<ShownPush> = {}): ShownPush => ({
  ...{ id, revision: 1, source: 'pushes', acceptedAt: '2026-01-02T03:04:05.678Z', device: 'd1e2', state: 'waiting' },
  parameters: [
    ['verb', 'NotifyTextMessage'],
    ['AppId', 'com.example.one'],
  ],
  ...{ attempts: [], olderAttempts: 0, untried: 0, ...overrides },
});
const attempted = (outcome: 'delivered' | 'transient') => ({
  attempts: [{ startedAt: '2026-01-02T03:04:05.678Z', messageId: 'm', receiveCount: 1, outcome }],
});
const pushes = [
  push('a', { state: 'retrying', ...attempted('transient') }),
  push('b', { state: 'delivered', ...attempted('delivered'), parameters: [['AppId', 'com.example.two']] }),
  push('c', { reason: 'expired', words: 'not tried in an Outage', state: 'given-up' }),
];
const idsOf = (filter: Parameters<typeof filterPushes>[1]) => filterPushes(pushes, filter).rows.map(({ id }) => id);

describe('the filter of the pushes', () => {
  it('leaves those that match in everything that is chosen', () => {
    expect(idsOf({})).toEqual(['a', 'b', 'c']);
    expect(idsOf({ verb: 'NotifyTextMessage' })).toEqual(['a', 'c']);
    expect(idsOf({ AppId: 'com.example.two' })).toEqual(['b']);
    expect(idsOf({ state: 'given-up' })).toEqual(['c']);
    expect(idsOf({ outcome: 'transient' })).toEqual(['a']);
    expect(idsOf({ verb: 'NotifyTextMessage', state: 'delivered' })).toEqual([]);
  });

  it('finds a text in parameters, ids and reasons, in any case', () => {
    expect(idsOf({ text: ' EXAMPLE.two ' })).toEqual(['b']);
    expect(idsOf({ text: 'outage' })).toEqual(['c']);
    expect(idsOf({ text: 'D1E2' })).toEqual(['a', 'b', 'c']);
    expect(idsOf({ text: 'nothing' })).toEqual([]);
  });

  it('counts what each value of a facet would show', () => {
    const { counts } = filterPushes(pushes, { state: 'retrying', AppId: 'com.example.one' });
    expect(Object.fromEntries(counts.state)).toEqual({ retrying: 1, 'given-up': 1 });
    expect(Object.fromEntries(counts.AppId)).toEqual({ 'com.example.one': 1 });
  });

  it('survives in an address', () => {
    const filter = { verb: 'NotifyTextMessage', AppId: '', state: 'given-up', outcome: '', text: 'a & b?#/=' };
    expect(filterOf(queryOf(filter))).toEqual(filter);
    expect(queryOf(filterOf(''))).toBe('');
  });
});
