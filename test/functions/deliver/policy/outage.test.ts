import { describe, expect, it } from 'vitest';
import { createOutage } from '../../../../functions/deliver/policy/outage.ts';
import type { Outcome } from '../../../../functions/deliver/policy/outcome.ts';

const delivered: Outcome = { kind: 'delivered', status: 200 };
const rejected: Outcome = { kind: 'rejected', status: 400, words: () => '' };
const unregistered: Outcome = { kind: 'unregistered', status: 404, words: () => '' };
const transient: Outcome = { kind: 'transient', status: 500, words: () => '' };
const throttled: Outcome = { kind: 'throttled', status: 503, words: () => '' };

/** The outage after outcomes of different devices, or of the given ones. */
function outageAfter(outcomes: readonly Outcome[], deviceOf = (index: number) => `token-${String(index)}`) {
  const outage = createOutage({ outageFailures: 3, suspectFinalAnswers: 4 });
  for (const [index, outcome] of outcomes.entries()) {
    outage.record(outcome, { appId: 'com.example.softphone', deviceToken: deviceOf(index) }, { ms: 10, endedAt: 1000 });
  }
  return outage;
}

describe('an outage after three failures in a row', () => {
  it.each([
    ['nothing', [], false],
    ['two failures', [transient, throttled], false],
    ['three failures', [transient, throttled, transient], true],
    ['three failures with a success between them', [transient, delivered, transient, transient], false],
    ['three failures with a refusal between them', [transient, rejected, transient, transient], false],
    ['three failures and a success', [transient, transient, transient, delivered], false],
    ['three failures and a refusal', [transient, transient, transient, rejected], false],
    ['three failures and an unregistered token', [transient, transient, transient, unregistered], false],
    ['four failures', [transient, transient, transient, throttled], true],
  ])('with %s (%j) is suspected: %s', (_what, outcomes, expected) => {
    const outage = outageAfter(outcomes);
    expect(outage.isSuspected()).toBe(expected);
    expect(outage.addressFault()).toBeUndefined();
  });
});

describe('the probe of an outage', () => {
  const apps = ['com.example.softphone', 'another'];
  const unanswered: Outcome = { kind: 'transient', failure: 'no complete answer within 10 ms' };

  it.each([transient, throttled, unregistered, rejected, unanswered])(
    'is better a push of an app without %j since the last delivery',
    (outcome) => {
      expect(apps.map(outageAfter([delivered, outcome]).hasFailed)).toEqual([true, false]);
      expect(apps.map(outageAfter([outcome, delivered]).hasFailed)).toEqual([false, false]);
    },
  );

  it('waits after an attempt without an answer for as long as that took, unless its app has not failed', () => {
    const mayProbe = (outcomes: Outcome[], now: number) =>
      apps.map((appId) => outageAfter(outcomes).mayProbe(appId, now));
    expect(mayProbe([transient, unanswered], 1009)).toEqual([false, true]);
    expect(mayProbe([transient, unanswered], 1010)).toEqual([true, true]);
    expect(mayProbe([unanswered, transient], 1000)).toEqual([true, true]);
    expect(mayProbe([], 0)).toEqual([true, true]);
  });
});

describe('the obstacle in an outage', () => {
  const failure = 'the gateway refused the connection (ECONNREFUSED)';
  const unavailable: Outcome = { kind: 'throttled', status: 503, words: () => 'no room for token-1' };

  it.each<[string, Outcome[]]>([
    [failure, [unavailable, { kind: 'transient', failure }]],
    ['the gateway answered 503', [{ kind: 'transient', failure }, unavailable]],
    ['the gateway answered 500', [unavailable, { kind: 'transient', status: 500, words: () => 'token-1 failed' }]],
    [
      'no complete answer within 10 ms',
      [{ kind: 'transient', status: 200, failure: 'no complete answer within 10 ms' }],
    ],
    ['the gateway answered 503', [unavailable, delivered]],
  ])('is the last failure, without the words of the gateway: %s', (obstacle, outcomes) => {
    expect(outageAfter(outcomes).obstacle()).toBe(obstacle);
  });

  it('is the fault of the address, if that is suspected', () => {
    const outage = outageAfter([rejected, rejected, rejected, unregistered, unavailable]);
    expect(outage.obstacle()).toBe('4 different devices in a row were refused, the last with status 404');
  });
});

