import { describe, expect, it } from 'vitest';
import { createHistory, kinds } from '../history.ts';
import { encodeRequest, results, type AppRequest } from './app-request.ts';
import { check } from '../checker.ts';

const second = 1000;
const minute = 60 * second;
const day = 24 * 60 * minute;
const prune = 1_400_000_000;

interface ReportOptions {
  readonly device?: number;
  readonly account?: number;
  readonly kind?: AppRequest['kind'];
  readonly version?: number;
}

const policy = { backoffBaseSeconds: 2, backoffCapSeconds: 900, lifetimeSeconds: 86_400, maxReceiveCount: 900 };
const outage = { outageFailures: 20, suspectFinalAnswers: 10 };

/** A history of apps and of the registry. Each push is its own message, and for the device of its number. */
function story() {
  let now = 0;
  const history = createHistory(() => now);
  const { record } = history;
  let requests = 0;
  let messages = 1000;
  const steps = {
    at: (ms: number) => ((now = ms), steps),
    /** A request reaches the API. Its number is the number of requests before it. */
    request({ device = 0, account = 0, kind = 'report', version = 0 }: ReportOptions = {}) {
      record(kinds.requested, requests, device, account, encodeRequest({ kind, version }));
      requests += 1;
      return steps;
    },
    answer(result: (typeof results)[number], request = requests - 1, status = 200) {
      record(kinds.replied, request, results.indexOf(result), status);
      return steps;
    },
    fail: (status: number) => (record(kinds.replied, requests - 1, -1, status), steps),
    write: (ms = now, request = requests - 1, device = 0, account = 0) => (
      record(kinds.registered, device, account, request, ms),
      steps
    ),
    mark: (ms = now, request = requests - 1, device = 0) => (record(kinds.marked, device, 0, request, ms), steps),
    erase: (task = requests - 1, device = 0) => (record(kinds.erased, device, 0, task), steps),
    register: (options: ReportOptions = {}) =>
      steps
        .request(options)
        .write(now, requests - 1, options.device, options.account)
        .answer('registered'),
    remove: () => steps.request({ kind: 'removal' }).mark().answer('removed'),
    /** A push to a device is sent, and accepted at once. */
    push: (device = 0) => (record(kinds.sent, device, device, 0, -1), record(kinds.stored, device, device), steps),
    /** A pruner gets the event of a push. */
    event(device = 0, isConfirmed = true) {
      messages += 1;
      record(kinds.eventQueued, messages, device, isConfirmed ? 1 : 0);
      record(kinds.eventReceived, messages, prune + messages);
      return steps;
    },
    prune: (device = 0) => steps.erase(prune + messages, device),
    settle: () => (record(kinds.eventSettled, messages, prune + messages), steps),
    check: (isSound = true) =>
      check({
        ...{
          history,
          policy,
          outage,
          skewMs: 0,
          areServicesSound: isSound,
          areCallsDefinite: isSound,
          isTableSound: isSound,
        },
        registry: { deviceOfPush: (push) => push, devicesPerAccount: 2, isSound },
      }),
  };
  return steps;
}

const faultsOf = (steps: ReturnType<typeof story>, isSound?: boolean) => Object.keys(steps.check(isSound).violations);
const registered = () => story().at(second).register();
const pushed = () => registered().at(day).push();

describe('what is right', () => {
  it.each([
    ['a report, and the same again', registered().at(minute).request().answer('unchanged')],
    [
      'a removal, and an older report after it',
      registered()
        .at(minute)
        .request()
        .at(minute + second)
        .remove()
        .answer('outdated', 1),
    ],
    [
      'a removal, and a new report',
      registered()
        .at(minute)
        .remove()
        .at(2 * minute)
        .register(),
    ],
    [
      'a pruned device',
      pushed()
        .at(day + second)
        .event()
        .prune()
        .settle(),
    ],
    [
      'a device that has reported since',
      pushed()
        .at(day + second)
        .register()
        .event()
        .settle(),
    ],
    [
      'an event that is not confirmed',
      pushed()
        .at(day + second)
        .event(0, false)
        .settle(),
    ],
    [
      'a late event of a device that may have reported',
      registered()
        .at(minute)
        .push()
        .at(3 * minute)
        .event()
        .settle(),
    ],
    [
      'the oldest of a full account',
      registered()
        .at(2 * second)
        .register({ device: 1 })
        .at(3 * second)
        .request({ device: 2 })
        .write(3 * second, 2, 2)
        .erase(2, 0)
        .answer('registered'),
    ],
    [
      'a late report of a removed device that had reported again',
      story()
        .request()
        .at(second)
        .remove()
        .at(2 * second)
        .register()
        .at(2 * day)
        .push()
        .event()
        .prune()
        .settle()
        .write(0, 0),
    ],
    ['a request without an answer', registered().at(minute).request({ version: 1 }).write().fail(0), false],
    ['a forged report', registered().request({ kind: 'forged report' }).fail(401)],
  ])('%s', (_name, steps, isSound?: boolean) => {
    expect(faultsOf(steps, isSound)).toEqual([]);
  });
});

