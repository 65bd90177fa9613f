import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { writeEveryMs } from '../../../functions/devices/report.ts';
import { deviceKeyOf } from '../../../shared/registry/device.ts';
import { deviceEvent, reported, sendToDevices } from '../../support/devices.ts';
import { startRegistry, type TestRegistry } from '../../support/registry.ts';

const start = 1_767_323_045_000;
let nowMs = start;
let test: TestRegistry;
beforeAll(async () => {
  test = await startRegistry(() => nowMs);
});
afterAll(() => test.stop());

type Values = Readonly<Record<string, string>>;

/** Sends a request that came at this time, by the clock of the API. */
async function send(path: 'report' | 'remove', values: Values, atMs = start, devicesPerAccount = 20) {
  const event = deviceEvent({ path: `/devices/${path}`, query: { ...reported, ...values }, atMs });
  const { status, body } = await sendToDevices(test.registry, event, { devicesPerAccount });
  expect(status).toBe(200);
  return body['devices'] ?? body['result'];
}
const report = (values: Values, atMs?: number, limit?: number) => send('report', values, atMs, limit);
const remove = (values: Values, atMs?: number, limit?: number) => send('remove', values, atMs, limit);
const tokensOf = async (account: string) =>
  (await test.registry.devicesOf(account)).map(({ deviceToken }) => deviceToken).sort();
const marksOf = async (account: string) =>
  (await test.registry.entriesOf(account)).filter(({ kind }) => kind === 'removed').length;

describe('of two requests of one device', () => {
  it('two reports at once register it once', async () => {
    const results = await Promise.all(Array.from({ length: 5 }, () => report({ account: 'at once' })));
    expect(results).toContain('registered');
    expect(await tokensOf('at once')).toEqual([reported.token]);
  });

  it('the later report counts, whichever the registry sees first', async () => {
    const account = 'two reports';
    await Promise.all([2, 3, 1].map((at) => report({ account, version: String(at) }, start + at)));
    expect(await test.registry.devicesOf(account)).toMatchObject([{ version: '3', lastSeenMs: start + 3 }]);
    expect(await report({ account, version: '1' }, start)).toBe('outdated');
    expect(await test.registry.devicesOf(account)).toMatchObject([{ version: '3' }]);
  });

  it('a removal that overtakes the report before it wins, also if it is the first that the registry hears', async () => {
    const account = 'overtaken';
    expect(await remove({ account }, start + 1)).toBe(0);
    expect(await report({ account }, start)).toBe('outdated');
    expect(await report({ account }, start + 1)).toBe('outdated');
    expect(await tokensOf(account)).toEqual([]);
  });

  it('a report after a removal brings the device back, and the removal that comes late does not remove it', async () => {
    const account = 'back';
    await report({ account }, start);
    expect(await remove({ account }, start + 10)).toBe(1);
    expect(await report({ account }, start + 20)).toBe('registered');
    expect(await remove({ account }, start + 15)).toBe(0);
    expect(await tokensOf(account)).toEqual([reported.token]);
    expect(await test.registry.devicesOf(account)).toMatchObject([{ firstSeenMs: start + 20 }]);
  });

  it('a removal that comes late wins over a newer report that changed nothing, which is not written', async () => {
    const account = 'unchanged since';
    await report({ account }, start);
    expect(await report({ account }, start + 20)).toBe('unchanged');
    expect(await remove({ account }, start + 10)).toBe(1);
    expect(await report({ account }, start + 30)).toBe('registered');
  });

  it('an earlier removal that comes late does not weaken a later one', async () => {
    const account = 'two removals';
    await remove({ account }, start + 10);
    await remove({ account }, start + 5);
    expect(await report({ account }, start + 7)).toBe('outdated');
  });
});

describe('the time of a request', () => {
  const sentAt = (timeEpoch: unknown, account: string) => {
    const event = deviceEvent({ query: { ...reported, account } });
    return sendToDevices(
      test.registry,
      { ...event, requestContext: { ...event.requestContext, timeEpoch } },
      { now: () => start },
    );
  };

  it.each<[string, unknown, number]>([
    ['a moment ago', start - 1000, start - 1000],
    ['by a clock that is a little ahead', start + 4000, start + 4000],
    ['tomorrow', start + writeEveryMs, start],
    ['long ago', 0, start],
    ['no number', 'now', start],
    ['no whole number', 0.5, start],
    ['absent', undefined, start],
  ])('is that of the API, unless it cannot be right: %s', async (what, timeEpoch, expected) => {
    const account = `time ${what}`;
    expect(await sentAt(timeEpoch, account)).toMatchObject({ status: 200 });
    expect(await test.registry.devicesOf(account)).toMatchObject([{ lastSeenMs: expected }]);
  });
});

describe('an unchanged device', () => {
  it('is written once a day, and at once when anything of it changes', async () => {
    const account = 'unchanged';
    const first = { account, callToken: 'c', callAppId: 'p', platform: 'iOS', version: '1' };
    expect(await report(first)).toBe('registered');
    expect(await report(first, start + writeEveryMs - 1)).toBe('unchanged');
    expect(await test.registry.devicesOf(account)).toMatchObject([{ lastSeenMs: start }]);
    let atMs = start + 1000;
    for (const change of [
      { selector: 'another' },
      { callToken: 'another' },
      { callAppId: 'another' },
      { platform: '' },
      { version: '2' },
    ]) {
      expect(await report({ ...first, ...change }, atMs)).toBe('registered');
      expect(await report({ ...first, ...change }, atMs + 1)).toBe('unchanged');
      expect(await report(first, atMs + 2)).toBe('registered');
      atMs += 1000;
    }
    const lastSeenMs = (await test.registry.devicesOf(account))[0]?.lastSeenMs ?? 0;
    expect(await report(first, lastSeenMs + writeEveryMs)).toBe('registered');
    expect(await test.registry.devicesOf(account)).toMatchObject([
      { firstSeenMs: start, lastSeenMs: lastSeenMs + writeEveryMs },
    ]);
  });

  it('that has expired is new again', async () => {
    const account = 'expired';
    await report({ account });
    nowMs = start + 181 * writeEveryMs;
    expect(await report({ account }, nowMs)).toBe('registered');
    expect(await test.registry.devicesOf(account)).toMatchObject([{ firstSeenMs: nowMs }]);
    nowMs = start;
  });
});