describe('the address of the gateway, after four final answers in a row', () => {
  const three = [unregistered, rejected, unregistered];

  it.each([
    ['three refusals', three, false],
    ['four refusals', [...three, rejected], true],
    ['four refusals with a delivery between them', [unregistered, delivered, ...three], false],
    ['four refusals with failures between them', [unregistered, transient, throttled, ...three], true],
    ['four refusals and a failure', [...three, rejected, transient], true],
    ['four refusals and a delivery', [...three, rejected, delivered], false],
  ])('with %s (%j) is suspected: %s', (_what, outcomes, expected) => {
    const outage = outageAfter(outcomes);
    expect(outage.isSuspected()).toBe(expected);
    expect(outage.addressFault() !== undefined).toBe(expected);
  });

  it('is not suspected if a few devices are refused again and again', () => {
    const again = Array<Outcome>(100).fill(unregistered);
    expect(outageAfter(again, (index) => `token-${String(index % 3)}`).isSuspected()).toBe(false);
  });

  it('is suspected in words that give the number of devices and the last status', () => {
    expect(outageAfter([...three, rejected, { kind: 'rejected', status: 301, words: () => '' }]).addressFault()).toBe(
      '4 different devices in a row were refused, the last with status 301',
    );
  });
});

describe('the address of the gateway is confirmed', () => {
  const page: Outcome = { kind: 'delivered', status: 200, isPage: true };
  const of = (count: number, outcome: Outcome) => Array<Outcome>(count).fill(outcome);

  it.each<[string, Outcome[], boolean]>([
    ['before any answer', [], false],
    ['after a refusal alone', [unregistered], false],
    ['after failures alone', of(2, transient), false],
    ['after a delivery', [delivered], true],
    ['after a delivery and three refusals', [delivered, unregistered, rejected, unregistered], true],
    ['after a delivery and four refusals', [delivered, ...of(4, unregistered)], false],
    ['after a delivery, three refusals and failures', [delivered, ...of(3, unregistered), transient, throttled], true],
    ['after refusals that a delivery follows', [...of(4, unregistered), delivered], true],
    ['after a page, which may be that of a proxy', [page, unregistered], false],
    ['after a delivery and a page', [delivered, page, unregistered], true],
  ])('%s (%j): %s', (_when, outcomes, expected) => {
    expect(outageAfter(outcomes).isAddressConfirmed()).toBe(expected);
  });

  it('although a device is refused again and again', () => {
    const outage = outageAfter([delivered, ...of(100, unregistered)], (index) => `token-${String(index % 3)}`);
    expect(outage.isAddressConfirmed()).toBe(true);
  });
});

describe('the address of the gateway, after names that are not found or failures of TLS', () => {
  const failure = 'the host name push.example.com was not found (ENOTFOUND)';
  const notFound: Outcome = { kind: 'transient', failure, isAddressFault: true };
  const timeout: Outcome = { kind: 'transient', failure: 'no complete answer within 10 ms' };
  const cutShort: Outcome = { kind: 'transient', status: 200, failure: 'no complete answer within 10 ms' };
  const nine = (outcome: Outcome) => Array<Outcome>(9).fill(outcome);

  it.each<[string, Outcome[], string | undefined]>([
    ['one, after nine deliveries', [...nine(delivered), notFound], undefined],
    ['one, before any answer', [notFound], undefined],
    ['one, among time-outs', [timeout, notFound, timeout], undefined],
    ['two', [notFound, notFound], failure],
    ['two, after nine deliveries', [...nine(delivered), notFound, notFound], failure],
    ['two with a time-out between them', [notFound, timeout, notFound], failure],
    ['nine, and a late time-out', [...nine(notFound), timeout], failure],
    ...[delivered, unregistered, rejected, throttled, transient, cutShort].flatMap(
      (answer): [string, Outcome[], undefined][] => [
        ['two with an answer between them', [notFound, answer, notFound], undefined],
        ['nine, and an answer', [...nine(notFound), answer], undefined],
      ],
    ),
  ])('with %s (%j) is suspected because of: %s', (_what, outcomes, expected) => {
    const outage = createOutage({ outageFailures: 100, suspectFinalAnswers: 100 });
    for (const outcome of outcomes) {
      outage.record(outcome, { appId: 'com.example.softphone', deviceToken: 'token' }, { ms: 10, endedAt: 1000 });
    }
    expect(outage.addressFault()).toBe(expected);
    expect(outage.isSuspected()).toBe(expected !== undefined);
  });

  it('is suspected in the words of the last of them', () => {
    const noTls: Outcome = { kind: 'transient', failure: 'no TLS', isAddressFault: true };
    expect(outageAfter([notFound, noTls, timeout]).addressFault()).toBe('no TLS');
  });
});