describe('what is wrong', () => {
  it.each([
    ['a report is answered before the registry has it', story().request().answer('registered').write()],
    [
      'a report is called unchanged, but the registry has something else',
      registered()
        .at(2 * day)
        .request()
        .answer('unchanged'),
    ],
    [
      'a report is called unchanged, but the registry has something else',
      registered().at(minute).request({ version: 1 }).answer('unchanged'),
    ],
    [
      'a report is called outdated, but the registry has nothing newer',
      registered().at(minute).request().answer('outdated'),
    ],
    ['a report with a valid signature is refused', story().request().fail(401), false],
    ['a report with a wrong signature is taken', story().request({ kind: 'forged report' }).answer('registered')],
    ['a request of an app fails although everything works', story().request().fail(503)],
    ['a request is answered with 500', story().request().fail(500), false],
    [
      'a report takes longer than the API waits',
      story()
        .request()
        .at(2 * minute)
        .write(0)
        .answer('registered'),
    ],
    ['the registry gets a device that nobody reported', story().write(0, 7)],
    ['the registry gets a device that nobody reported', story().request().write(0, 0, 1)],
    ['a report is registered with a wrong time', story().request().at(second).write(second)],
    ['an older report replaces a newer one', story().request().at(second).register().write(0, 0)],
    ['a late report brings back a removed device', story().request().at(second).remove().write(0, 0)],
    [
      'a late report brings back a removed device',
      story().request().at(second).request({ kind: 'removal' }).answer('removed').write(0, 0),
    ],
    [
      'a removal is answered, but the device stays',
      registered()
        .at(minute)
        .request({ kind: 'removal' })
        .at(2 * minute)
        .answer('removed'),
    ],
    [
      'a removal takes a device that has reported since',
      story().request({ kind: 'removal' }).at(second).register().mark(0, 0),
    ],
    ['a removal is marked with a wrong time', registered().at(minute).request({ kind: 'removal' }).mark(0)],
    ['a removal leaves no mark', registered().at(minute).request({ kind: 'removal' }).erase()],
    ['a device is removed that no app has removed', registered().at(minute).request().mark()],
    ['the mark of a removal is deleted', registered().at(minute).remove().erase(prune)],
    ['a device is pruned that no event names', pushed().push(1).event(1).prune(0)],
    ['a device is pruned without a confirmed event', pushed().event(0, false).prune()],
    [
      'a device that has reported since is pruned',
      pushed()
        .at(day + second)
        .register()
        .event()
        .prune(),
    ],
    [
      'a device that has perhaps reported since is pruned',
      registered()
        .at(minute)
        .push()
        .at(2 * minute)
        .request()
        .answer('unchanged')
        .at(3 * minute)
        .event()
        .prune(),
    ],
    [
      'an event is settled, but its device stays',
      pushed()
        .at(day + second)
        .event()
        .settle(),
    ],
    [
      'an event is settled, but its device stays',
      registered()
        .at(minute)
        .push()
        .at(minute + second)
        .event()
        .settle(),
    ],
    ['an event of an unregistered device still waits at the end', pushed().event()],
    [
      'a device is displaced that is not the oldest of a full account',
      registered()
        .at(2 * second)
        .register({ device: 1 })
        .at(3 * second)
        .request({ device: 2 })
        .write(3 * second, 2, 2)
        .erase(2, 1),
    ],
    ['an account has more devices than its limit', registered().register({ device: 1 }).register({ device: 2 })],
  ])('%s', (fault, steps, isSound?: boolean) => {
    expect(faultsOf(steps, isSound)).toContain(fault);
  });
});

it('counts what became of devices and requests', () => {
  const steps = pushed()
    .at(day + second)
    .event()
    .prune()
    .settle()
    .at(2 * day)
    .register()
    .remove()
    .request()
    .answer('outdated');
  expect(steps.check().registry).toMatchObject({
    reports: 3,
    removals: 1,
    written: 2,
    outdated: 1,
    pruned: 1,
    kept: 0,
    registered: 0,
  });
});
