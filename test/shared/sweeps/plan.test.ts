import { describe, expect, it } from 'vitest';
import { readPlan } from '../../../shared/sweeps/plan.ts';

const rules = { extraVerbs: [], selectorRequired: true };
const read = (plan: unknown) => readPlan(typeof plan === 'string' ? plan : JSON.stringify(plan), rules);
const devices = 'devices/list.csv';
const hourMs = 3_600_000;
const manyParameters = Object.fromEntries(Array.from({ length: 100 }, (_, index) => [`P${String(index)}`, '1']));

describe('a plan', () => {
  it('needs only a list', () => {
    expect(read({ devices })).toStrictEqual({
      ok: true,
      plan: {
        devices: { kind: 'list', key: devices },
        verb: 'NotifyReprovision',
        parameters: [],
        windowMs: 2 * hourMs,
      },
    });
  });

  it.each([{}, { devices: 'registry' }])('sweeps the registry if it is %j', (plan) => {
    expect(read(plan)).toMatchObject({ plan: { devices: { kind: 'registry' } } });
  });

  it('can name accounts of the registry', () => {
    const accounts = Array.from({ length: 1000 }, (_, index) => String(index));
    expect(read({ accounts })).toMatchObject({ plan: { devices: { kind: 'registry', accounts } } });
    expect(read({ accounts: ['a', 'b', 'a'] })).toMatchObject({ plan: { devices: { accounts: ['a', 'b'] } } });
  });

  it('can have all properties', () => {
    const plan = {
      devices,
      except: 'devices/dead.csv',
      verb: 'NotifyGenericTextMessage',
      parameters: { Message: 'Tonight', Badge: '1' },
      start: '2026-01-02T03:00:00+01:00',
      window: 'PT6H',
      every: 'P1D',
      appIds: ['a', 'b'],
      seenWithin: 'P90D',
    };
    expect(read(`\uFEFF${JSON.stringify(plan)}`)).toEqual({
      ok: true,
      plan: {
        devices: { kind: 'list', key: devices },
        except: 'devices/dead.csv',
        verb: 'NotifyGenericTextMessage',
        parameters: [
          ['Message', 'Tonight'],
          ['Badge', '1'],
        ],
        startMs: Date.parse('2026-01-02T02:00:00Z'),
        windowMs: 6 * hourMs,
        everyMs: 24 * hourMs,
        appIds: new Set(['a', 'b']),
        seenWithinMs: 90 * 24 * hourMs,
      },
    });
  });

  it.each([
    ['2026-01-02T03:00Z', '2026-01-02T03:00:00.000Z'],
    ['2026-01-02T03:00:05Z', '2026-01-02T03:00:05.000Z'],
    ['2026-01-02T03:00:05.25-01:30', '2026-01-02T04:30:05.250Z'],
  ])('can start at %s', (start, iso) => {
    expect(read({ devices, start })).toMatchObject({ plan: { startMs: Date.parse(iso) } });
  });

  it('can be repeated as soon as its window has passed', () => {
    expect(read({ devices, window: 'PT2H', every: 'PT2H' })).toMatchObject({ ok: true });
  });

  it('keeps the text of a message as it is', () => {
    const message = '\uFEFFTonight';
    const plan = { devices, verb: 'NotifyGenericTextMessage', parameters: { Message: message } };
    expect(read(plan)).toMatchObject({ plan: { parameters: [['Message', message]] } });
  });

  it('may have a key of 1001 characters for its list', () => {
    expect(read({ devices: 'd'.repeat(1001) })).toMatchObject({ ok: true });
  });

  it('runs faster by the factor of the local stack', () => {
    const reading = readPlan(JSON.stringify({ devices, window: 'P1D', every: 'P2D', seenWithin: 'P1D' }), rules, 1440);
    expect(reading).toMatchObject({ plan: { windowMs: 60_000, everyMs: 120_000, seenWithinMs: 24 * hourMs } });
  });

  it.each<[what: string, plan: unknown, property: string | undefined, detail: string]>([
    ['is not JSON', '{', undefined, 'not JSON'],
    ['is not an object', [], undefined, 'must be a JSON object'],
    ['is null', 'null', undefined, 'must be a JSON object'],
    ['is a number', '3', undefined, 'must be a JSON object'],
    ['has a list that is not a key', { devices: '' }, 'devices', 'must be the key of an object'],
    ['has a list at an absolute path', { devices: '/list.csv' }, 'devices', 'must be the key of an object'],
    [
      'has a list with a key that is too long',
      { devices: 'd'.repeat(1002) },
      'devices',
      'must be the key of an object',
    ],
    ['leaves out a list that is not a key', { devices, except: '/dead.csv' }, 'except', 'must be the key of an object'],
    ['has a list among the plans', { devices: 'plans/a.json' }, 'devices', 'not below plans/'],
    [
      'has a list among the snapshots',
      { devices: 'snapshots/a/b.csv.gz' },
      'devices',
      'not below plans/ or snapshots/',
    ],
    ['names accounts of a list', { devices, accounts: ['a'] }, 'accounts', 'only for the registry'],
    ['has accounts that are not a list', { accounts: 'a' }, 'accounts', 'must be a list of accounts'],
    ['has an empty list of accounts', { accounts: [] }, 'accounts', 'must list an account'],
    ['has an empty account', { accounts: ['a', ''] }, 'accounts.1', 'must be an account'],
    ['has a long account', { accounts: ['a'.repeat(257)] }, 'accounts.0', 'must be an account of 1 to 256 characters'],
    ['has too many accounts', { accounts: Array(1001).fill('a') }, 'accounts', 'must list at most 1000 accounts'],
    [
      'sets the verb as a parameter',
      { devices, parameters: { verb: 'x' } },
      'parameters.verb',
      'verb is a property of',
    ],
    ['has parameters that are not an object', { devices, parameters: 3 }, 'parameters', 'must be an object of strings'],
    ['has a verb that is not a string', { devices, verb: 3 }, 'verb', 'must be a verb'],
    ['has too many parameters', { devices, parameters: manyParameters }, 'parameters', 'the maximum is 64'],
    [
      'has words before its start',
      { devices, start: 'at 2026-01-02T03:00:00Z' },
      'start',
      'must be a time with its zone',
    ],
    [
      'has words after its start',
      { devices, start: '2026-01-02T03:00:00Z sharp' },
      'start',
      'must be a time with its zone',
    ],
    ['has an unknown verb', { devices, verb: 'NotifyAll' }, 'verb', 'Known verbs are'],
    ['has no text to show', { devices, verb: 'NotifyGenericTextMessage' }, 'parameters.Message', 'is missing'],
    [
      'sets a parameter of the list',
      { devices, parameters: { DeviceToken: 't' } },
      'parameters.DeviceToken',
      'comes from the list',
    ],
    [
      'has a parameter that is not a string',
      { devices, parameters: { Badge: 1 } },
      'parameters.Badge',
      'must be a string',
    ],
    ['has a start that is not a time', { devices, start: 'tonight' }, 'start', 'must be a time with its zone'],
    ['has a start without a zone', { devices, start: '2026-01-02T03:00:00' }, 'start', 'must be a time with its zone'],
    [
      'has a start on a day that does not exist',
      { devices, start: '2026-02-32T03:00:00Z' },
      'start',
      'must be a time with its zone',
    ],
    ['has a window that is not ISO 8601', { devices, window: '2h' }, 'window', 'ISO 8601 duration'],
    ['has a window of a month', { devices, window: 'P1M' }, 'window', 'ISO 8601 duration'],
    ['has a window that is too long', { devices, window: 'P32D' }, 'window', 'at most P31D'],
    ['is repeated without a pause', { devices, window: 'PT0S', every: 'PT0S' }, 'every', 'longer than PT0S'],
    [
      'is repeated before the window has passed',
      { devices, window: 'PT2H', every: 'PT1H' },
      'every',
      'must not be shorter than window',
    ],
    ['has an empty list of apps', { devices, appIds: [] }, 'appIds', 'must list an AppId'],
    [
      'has an unknown property',
      { devices, windw: 'PT1H' },
      'windw',
      'The properties are devices, accounts, except, verb',
    ],
  ])('is refused if it %s', (_what, plan, property, detail) => {
    const reading = read(plan);
    const faults = reading.ok ? [] : reading.faults;
    expect(faults).toHaveLength(1);
    expect(faults[0]?.property).toBe(property);
    expect(faults[0]?.detail).toContain(detail);
  });

  it('is refused with all its faults at once', () => {
    const reading = read({ devices: 1, verb: 'NotifyGenericTextMessage', window: 1, every: 'x', start: null, more: 1 });
    const properties = reading.ok ? [] : reading.faults.map(({ property }) => property);
    expect(properties.sort()).toEqual(['devices', 'every', 'more', 'parameters.Message', 'start', 'window']);
  });
});