describe('a full account', () => {
  const full = async (account: string, count: number) => {
    for (let at = 0; at < count; at += 1)
      await report({ account, token: `t${String(at).padStart(2, '0')}` }, start + at);
  };

  it('has the 21st device displace the one that was not heard of for longest', async () => {
    const account = 'full';
    await full(account, 20);
    await report({ account, token: 't00', version: '2' }, start + 100);
    expect(await report({ account, token: 'new' }, start + 101)).toBe('registered');
    const tokens = await tokensOf(account);
    expect(tokens).toHaveLength(20);
    expect(tokens).toEqual(expect.arrayContaining(['new', 't00']));
    expect(tokens).not.toContain('t01');
  });

  /** The account has five devices, which its app has reported before, and a limit of three. */
  const imported = async (account: string) => {
    for (const [at, deviceToken] of ['t0', 't1', 't2', 't3', 't4'].entries()) {
      const { appId, selector } = reported;
      const lastSeenMs = start + at;
      await test.registry.put({ account, appId, selector, deviceToken, firstSeenMs: start, lastSeenMs }, 180);
    }
  };

  it('is back at its limit after an import, once a device that is known reports, which then stays', async () => {
    const account = 'imported';
    await imported(account);
    expect(await report({ account, token: 't0' }, start + 10, 3)).toBe('registered');
    expect(await tokensOf(account)).toEqual(['t0', 't3', 't4']);
    expect(await report({ account, token: 't0' }, start + 11, 3)).toBe('unchanged');
    for (const token of ['t1', 't2', 't3', 't4']) await report({ account, token }, start + 12, 3);
    expect(await tokensOf(account)).toHaveLength(3);
  });

  it('is back at its limit with the next report if DynamoDB failed before anything was displaced', async () => {
    const account = 'not displaced';
    await imported(account);
    const remove = () => Promise.reject(new Error('no answer'));
    const event = deviceEvent({ query: { ...reported, account, token: 't0' }, atMs: start + 10 });
    const failed = await sendToDevices({ ...test.registry, remove }, event, { devicesPerAccount: 3 });
    expect(failed).toMatchObject({ status: 503 });
    expect(await tokensOf(account)).toHaveLength(5);
    expect(await report({ account, token: 't0' }, start + 11, 3)).toBe('registered');
    expect(await tokensOf(account)).toEqual(['t0', 't3', 't4']);
  });

  it('keeps its limit when many new devices report at once', async () => {
    const account = 'many at once';
    const tokens = Array.from({ length: 12 }, (_, at) => `t${String(at).padStart(2, '0')}`);
    await Promise.all(tokens.map((token, at) => report({ account, token }, start + at, 3)));
    expect(await tokensOf(account)).toEqual(['t09', 't10', 't11']);
  });

  it('keeps one device of two that report in the same millisecond', async () => {
    const account = 'one';
    await Promise.all(['a', 'b'].map((token) => report({ account, token }, start, 1)));
    expect(await tokensOf(account)).toHaveLength(1);
  });
});

describe('a removal', () => {
  it('without a token is one of all devices of the account with the selector', async () => {
    const account = 'selected';
    for (const token of ['a', 'b']) await report({ account, token });
    await report({ account, token: 'c', selector: 'another' });
    await report({ account: 'another account', token: 'a' });
    expect(await remove({ account, token: '%pushToken%' }, start + 1)).toBe(2);
    expect(await tokensOf(account)).toEqual(['c']);
    expect(await tokensOf('another account')).toEqual(['a']);
    expect(await report({ account, token: 'a' }, start)).toBe('outdated');
  });

  it('leaves a bounded number of marks, and still removes what is registered', async () => {
    const account = 'random removals';
    for (let at = 0; at < 10; at += 1)
      await remove({ account, token: `random ${String(at)}`.replace(' ', '') }, start, 3);
    expect(await marksOf(account)).toBe(3);
    await report({ account });
    expect(await remove({ account }, start + 1, 3)).toBe(1);
    expect(await tokensOf(account)).toEqual([]);
    expect(await marksOf(account)).toBe(3);
    nowMs = start + 2 * writeEveryMs;
    expect(await marksOf(account)).toBe(0);
    nowMs = start;
  });

  it('of all devices with a selector leaves as many marks at most, and none of other devices counts as one', async () => {
    const account = 'one selector';
    for (const token of ['t1', 't2', 't3']) await report({ account, token });
    await report({ account, token: 'other', selector: 'other' });
    expect(await remove({ account, token: '' }, start + 1, 2)).toBe(3);
    expect(await tokensOf(account)).toEqual(['other']);
    expect(await marksOf(account)).toBe(2);
  });

  it('of a device that was removed before renews its mark', async () => {
    const account = 'again';
    await report({ account });
    await remove({ account }, start + 1, 1);
    expect(await remove({ account }, start + 9, 1)).toBe(0);
    const key = deviceKeyOf({ appId: reported.appId, deviceToken: reported.token });
    expect(await test.registry.entriesOf(account)).toEqual([{ kind: 'removed', key, removedAtMs: start + 9 }]);
  });
});
